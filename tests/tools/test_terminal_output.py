"""What single commands show on a terminal: stages, streamed answers, bars and questions."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from terminal import Terminal

from benchmarks.synthetic_corpus import (
    ClusteredEmbedding,
    SentenceLineParser,
    identity,
    read_result,
)
from storage.ingestion import ingest
from storage.listing import list_collections

if sys.platform == "win32":
    pytest.skip("needs a Unix terminal", allow_module_level=True)


def test_ask_shows_the_stage_then_the_answer_then_its_citations(tmp_path: Path) -> None:
    with Terminal("ask", "報酬は？", home=tmp_path) as terminal:
        terminal.expect("opening")
        terminal.expect("loading \\x1b[31mmodel")
        shown = terminal.expect("100 tokens read, 7 written")
        assert "rerank" in shown
        assert "こたえは42です。\r\n\r\n[1] 講義.md p.1: 報酬は" in shown
        assert terminal.exit_code() == 0


def test_what_was_streamed_is_corrected_if_the_answer_ends_otherwise(tmp_path: Path) -> None:
    with Terminal("ask", "differs", home=tmp_path) as terminal:
        terminal.expect("draft\r\nfinal\r\n")
        assert terminal.exit_code() == 0


def test_ctrl_c_while_answering_ends_the_command(tmp_path: Path) -> None:
    with Terminal("ask", "slow", home=tmp_path) as terminal:
        terminal.expect("t3 ")
        pressed = time.monotonic()
        terminal.ctrl_c()
        assert terminal.exit_code() == 130
        assert time.monotonic() - pressed < 20
        assert "yomitoki: stopped" in terminal.shown
        assert "Traceback" not in terminal.shown


def test_a_batch_shows_its_bar_and_its_lines(tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"id": 1, "question": "x"}\n{"id": 2, "question": "attack"}')
    with Terminal("ask", "--questions", str(questions), home=tmp_path) as terminal:
        terminal.expect("0/2")
        terminal.expect('{"id": 1, "question": "x"')
        shown = terminal.expect('{"id": 2, "question": "attack"')
        assert terminal.exit_code() == 0
        assert "\x1b]" not in shown + terminal.shown
        assert "\\u001b]52;c;" in terminal.shown


def test_drop_asks_at_a_terminal(tmp_path: Path) -> None:
    ingest(
        [read_result("a.txt", "報酬\n価値")],
        home=tmp_path,
        name="講義",
        identity=identity(),
        node_parser=SentenceLineParser(),
        embed_model=ClusteredEmbedding(),
    )
    for answer, code, left in (("", 1, ["講義"]), ("n", 1, ["講義"]), ("y", 0, [])):
        with Terminal("collections", "drop", "講義", home=tmp_path) as terminal:
            terminal.expect("drop 講義: 1 documents, 2 nodes, for good? [y/N]")
            terminal.enter(answer)
            assert terminal.exit_code() == code
        assert [summary.name for summary in list_collections(tmp_path)] == left
