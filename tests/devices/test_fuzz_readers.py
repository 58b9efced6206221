"""Files that no cart would write: each reader refuses them by a code, or reads what holds together; none hangs."""

import pytest
from bench._ecg_formats import TARGETS, fuzz

COUNT = 200


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("reader", TARGETS)
def test_a_harmed_file_brings_no_reader_down(reader: str):
    told = fuzz(reader, COUNT)
    assert told.inputs == COUNT
    assert told.faults == []
    assert sum(told.refused.values()) > COUNT // 4, "nothing was harmed enough"
