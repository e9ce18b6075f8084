"""Speakers, pauses, regions and unlikely stretches. Sentences of this project's own."""

from __future__ import annotations

import pytest

from pipelines.document import Section
from pipelines.japanese.tokens import path_cost
from storage.cleaning.dropped_kana import DroppedKanaSettings
from storage.cleaning.step import clean
from storage.recordings.quality import Quality, quality_of
from storage.recordings.recording import recordings_of

LIKELY = "来年の春に堰の工事が始まります。"
BROKEN = "どれがいいかなっいうふうに思います。"
ODD = "ぬめぬみほゆへるけぬ。"
SAID = [(LIKELY, "A", 0, 10), (BROKEN, "B", 40, 50), ("", "B", 50, 51), (ODD, "A", 60, 70)]


def quality(region_seconds: float = 30.0, most: int = 5) -> Quality:
    text = ""
    sections = []
    for said, speaker, start, end in SAID:
        begin = len(text)
        text += said + "\n"
        sections.append(
            Section(
                begin,
                begin + len(said),
                {"speaker": speaker, "t_start": float(start), "t_end": float(end)},
            )
        )
    (recording,) = recordings_of(text, sections)
    cleaned = clean(text, [DroppedKanaSettings().build()])
    return quality_of(recording, cleaned, region_seconds, most)


def test_speakers_turns_and_pauses() -> None:
    found = quality()
    assert (found.turns, found.seconds) == (4, 70.0)
    shares = [(s.speaker, s.turns, s.seconds) for s in found.speakers]
    assert shares == [("A", 2, 20.0), ("B", 2, 11.0)]
    letters = {s.speaker: s.letters for s in found.speakers}
    assert letters == {"A": len(LIKELY) - 1 + len(ODD) - 1, "B": len(BROKEN) - 1}
    assert found.pauses == ((10.0, 40.0),)


def test_regions_have_their_letters_costs_and_repairs() -> None:
    found = quality()
    assert [(r.t_start, r.t_end, r.repairs) for r in found.regions] == [
        (0.0, 30.0, 0), (30.0, 60.0, 1), (60.0, 70.0, 0),
    ]  # fmt: skip
    assert [r.letters for r in found.regions] == [
        len(LIKELY) - 1, len(BROKEN) - 1, len(ODD) - 1,
    ]  # fmt: skip
    likely = LIKELY.rstrip("。")
    assert found.regions[0].cost == pytest.approx(path_cost(likely) / len(likely))


def test_a_region_in_which_nothing_is_said_has_no_cost() -> None:
    empty = quality(region_seconds=15.0).regions[1]
    assert (empty.letters, empty.cost, empty.repairs) == (0, None, 0)


def test_regions_lose_no_letter() -> None:
    for seconds in (10.0, 30.0, 35.0, 70.0, 700.0):
        found = quality(region_seconds=seconds)
        assert sum(r.letters for r in found.regions) == sum(s.letters for s in found.speakers)
        assert sum(r.repairs for r in found.regions) == 1


def test_the_least_likely_stretch_comes_first() -> None:
    found = quality()
    assert found.suspicions[0].text == ODD.rstrip("。")
    assert found.suspicions[0].t_start == pytest.approx(60.0)
    costs = [one.cost for one in found.suspicions]
    assert costs == sorted(costs, reverse=True)
    assert len(quality(most=1).suspicions) == 1
