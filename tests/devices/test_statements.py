"""Statements: the language of their conditions, the rule set, what it says of made-up facts, and comparison."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from bench import _ecg_say
from hypothesis import given
from hypothesis import strategies as st

from yiji.core.contract.measure import Finding, LeadMeasure, Measurement, Severity
from yiji.devices.analysis.statements.compare import compare
from yiji.devices.analysis.statements.conditions import Known, parse
from yiji.devices.analysis.statements.facts import Facts
from yiji.devices.analysis.statements.findings import statements
from yiji.devices.analysis.statements.rules import RuleSet, load_rules
from yiji.devices.errors import BadStatements

PAGE = Path(__file__).resolve().parents[2] / "docs" / "ecg-statements.md"
SCOPE = {"pr": 210.0, "sex": "female", "r.V5": 2.0, "s.V1": 1.6, "lead": "V2", "none": 0.0}.get


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("pr > 200 and not paced", True),
        ("sex = 'female' and r.V5 + s.V1 > 3.5", True),
        ("sex != 'female'", False),
        ("lead in (V2, V3)", True),
        ("lead in (V4 V5)", False),
        ("pr < 100 or pr > 200", True),
        ("not (pr < 100 or known pr)", False),
        ("1 + 2 * 3 = 7", True),
        ("-pr < -200", True),
        ("pr / none > 1", False),  # nothing is known of it
        ("qt > 1", False),
        ("qt < 1", False),
        ("not qt > 1", True),
        ("none", False),
        ("pr > 'female'", False),
        ("4.0 - 0.5 * (sex = 'female') = 3.5", True),
    ],
)
def test_conditions_mean_what_they_say(text: str, holds: bool):
    assert parse(text).holds(SCOPE) is holds


@pytest.mark.parametrize(
    "text",
    ["", "pr >", "pr > 200 200", "(pr", "pr ~ 3", "__import__('os')", "and", "'a", "known 3", "(" * 99, "lead in V2"],
)
def test_what_is_not_understood_is_refused(text: str):
    with pytest.raises(ValueError, match=r"."):
        parse(text)


@given(st.text(alphabet="pr<>=+-*/() andotkw'1.V", max_size=40))
def test_no_text_breaks_the_reader(text: str):
    try:
        condition = parse(text)
    except ValueError:
        return
    condition.holds(SCOPE)


def facts(leads: Mapping[str, Mapping[str, float]] | None = None, **values: Known) -> Facts:
    """The facts of a healthy man of 50, but for what is said."""
    usual: dict[str, Known] = {
        "heart_rate": 70.0, "pr": 160.0, "p": 100.0, "qrs": 90.0, "qt": 390.0, "qtc": 420.0, "qrs_axis": 50.0,
        "p_axis": 50.0, "p_share": 1.0, "rr_spread": 0.03, "rr_rmssd": 0.02, "rr_entropy": -2.5, "rr_range": 40.0,
        "rr_longest": 0.9, "beats": 12.0, "others": 0.0, "quality": 0.95, "sex": "male", "age": 50.0,
    }  # fmt: skip
    row = {"p": 0.1, "q": 0.0, "r": 0.8, "s": 0.2, "r2": 0.0, "st_j": 0.02, "st_60": 0.02, "st_80": 0.02, "t": 0.3}
    names = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
    table = {name: {**row, **(leads or {}).get(name, {})} for name in names}
    table["V1"] = {**table["V1"], "r": 0.2, "s": 0.9} | dict((leads or {}).get("V1", {}))
    return Facts({**usual, **values}, table)


def said(found: Facts) -> dict[str, Finding]:
    return {one.code.removeprefix("machine."): one for one in statements(found, load_rules())}


def test_a_healthy_heart_is_within_limits_and_nothing_more():
    assert list(said(facts())) == ["sinus_rhythm", "within_limits"]


def test_bad_quality_is_told_and_nothing_is_within_limits():
    assert list(said(facts(quality=0.3))) == ["sinus_rhythm", "poor_quality"]


AF = {"rr_rmssd": 0.25, "rr_entropy": -0.5, "p_share": 0.1, "pr": None, "p_axis": None}
LBBB = {"V1": {"r": 0.1, "s": 2.0}, "V6": {"r": 1.5, "s": 0.0}, "I": {"r": 1.0, "s": 0.0}}
RBBB = {"V1": {"r": 0.2, "s": 0.3, "r2": 0.8}, "V6": {"s": 0.4, "s_ms": 60.0}}
DEEP = {"I": {"r": 1.0, "s": 0.05, "q": 0.05}, "aVL": {"r": 1.0, "s": 0.0, "q": 0.05}, "II": {"r": 0.3, "s": 0.9}}


@pytest.mark.parametrize(
    ("found", "code", "severity", "reason"),
    [
        (facts(heart_rate=55.0), "bradycardia", "borderline", "55 < 60 /min"),
        (facts(heart_rate=38.0), "bradycardia", "critical", "38 < 60 /min"),
        (facts(heart_rate=110.0), "tachycardia", "borderline", "110 > 100 /min"),
        (facts(heart_rate=170.0, **AF), "tachycardia", "critical", "170 > 100 /min"),
        (facts(**AF), "irregular_without_p", "abnormal", "RMSSD/mean 0.25 >= 0.10"),
        (facts(flutter_likeness=0.4, flutter_rate=300.0, p_share=0.0), "atrial_flutter", "abnormal", "300 waves"),
        (facts(pr=230.0), "pr_long", "abnormal", "PR 230 > 200 ms"),
        (facts(pr=110.0), "pr_short", "borderline", "PR 110 < 120 ms"),
        (facts(pr=100.0, qrs=125.0), "wpw", "abnormal", "PR 100 < 120 ms, QRS 125"),
        (facts(dropped=1.0, dropped_pr_growth=60.0), "av_block_2", "abnormal", "longer than after by 60 ms"),
        (
            facts(atrial_likeness=0.3, atrial_rate=90.0, heart_rate=42.0, p_share=0.2),
            "av_block_3", "critical", "atria 90 /min",
        ),
        (facts(qrs=150.0), "qrs_wide", "abnormal", "QRS 150 >= 120 ms"),
        (facts(LBBB, qrs=150.0), "lbbb", "abnormal", "V1 R 0.10, S 2.00 mV"),
        (facts(RBBB, qrs=140.0), "rbbb", "abnormal", "R' 0.80 mV"),
        (facts(RBBB, qrs=112.0), "rbbb_incomplete", "borderline", "QRS 112 ms"),
        (facts({**DEEP, "III": {"r": 0.1, "s": 1.2}}, qrs_axis=-60.0), "lafb", "abnormal", "QRS axis -60 deg"),
        (facts(qrs_axis=-60.0), "axis_left", "borderline", "-60 deg, not -30 to 90"),
        (facts(qrs_axis=120.0), "axis_right", "borderline", "120 deg"),
        (facts(rv5_sv1=4.1), "lv_voltage", "borderline", "R V5 + S V1 = 4.10 mV > 4.0 mV"),
        (facts(rv5_sv1=3.7, sex="female"), "lv_voltage", "borderline", "= 3.70 mV > 3.5 mV"),
        (facts({"aVL": {"r": 1.5}, "V3": {"s": 1.5}}), "lv_voltage_cornell", "borderline", "= 3.00 mV > 2.8 mV"),
        (facts({"V5": {"t": -0.2, "st_j": -0.04}}, rv5_sv1=4.5), "lvh", "abnormal", "T V5 -0.20"),
        (facts({"V1": {"r": 0.9, "s": 0.2}}, qrs_axis=115.0), "rvh", "abnormal", "R V1 0.90"),
        (facts(limb_tall=0.4, chest_tall=0.8), "low_voltage", "borderline", "0.40 < 0.5 mV"),
        (facts(p=130.0), "la_enlarged", "borderline", "P 130 > 120 ms"),
        (facts({"II": {"p": 0.3}}), "ra_enlarged", "borderline", "P II 0.30"),
        (facts({"II": {"st_j": 0.2}, "aVF": {"st_j": 0.15}}), "st_elevation_inferior", "critical",
         "II +0.20, aVF +0.15"),
        (facts({"V4": {"st_j": -0.1, "st_60": -0.1}, "V5": {"st_j": -0.1, "st_60": -0.1}}), "st_depression_lateral",
         "abnormal", "V5 -0.10, V4 -0.10"),
        (facts({"I": {"t": -0.2}, "aVL": {"t": -0.2}}), "t_inversion_lateral", "abnormal", "aVL -0.20, I -0.20"),
        (facts({"II": {"q": 0.3, "q_ms": 40.0}, "aVF": {"q": 0.3, "q_ms": 40.0}}), "q_pathological_inferior",
         "abnormal", "II 0.30 mV 40 ms"),
        (facts({"V2": {"t": 1.3}, "V3": {"t": 1.2}}), "tall_t_chest", "abnormal", "V2 1.30, V3 1.20"),
        (facts({"V1": {"st_j": 0.3, "st_80": 0.1, "t": -0.2}}), "brugada_right", "abnormal", "J +0.30"),
        (facts(qtc=455.0), "qtc_long", "borderline", "455 > 450 ms"),
        (facts(qtc=505.0), "qtc_long", "abnormal", "505 > 450 ms"),
        (facts(qtc=560.0), "qtc_long", "critical", "560 > 450 ms"),
        (facts(rr_longest=2.4, pauses_2=1.0), "pause", "abnormal", "longest RR 2.40"),
        (facts(rr_longest=3.4, pauses_2=1.0), "pause", "critical", "longest RR 3.40"),
        (facts(ve=1.0), "ve", "borderline", "1 of 12 beats"),
        (facts(ve=4.0, ve_runs=1.0, ve_longest=4.0, ve_rate=150.0), "vt", "critical", "150 > 100 /min"),
        (facts(pace_spikes=10.0, pace_ventricular=0.9), "paced", "abnormal", "10 spikes, before 90 % of QRS"),
        (facts(swap_arms=1.0), "swap_arms", "borderline", "upside down"),
        (facts(swap_chest="V1/V2"), "swap_chest", "borderline", "V1/V2"),
    ],
)  # fmt: skip
def test_each_statement_tells_its_numbers(found: Facts, code: str, severity: str, reason: str):
    told = said(found)
    assert code in told
    assert told[code].severity == severity
    assert reason in told[code].reason
    assert "within_limits" not in told
    assert "{" not in told[code].text_zh + told[code].text_en + told[code].reason
    assert told[code].rule.startswith("yiji-ecg-statements 1 ")


def test_st_limits_depend_on_lead_sex_and_age():
    leads = {"V2": {"st_j": 0.22}, "V3": {"st_j": 0.22}}
    old, young, woman = facts(leads), facts(leads, age=30.0), facts(leads, sex="female")
    assert ["st_elevation_anterior" in said(one) for one in (old, young, woman)] == [True, False, True]
    assert "st_elevation_anterior" not in said(facts({"V2": {"st_j": 0.3}}))  # one lead alone
    assert "st_elevation_anterior" not in said(facts({"V1": {"st_j": 0.3}, "V3": {"st_j": 0.3}}))  # not neighbours


def test_a_wide_qrs_explains_st_and_is_named_once():
    told = said(facts({**LBBB, "V2": {"st_j": 0.4, "s": 2.5}, "V3": {"st_j": 0.4, "s": 2.5}}, qrs=150.0))
    assert "lbbb" in told
    assert not {"qrs_wide", "st_elevation_anterior", "st_elevation_secondary_anterior"} & set(told)


def test_a_child_is_not_measured_by_adult_limits():
    told = said(facts(heart_rate=120.0, age=5.0))
    assert list(told) == ["sinus_rhythm", "adult_limits_not_applied"]


def test_nothing_known_says_little_and_breaks_nothing():
    told = said(Facts({}, {}))
    assert set(told) == {"rhythm_open"}


@given(
    st.dictionaries(
        st.sampled_from(
            ["heart_rate", "pr", "qrs", "qtc", "qrs_axis", "p_share", "rr_spread", "rr_longest", "age", "ve"]
        ),
        st.floats(-500, 2000),
    )
)
def test_no_facts_break_the_rules(values: dict[str, float]):
    for finding in statements(Facts(values, {}), load_rules()):
        assert finding.reason
        assert "nan" not in finding.reason


def test_every_rule_has_both_languages_a_source_and_no_minnesota_code():
    rules = load_rules()
    assert rules.title == "yiji-ecg-statements 1"
    for rule in rules.rules:
        assert rule.zh != rule.en
        assert rule.source
        assert not rule.minnesota  # the text of the classification is not at hand
    assert len({rule.id for rule in rules.rules}) == len(rules.rules)


def ruled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> str:
    """Write a hospital's rule set where it can be imported from; return its source."""
    package = tmp_path / "hospital_rules"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "own.toml").write_text('name = "own"\nversion = 3\n' + text, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "hospital_rules", raising=False)
    load_rules.cache_clear()
    return "hospital_rules:own.toml"


OWN = """
without = ["within_limits"]
[[rules]]
id = "pr_long"
zh = "PR 长"
en = "Long PR"
when = "pr > 220"
reason = "PR {pr:.0f}"
source = "own"
[[rules]]
id = "rate_told"
zh = "心率"
en = "Rate"
severity = "normal"
when = "known heart_rate"
reason = "{heart_rate:.1f} /min"
source = "own"
"""


def test_a_hospital_lays_its_rules_over_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    source = ruled(tmp_path, monkeypatch, OWN)
    rules = load_rules(source)
    found = {one.code.removeprefix("machine."): one for one in statements(facts(pr=210.0), rules)}
    assert list(found) == ["sinus_rhythm", "rate_told"]
    assert found["rate_told"].rule == "yiji-ecg-statements 1 + own 3 rate_told"
    assert found["rate_told"].reason == "70.0 /min"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('when = "pr > 220"', 'when = "pr >> 220"'), "pr >> 220"),
        (('when = "pr > 220"', 'when = "pq > 220"'), "nobody knows pq"),
        (('when = "pr > 220"', 'when = "st_j > 0.1"'), "nobody knows st_j"),
        (('reason = "PR {pr:.0f}"', 'reason = "PR {pq:.0f}"'), "nobody knows pq"),
        (('when = "pr > 220"', ""), "missing"),
        (('source = "own"', 'source = "own"\nunless = ["nothing"]'), "unknown rule nothing"),
        (('source = "own"', 'source = "own"\nseverity = "bad"'), "severity"),
        (('source = "own"', 'source = "own"\nhue = "red"'), "hue"),
        (("[[rules]]", '[definitions]\na = "b"\nb = "a"\n[[rules]]'), "circle"),
    ],
)
def test_a_bad_rule_set_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], told: str
):
    text = OWN.removeprefix('\nwithout = ["within_limits"]')
    source = ruled(tmp_path, monkeypatch, text.replace(*change, 1))
    with pytest.raises(BadStatements) as refused:
        load_rules(source)
    assert told in str(refused.value)
    assert source in str(refused.value)


def test_a_rule_set_that_is_not_there_says_so():
    with pytest.raises(BadStatements, match=r"nowhere\.toml"):
        load_rules("yiji.devices.analysis.statements:nowhere.toml")


def test_rule_sets_are_values():
    rules = load_rules()
    assert RuleSet.model_validate(rules.model_dump()) == rules


@dataclass(frozen=True)
class Kept:
    measurements: tuple[Measurement, ...] = ()
    findings: tuple[Finding, ...] = ()
    lead_measures: tuple[LeadMeasure, ...] = ()


def kept(rate: float = 70, axis: float = 50, st: float = 0.0, t: float = 0.3, codes: str = "sinus_rhythm") -> Kept:
    units = {"heart_rate": (rate, "/min"), "qrs_axis": (axis, "deg"), "qtc": (None, "ms")}
    return Kept(
        tuple(Measurement(code=code, value=value, unit=unit) for code, (value, unit) in units.items()),
        tuple(
            Finding(code=f"machine.{one}", text_zh=f"甲{one}", text_en=one, reason="so", severity=Severity.ABNORMAL)
            for one in codes.split()
        ),
        (LeadMeasure(lead="V2", st_j=st, t=t), LeadMeasure(lead="V3", st_j=0.0, t=0.3)),
    )


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        (kept(), kept(75), {"compare.unchanged": "within"}),
        (kept(100), kept(70), {"compare.heart_rate": "70 → 100 /min, +30"}),
        (kept(axis=-170), kept(axis=170), {"compare.unchanged": "within"}),  # 20 degrees, the short way round
        (kept(axis=-140), kept(axis=170), {"compare.qrs_axis": "170 → -140 deg, +50"}),
        (kept(st=0.25), kept(), {"compare.st_up": "V2 +0.25 mV at J"}),
        (kept(st=-0.12), kept(), {"compare.st_down": "V2 -0.12"}),
        (kept(t=-0.2), kept(), {"compare.t_turned": "V2 +0.30 → -0.20 mV"}),
        (kept(codes="irregular_without_p"), kept(), {"compare.rhythm": "sinus_rhythm → irregular_without_p"}),
        (kept(codes="sinus_rhythm lbbb"), kept(), {"compare.new.lbbb": "so"}),
        (kept(), kept(codes="sinus_rhythm lbbb"), {"compare.gone.lbbb": "then: so"}),
    ],
)
def test_what_changed_is_told_with_its_numbers(now: Kept, before: Kept, told: dict[str, str]):
    found = {one.code: one.reason for one in compare(now, before, datetime(2026, 1, 2, 8, 30))}
    assert set(found) == set(told)
    for code, reason in told.items():
        assert reason in found[code]
        assert found[code].endswith("(2026-01-02 08:30)")


def test_what_is_not_known_on_one_side_is_not_compared():
    assert [one.code for one in compare(kept(), Kept())] == ["compare.unchanged"]


def test_the_page_shows_the_rules_as_they_are():
    assert _ecg_say.page() in PAGE.read_text("utf-8")
