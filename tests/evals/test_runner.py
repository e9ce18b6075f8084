from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage

from evals.arms import Arm
from evals.dataset import Dataset
from evals.preparing import Gold
from evals.runner import Run, run_arms
from evals.sample import Sample
from evals.stage_cache import StageCache
from pipelines.config import load_config
from pipelines.llms.model_pool import ModelPool
from tests.pipelines.timed_llm import TimedLLM


@dataclass
class RememberingLLM(TimedLLM):
    """Answers with the number of prompts that it has read since it forgot them."""

    read: int = 0

    def forget(self) -> None:
        self.read = 0

    def stream_events(self, messages: Sequence[ChatMessage], **options: object) -> Iterator[Any]:
        self.read += 1
        self.answer = f"{self.read}番目です。"
        return super().stream_events(messages, **options)


class Pool(ModelPool):
    """Holds a model that needs no loading."""

    def build(self, *_: Any) -> Any:
        return self._models.setdefault("m", RememberingLLM())  # type: ignore[arg-type]


def answers(folder: Path, stop_after: int | None = None) -> list[str]:
    """What a model in a process of its own answers to three questions; a stop is a kill."""
    settings = load_config(None, ["query_engine={kind: closed_book}"])
    samples = tuple(Sample(str(n), f"{n}番目の山は？") for n in (1, 2, 3))
    run = Run(
        Dataset("mountains", samples), [Arm("alone", settings, None)], Gold({}, {}),
        {"alone": "none"}, answers=True, seed=0, home=folder,
    )  # fmt: skip

    def on_question(arm: str, done: int, total: int, was_there: bool) -> None:  # noqa: ARG001
        if done == stop_after:
            raise KeyboardInterrupt

    with StageCache(folder / "r.sqlite") as cache:
        found = run_arms([run], cache, folder / "records.jsonl", on_question, Pool())
    outcomes = found["mountains"]["alone"]
    return [one.answer.text for one in outcomes if one.answer is not None]


def test_an_answer_does_not_depend_on_what_was_asked_before(tmp_path: Path) -> None:
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    with pytest.raises(KeyboardInterrupt):
        answers(tmp_path / "killed", stop_after=1)
    assert answers(tmp_path / "killed") == answers(tmp_path / "whole") == ["1番目です。"] * 3
