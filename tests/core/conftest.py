"""What tests of the wire share."""

from collections.abc import Iterator

import pytest

from tests.core.small_bus import SmallBus


@pytest.fixture
def bus() -> Iterator[SmallBus]:
    small = SmallBus()
    yield small
    small.close()
