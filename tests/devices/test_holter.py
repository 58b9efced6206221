"""The analysis of long recordings, against a made-up day whose every beat and episode is known."""

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.bench._ecg_holter_signal import Truth, day
from yiji.core.contract.holter import NO_LEVEL, HolterSummary
from yiji.core.signal import Recording
from yiji.devices.analysis.beats.finding import Beats
from yiji.devices.analysis.holter import whole as room
from yiji.devices.analysis.holter.rhythm import Rhythm
from yiji.devices.analysis.holter.st import qrs_bounds, st_trend
from yiji.devices.analysis.holter.stream import stream
from yiji.devices.analysis.holter.whole import HolterAnalysis, analyse_holter
from yiji.devices.analysis.signals.filters import high_pass
from yiji.devices.errors import NoBeats, NoSignal, TooShort

HOURS = 3.0


@pytest.fixture(scope="module")
def made() -> tuple[Recording, Truth]:
    """Three hours of three leads with all episodes."""
    recording, truth = day(HOURS * 3600, 250, 3, seed=27)
    return replace(recording, start=datetime(2026, 3, 2, 20, 30)), truth


def known(recording: Recording, truth: Truth) -> Beats:
    """The beats as they were put in."""
    return Beats(np.rint(truth.seconds * recording.fs).astype(np.int64), truth.labels)


@pytest.fixture(scope="module")
def told(made: tuple[Recording, Truth]) -> HolterAnalysis:
    """The analysis when every beat is found and named right, so that nothing but the rest is looked at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "find_beats", lambda recording: known(recording, made[1]))  # pyright: ignore
        return analyse_holter(made[0])


def readable(truth: Truth) -> NDArray[np.bool_]:
    """Which beats are not in the stretch without signal."""
    return (truth.seconds < truth.off[0]) | (truth.seconds >= truth.off[1])


def numbers(value: Any) -> Iterator[float]:
    """Every float in a value's dump."""
    if isinstance(value, float):
        yield value
    elif isinstance(value, dict):
        for one in value.values():  # pyright: ignore
            yield from numbers(one)
    elif isinstance(value, list | tuple):
        for one in value:  # pyright: ignore
            yield from numbers(one)


def whole(summary: HolterSummary) -> bool:
    """Whether a summary has no number that is none."""
    return all(math.isfinite(one) for one in numbers(summary.model_dump()))


def test_counts_are_those_put_in(made: tuple[Recording, Truth], told: HolterAnalysis):
    truth, total = made[1], told.summary.total
    labels = truth.labels[readable(truth)]
    assert total.beats == pytest.approx(labels.size, abs=4)
    assert total.ve == pytest.approx((labels == "V").sum(), abs=1)
    assert total.sve == pytest.approx((labels == "S").sum(), abs=1)
    assert total.artefact == pytest.approx((truth.off[1] - truth.off[0]) / (HOURS * 3600), abs=0.001)


def test_runs_and_pairs_are_those_put_in(made: tuple[Recording, Truth], told: HolterAnalysis):
    truth, total = made[1], told.summary.total
    kept = readable(truth)
    text = "".join(truth.labels[kept])
    lengths = [len(part) for part in text.replace("S", "N").split("N") if part]
    assert total.ve_pairs == sum(length == 2 for length in lengths)
    assert (
        total.ve_runs == sum(length > 2 for length in lengths) == len([r for r in told.summary.runs if r.label == "V"])
    )
    assert all(100 < run.rate < 180 for run in told.summary.runs)
    shapes = told.summary.templates
    assert all(run.template is not None and shapes[run.template].label == run.label for run in told.summary.runs)


def test_pauses_are_those_put_in(made: tuple[Recording, Truth], told: HolterAnalysis):
    truth = made[1]
    wanted = [at for at in truth.pauses if not truth.off[0] - 4 < at < truth.off[1]]
    assert [pause.at for pause in told.summary.pauses] == pytest.approx(wanted, abs=0.01)
    assert all(pause.seconds >= 2.0 for pause in told.summary.pauses)


def test_af_is_found_where_it_was_put(made: tuple[Recording, Truth], told: HolterAnalysis):
    [one] = told.summary.af
    begin, end = made[1].af
    assert one.at == pytest.approx(begin, abs=30)
    assert one.at + one.seconds == pytest.approx(end, abs=30)
    share = np.frombuffer(told.summary.trends.af, "<i2")
    assert share[int(begin / 60) + 1] == 100
    assert share[int(begin / 60) - 2] == 0


def test_st_episode_is_found_in_its_lead(made: tuple[Recording, Truth], told: HolterAnalysis):
    [one] = told.summary.st
    begin, end, depth = made[1].st
    assert one.lead == made[0].leads[0]
    assert one.at == pytest.approx(begin, abs=60)
    assert one.seconds == pytest.approx(end - begin, abs=60)
    assert one.microvolts == pytest.approx(1000 * depth, abs=25)
    levels = np.frombuffer(told.summary.trends.st_levels, "<i2").reshape(3, -1)
    assert np.median(levels[0, int(begin / 60) + 1 : int(end / 60)]) == pytest.approx(1000 * depth, abs=15)


def test_shapes_are_kept_apart(made: tuple[Recording, Truth], told: HolterAnalysis):
    truth = made[1]
    shapes = "".join(np.array(list(truth.shapes))[readable(truth)])
    ventricular = [one.count for one in told.summary.templates if one.label == "V"]
    assert ventricular == pytest.approx(sorted((shapes.count("V"), shapes.count("W")), reverse=True), abs=1)
    mean = np.frombuffer(told.summary.templates[0].microvolts, "<i2").reshape(3, -1)
    assert mean[0].argmax() == pytest.approx(told.summary.templates[0].at, abs=3)


def test_hours_add_up_and_the_night_is_told(told: HolterAnalysis):
    summary = told.summary
    assert sum(hour.beats for hour in summary.hours) == summary.total.beats
    assert sum(hour.ve_runs for hour in summary.hours) == summary.total.ve_runs
    assert summary.day is not None
    assert summary.night is not None
    assert summary.day.beats + summary.night.beats == summary.total.beats
    assert summary.day.seconds == 5400  # 20:30 to 22:00
    assert sum(summary.rr.counts) == pytest.approx(summary.total.beats, abs=10)


def test_strips_show_what_their_events_tell(made: tuple[Recording, Truth], told: HolterAnalysis):
    recording = made[0]
    kinds = {event.kind for event in told.summary.events}
    assert {"max_rate", "min_rate", "longest_rr", "ve_run", "ve_single", "af", "st"} <= kinds
    for event in told.summary.events:
        strip = event.strip
        assert strip is not None
        assert strip.first <= event.at <= strip.first + strip.seconds
        samples = np.frombuffer(strip.microvolts, "<i2").reshape(len(strip.leads), -1)
        assert samples.shape[1] == pytest.approx(strip.seconds * strip.rate, abs=2)
        begin = round(strip.first * recording.fs)
        lead = recording.leads.index(strip.leads[0])
        same = recording.counts[begin : begin + samples.shape[1], lead] * recording.scale[lead]
        assert np.corrcoef(same, samples[0])[0, 1] > 0.999
        assert len(strip.beats) == len(strip.classes)


def test_every_hour_has_its_strip_and_the_frequent_shapes_have_theirs(told: HolterAnalysis):
    summary = told.summary
    firsts = [one.first for one in summary.hour_strips]
    assert [int(first // 3600) for first in firsts] == [0, 1, 2]
    assert firsts[0] == pytest.approx(1795, abs=1)  # the middle of an hour in which all can be read
    assert all(len(one.leads) == 1 and one.seconds == 10 for one in summary.hour_strips)
    for row, one in enumerate(summary.templates):
        assert sum(one.hours) == one.count
        assert len(one.hours) == 3
        if one.strip is not None:
            middle = one.strip.first + one.strip.seconds / 2
            near = min(range(len(one.strip.beats)), key=lambda k: abs(one.strip.beats[k] - middle))
            assert one.strip.classes[near] == one.label, row
    assert summary.templates[0].strip is not None


def test_shapes_count_what_the_table_counts(told: HolterAnalysis):
    for label in "VS":
        shapes = sum(one.count for one in told.summary.templates if one.label == label)
        assert shapes <= (told.labels == label).sum()


def test_episodes_are_shown_at_both_ends(made: tuple[Recording, Truth], told: HolterAnalysis):
    texts = {event.text_en.rsplit(" V5")[0]: event for event in told.summary.events if event.kind in ("af", "st")}
    begin, end, _ = made[1].st
    [starts, stops] = [one.at for one in told.summary.events if one.kind == "af"]
    assert (starts, stops) == (pytest.approx(made[1].af[0], abs=30), pytest.approx(made[1].af[1], abs=30))
    assert texts["Before ST depression"].at < begin < texts["ST depression at its furthest"].at < end
    assert texts["After ST depression"].at > end


def test_intervals_as_pictures_need_them(told: HolterAnalysis):
    summary, rhythm = told.summary, Rhythm.of(told.samples / 250, told.labels, np.ones(int(HOURS * 3600), bool))
    counts = np.frombuffer(summary.rr_pairs.counts, "<i2").reshape(summary.rr_pairs.bins, -1)
    both = (rhythm.normal[1:] & rhythm.normal[:-1]).sum()
    assert counts.sum() == pytest.approx(both, abs=5)
    before, after = (counts.sum(axis=axis) @ np.arange(summary.rr_pairs.bins) / counts.sum() for axis in (1, 0))
    assert before == pytest.approx(after, abs=0.5)
    shortest, longest = (np.frombuffer(one, "<i2") for one in (summary.trends.rr_shortest, summary.trends.rr_longest))
    assert shortest.size == longest.size == HOURS * 360
    assert (shortest <= longest).all()
    assert longest.max() == pytest.approx(1000 * summary.longest_rr.seconds, abs=1)  # pyright: ignore
    power, hz = np.array(summary.rr_spectrum.power), summary.rr_spectrum.step_hz
    at = np.arange(power.size) * hz
    [hf] = [one.value for one in summary.hrv if one.code == "hf"]
    assert power[(at >= 0.15) & (at < 0.4)].sum() * hz == pytest.approx(hf, rel=0.05)


def test_a_summary_goes_over_a_wire_and_is_whole(told: HolterAnalysis):
    text = told.summary.model_dump_json()
    assert HolterSummary.model_validate_json(text) == told.summary
    assert len(text) < 2_000_000
    assert whole(told.summary)
    assert {finding.code for finding in told.summary.findings} >= {"holter.vt", "holter.af", "holter.st_down"}
    assert all(finding.reason and finding.rule for finding in told.summary.findings)


def test_reasons_are_told_in_chinese_with_the_same_numbers(told: HolterAnalysis):
    for finding in told.summary.findings:
        zh, en = finding.why("zh"), finding.why("en")
        assert sorted(re.findall(r"\d[\d.]*", zh)) == sorted(re.findall(r"\d[\d.]*", en))
        assert not re.search(r"[A-Za-z]{4,}", zh), zh


def test_the_beats_found_give_the_same_day(made: tuple[Recording, Truth]):
    recording, truth = made
    analysis = analyse_holter(recording)
    summary, labels = analysis.summary, truth.labels[readable(truth)]
    assert summary.total.beats == pytest.approx(labels.size, rel=0.01)
    assert summary.total.ve == pytest.approx((labels == "V").sum(), rel=0.1, abs=2)
    assert len(summary.af) == 1
    assert summary.total.pauses == len([at for at in truth.pauses if not truth.off[0] - 4 < at < truth.off[1]])
    assert [one.lead for one in summary.st] == [recording.leads[0]]
    assert analysis.samples.size == analysis.labels.size == summary.total.beats


def test_blocks_do_not_show(made: tuple[Recording, Truth], monkeypatch: pytest.MonkeyPatch):
    recording, truth = made
    beats = known(recording, truth)
    long = stream(recording, beats.samples, beats.labels)
    monkeypatch.setattr("yiji.devices.analysis.holter.stream.BLOCK", 127.0)
    short = stream(recording, beats.samples, beats.labels)
    assert (long.readable == short.readable).all()
    assert (long.rows >= 0).sum() == (short.rows >= 0).sum()
    levels = [st_trend(found, recording.leads).levels for found in (long, short)]
    assert np.nanmax(np.abs(levels[0] - levels[1])) < 10  # uV
    assert np.isfinite(levels[0]).mean() > 0.85


def test_the_qrs_of_the_mean_beat_has_its_bounds(made: tuple[Recording, Truth]):
    beats = known(*made)
    found = stream(made[0], beats.samples, beats.labels)
    bounds = qrs_bounds(found)
    assert bounds is not None
    begin, end = ((bound - found.at) / found.rate for bound in bounds)
    assert begin == pytest.approx(-0.042, abs=0.015)  # Q is 22 ms before R with a deviation of 7 ms
    assert end == pytest.approx(0.048, abs=0.015)


@pytest.mark.parametrize(
    ("fs", "leads", "seconds", "noise"),
    [(100, 1, 600, 0.02), (128, 2, 900, 0.08), (257.3, 3, 700, 0.02), (360, 1, 61, 0.05), (1000, 12, 120, 0.02)],
)
def test_any_rate_and_number_of_leads(fs: float, leads: int, seconds: float, noise: float):
    recording, _ = day(seconds, fs, leads, seed=5, noise=noise)
    summary = analyse_holter(recording).summary
    assert whole(summary)
    assert len(summary.trends.heart_rates) == 2 * math.ceil(seconds / 60)
    assert len(summary.trends.st_levels) == 2 * leads * math.ceil(seconds / 60)


def test_a_lead_that_falls_off_takes_nothing_with_it():
    recording, truth = day(1800, 250, 3, seed=11)
    counts = recording.counts.copy()
    counts[250 * 600 :, 2] = recording.gap
    counts[: 250 * 300, 1] = 7
    summary = analyse_holter(replace(recording, counts=counts)).summary
    kept = readable(truth).sum()
    assert whole(summary)
    assert summary.total.beats == pytest.approx(kept, rel=0.01)
    assert summary.total.artefact == pytest.approx((truth.off[1] - truth.off[0]) / 1800, abs=0.002)
    levels = np.frombuffer(summary.trends.st_levels, "<i2").reshape(3, -1)
    assert (levels[2, 12:] == NO_LEVEL).all()
    assert (levels[0, 12:17] != NO_LEVEL).all()


def test_what_cannot_be_measured_says_why():
    flat = Recording("ecg", ("II",), 250, np.zeros((250 * 60, 1), np.int16), "synthetic")
    with pytest.raises((NoSignal, NoBeats)):
        analyse_holter(flat)
    with pytest.raises((NoSignal, NoBeats)):
        analyse_holter(replace(flat, counts=np.full((15000, 1), np.nan)))
    with pytest.raises(TooShort):
        analyse_holter(replace(flat, counts=flat.counts[:1000]))
    with pytest.raises(TooShort):
        analyse_holter(replace(flat, counts=flat.counts[:0]))
    for height in (0.3, 5.0):
        noise = np.random.default_rng(2).normal(0, height, (15000, 1))
        with pytest.raises((NoSignal, NoBeats)):
            analyse_holter(replace(flat, counts=noise))


def test_a_pause_that_hides_a_beat_is_none():
    recording, truth = day(600, 250, 1, seed=8)
    beats = known(recording, truth)
    lost = 100
    rows = list(range(lost, lost + 4))
    missed = Beats(np.delete(beats.samples, rows), np.delete(beats.labels, rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "find_beats", lambda _: missed)  # pyright: ignore
        summary = analyse_holter(recording).summary
    gap = truth.seconds[lost - 1]
    assert missed.samples[lost] - missed.samples[lost - 1] > 2.0 * 250
    assert all(abs(pause.at - gap) > 0.1 for pause in summary.pauses)


def test_the_baseline_goes_without_a_phase():
    from yiji.devices.analysis.holter.stream import take_baseline

    rng = np.random.default_rng(1)
    at = np.arange(250 * 240) / 250
    lead = 0.5 * np.sin(2 * np.pi * 0.02 * at) + 0.3 * np.sin(2 * np.pi * 1.3 * at) + rng.normal(0, 0.01, at.size)
    block = lead[:, None].copy()
    take_baseline(block, 250.0)
    wanted = high_pass(lead[None], 250.0, 0.05)[0]
    assert np.abs(block[7500:-7500, 0] - wanted[7500:-7500]).max() < 0.01  # mV
