from __future__ import annotations

import pytest

from pipelines.llms.stopping import TextAssembler, strip_reasoning


class Bytes:
    """A tokenizer of one token a byte."""

    def decode(self, ids: list[int], skip_special_tokens: bool) -> str:
        assert skip_special_tokens
        return bytes(ids).decode("utf-8", errors="replace")


def pieces(text: str, stop: tuple[str, ...] = ()) -> tuple[list[str], TextAssembler]:
    assembler = TextAssembler(Bytes(), stop)
    out = []
    for token in text.encode():
        out.append(assembler.push(token))
        if assembler.stopped:
            break
    out.append(assembler.finish())
    return [piece for piece in out if piece], assembler


def test_characters_come_whole() -> None:
    out, assembler = pieces("読み解き")
    assert out == ["読", "み", "解", "き"]
    assert assembler.text == "読み解き"


def test_stop_string_ends_the_text_and_is_no_part_of_it() -> None:
    out, assembler = pieces("答え。\n質問:次", stop=("\n質問:",))
    assert "".join(out) == "答え。"
    assert assembler.stopped


def test_beginning_of_a_stop_string_is_held_back_until_it_is_none() -> None:
    out, _ = pieces("a##b", stop=("###",))
    assert out == ["a", "##b"]


def test_held_back_text_comes_at_the_end() -> None:
    out, _ = pieces("a##", stop=("###",))
    assert "".join(out) == "a##"


def test_reasoning_never_reaches_the_reader() -> None:
    out, assembler = pieces("<think>うーん</think>\n答え")
    assert "".join(out) == "答え"
    assert assembler.text == "答え"


def test_unfinished_reasoning_leaves_no_text() -> None:
    out, _ = pieces("<think>うーん")
    assert out == []


@pytest.mark.parametrize("text", ["<thin", "a <think>b</think>", "1 < 2"])
def test_what_only_looks_like_reasoning_stays(text: str) -> None:
    out, _ = pieces(text)
    assert "".join(out) == text


def test_broken_bytes_at_the_end_are_shown_as_such() -> None:
    assembler = TextAssembler(Bytes())
    assert assembler.push("読".encode()[0]) == ""
    assert assembler.finish() == "\N{REPLACEMENT CHARACTER}"


def test_strip_reasoning_waits_for_the_opening_tag_to_complete() -> None:
    assert strip_reasoning("<th", final=False) == ""
    assert strip_reasoning("<th", final=True) == "<th"
