"""A search's trials on disk: proposals, kills, repeats, and what is refused."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from evals.tuning.ranges import RangeSettings, label
from evals.tuning.settings import Sampler
from evals.tuning.study import FILE, TuningStudy
from evals.tuning.trial import Measured
from pipelines.errors import YomitokiError

SPACE = {
    "retriever.top_k": RangeSettings(int=(1, 40)),
    "retriever.weight": RangeSettings(float=(0.1, 2.0), log=True),
    "retriever": RangeSettings(choice=({"kind": "bm25"}, {"kind": "dense"})),
}
SMALL = {"a": RangeSettings(int=(1, 2)), "b": RangeSettings(choice=("x", "y"))}


def opened(folder: Path, sampler: Sampler = "tpe", seed: int = 0, space: Any = SPACE) -> Any:
    return TuningStudy(folder, "s", space, sampler, seed)


def score(point: Any) -> Measured:
    """The more passages the better, most of all by words; some settings are impossible."""
    if point["retriever.top_k"] % 7 == 0:
        return Measured(None, "impossible")
    words = point["retriever"]["kind"] == "bm25"
    return Measured(point["retriever.top_k"] / 40 + words, "", 4, 5, {"seconds": 1.0}, {"s": -1.0})


def search(folder: Path, trials: int, sampler: Sampler = "tpe", **options: Any) -> list[Any]:
    """Trials up to a number, and what was found."""
    with opened(folder, sampler, **options) as study:
        while len(study.trials()) < trials:
            started = study.start()
            study.finish(started, score(started.point), 2.5)
        return list(study.trials())


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_what_was_found_is_read_back(tmp_path: Path, sampler: Sampler) -> None:
    found = search(tmp_path, 4, sampler)
    assert [trial.number for trial in found] == [1, 2, 3, 4]
    for trial in found:
        assert trial.measured == score(trial.point)
        assert trial.spent_seconds == 2.5
    with opened(tmp_path, sampler) as study:
        assert study.trials() == found


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_a_killed_search_goes_on_as_if_it_had_not_been(tmp_path: Path, sampler: Sampler) -> None:
    """Past the ten random trials of tpe, with a kill before, in and after trials."""
    whole = search(tmp_path / "whole", 15, sampler)
    for trials in (3, 11, 12):
        search(tmp_path / "killed", trials, sampler)
        with opened(tmp_path / "killed", sampler) as study:
            left = study.start()
            assert left.number == trials + 1
            # A kill: nobody says that it stopped.
    resumed = search(tmp_path / "killed", 15, sampler)
    assert [trial.point for trial in resumed] == [trial.point for trial in whole]
    assert resumed == whole


def test_a_trial_that_was_stopped_counts_for_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as study:
        started = study.start()
        study.stop(started)
        assert study.trials() == []
        assert study.start().point == started.point


def test_a_seed_decides_what_is_tried(tmp_path: Path) -> None:
    points = [
        [trial.point for trial in search(tmp_path / str(place), 3, seed=seed)]
        for place, seed in enumerate((0, 0, 1))
    ]
    assert points[0] == points[1]
    assert points[0] != points[2]


def test_tpe_learns(tmp_path: Path) -> None:
    """After its random trials it tries words, which are better by far, more often than not."""
    kinds = [trial.point["retriever"]["kind"] for trial in search(tmp_path, 30)]
    assert kinds[10:].count("bm25") >= 14


@pytest.mark.parametrize("sampler", ["tpe", "random", "grid"])
def test_no_point_is_tried_twice_and_an_end_is_an_end(tmp_path: Path, sampler: Sampler) -> None:
    with opened(tmp_path, sampler, space=SMALL) as study:
        while started := study.start():
            study.finish(started, Measured(1.0), 1.0)
        points = [label(trial.point) for trial in study.trials()]
    assert sorted(points) == [
        '{"a": 1, "b": "x"}', '{"a": 1, "b": "y"}', '{"a": 2, "b": "x"}', '{"a": 2, "b": "y"}',
    ]  # fmt: skip
    with opened(tmp_path, sampler, space=SMALL) as study:
        assert study.start() is None


def test_a_grid_that_was_killed_leaves_no_point_out(tmp_path: Path) -> None:
    points = []
    for _ in range(4):
        with opened(tmp_path, "grid", space=SMALL) as study:
            study.start()  # killed
        with opened(tmp_path, "grid", space=SMALL) as study:
            started = study.start()
            study.finish(started, Measured(None, "impossible"), 1.0)
            points.append(label(started.point))
    assert len(set(points)) == 4
    with opened(tmp_path, "grid", space=SMALL) as study:
        assert study.start() is None


def test_two_processes_are_not_at_one_search(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(YomitokiError, match="another process is at this search"):
        opened(tmp_path)
    opened(tmp_path).close()


def test_a_file_that_is_no_study_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("no database " * 100)
    with pytest.raises(YomitokiError, match=r"study\.sqlite: the trials can't be read"):
        opened(tmp_path)
    (tmp_path / FILE).unlink()
    opened(tmp_path).close()


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "字 {0}?%20#"
    assert len(search(folder, 1)) == 1
    with sqlite3.connect(folder / FILE) as database:
        assert database.execute("SELECT count(*) FROM trials").fetchone() == (1,)
