"""Answers as chunks: what was streamed and the answer may differ."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines import prompts
from pipelines.answer import Answer, Usage
from pipelines.config import load_config
from tools.records import ask_record, search_record
from tools.server.chat_requests import ChatRequest
from tools.server.chat_responses import Extension, Reply
from tools.server.jobs import Done, Piece
from tools.server.native_records import AskRecord, SearchRecord
from tools.server.served_model import ServedModel
from tools.server.service import Target


def reply(**more: Any) -> Reply:
    messages = [{"role": "user", "content": "工費は？"}]
    request = ChatRequest.model_validate({"model": "default", "messages": messages, **more})
    return Reply(request, Target(ServedModel("default", load_config(None, [])), "default"))


def answered(text: str, refused: bool = False) -> Done:
    return Done(Answer("工費は？", text, refused, usage=Usage(100, 7)))


def streamed(pieces: list[str], end: Done) -> tuple[str, dict[str, Any]]:
    """The text that a client puts together, and the last chunk."""
    made = reply()
    chunks = [*made.begin(), *(c for e in (*map(Piece, pieces), end) for c in made.chunks(e))]
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    return text, chunks[-1]


@pytest.mark.parametrize("refusal", [prompts.REFUSAL])
def test_a_refusal_before_the_first_word_is_the_text(refusal: str) -> None:
    text, last = streamed([], answered(refusal, refused=True))
    assert text == refusal
    assert last["yomitoki"]["refused"] is True
    assert "answer" not in last["yomitoki"]


def test_what_failed_on_the_way_is_told_on_every_surface() -> None:
    said = "web search: no network: answered from your documents only"
    answer = Answer("工費は？", "三億円", False, usage=Usage(100, 7), notes=[said])
    assert Extension.model_validate(reply().whole(answer)["yomitoki"]).notes == [said]
    assert streamed(["三億円"], Done(answer))[1]["yomitoki"]["notes"] == [said]
    assert SearchRecord.model_validate(search_record(answer)).notes == [said]
    assert AskRecord.model_validate(ask_record(answer)).notes == [said]
    assert "notes" not in streamed(["三億円"], answered("三億円"))[1]["yomitoki"]


def test_what_was_not_streamed_yet_follows() -> None:
    assert (
        streamed(["三億", "円 "], answered("三億円\n「三億円」[1]"))[0] == "三億円 \n「三億円」[1]"
    )
    assert streamed([" 三億円"], answered("三億円"))[0] == " 三億円"


def test_what_cannot_be_true_is_taken_back_below_it() -> None:
    text, last = streamed(["九億", "円"], answered("分かりません", refused=True))
    assert text == "九億円\n\n分かりません"
    assert last["yomitoki"]["answer"] == "分かりません"
    assert last["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(("limit", "reason"), [(7, "length"), (8, "stop"), (None, "stop")])
def test_an_answer_of_all_its_tokens_may_be_cut(limit: int | None, reason: str) -> None:
    made = reply(max_tokens=limit)
    (choice,) = made.whole(answered("三億円").value)["choices"]
    assert choice["finish_reason"] == reason
