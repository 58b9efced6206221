"""Reading the annotated ECG of HL7 and the XML of Sierra."""

import base64

import numpy as np
import pytest
from bench._ecg_made import aecg, counts, sierra

from tests.devices.files import code_of
from yiji.devices.recording import read_bytes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030", "gb2312"])
def test_an_annotated_ecg_in_any_encoding(encoding: str):
    found = read_bytes(aecg(counts(300), encoding), "a.xml")
    assert found.patient_name == "欧阳"
    assert np.array_equal(found.counts, counts(300))


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE AnnotatedECG [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><AnnotatedECG>&b;</AnnotatedECG>',
        '<!DOCTYPE AnnotatedECG [<!ENTITY x SYSTEM "file:///etc/hostname">]><AnnotatedECG>&x;</AnnotatedECG>',
        "<AnnotatedECG>" + "<a>" * 5000 + "</a>" * 5000 + "</AnnotatedECG>",
        '<?xml version="1.0" encoding="no-such"?><AnnotatedECG/>',
    ],
)
def test_an_xml_bomb_is_refused(text: str):
    assert code_of(text.encode()) == "devices.damaged_file"


def test_a_document_type_that_is_only_named_does_no_harm():
    data = aecg(counts(300)).replace(b"<AnnotatedECG ", b'<!DOCTYPE AnnotatedECG SYSTEM "a.dtd">\n<AnnotatedECG ', 1)
    assert read_bytes(data, "a.xml").samples == 300


def test_leads_of_unequal_length_are_refused():
    assert code_of(aecg(counts(300)).replace(b"</digits>", b" 7</digits>", 1)) == "devices.truncated_file"


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("version", ["1.03", "1.04", "1.04.01"])
def test_a_sierra_file_packed_and_plain(packed: bool, version: str):
    assert np.array_equal(read_bytes(sierra(counts(), packed, version), "a.xml").counts, counts())


def test_another_sierra_version_is_refused():
    assert code_of(sierra(counts(), version="2.0")) == "devices.unsupported_variant"


def test_a_sierra_file_that_tells_another_length_is_refused():
    text = sierra(counts()).decode("utf-16")
    for told in ("1998", "2002", "99999999999"):
        harmed = text.replace('durationperchannel="2000"', f'durationperchannel="{told}"').encode("utf-16")
        assert code_of(harmed) in ("devices.damaged_file", "devices.truncated_file")


def test_base64_that_is_none_is_refused():
    text = sierra(counts()).decode("utf-16")
    begin = text.index('resolution="5">') + 15
    harmed = text[:begin] + "?" + base64.b64encode(b"x").decode() + text[begin + 5 :]
    assert code_of(harmed.encode("utf-16")) == "devices.damaged_file"
