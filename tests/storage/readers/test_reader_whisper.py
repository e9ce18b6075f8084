"""Whisper's JSON in the shapes of several programs, whole and broken."""

from __future__ import annotations

import json
from typing import Any

import pytest

from storage.readers.parsed import Parsed, ParseOptions, ReadError
from storage.readers.whisper_json import parse


def read(value: Any) -> Parsed:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return parse(text.encode(), ParseOptions(".json"))


@pytest.mark.parametrize(
    "value",
    [
        {"segments": [{"start": 0.0, "end": 1.5, "text": " では"},
                      {"start": 1.5, "end": 2, "text": "次"}]},
        [{"start": 0.0, "end": 1.5, "text": "では"}, {"start": "1.5", "end": "2", "text": "次"}],
        {"transcription": [{"offsets": {"from": 0, "to": 1500}, "text": "では"},
                           {"offsets": {"from": 1500, "to": 2000}, "text": "次"}]},
        {"chunks": [{"timestamp": [0.0, 1.5], "text": "では"},
                    {"timestamp": [1.5, 2.0], "text": "次"}]},
        {"segments": [{"text": "では", "words": [{"start": 0, "end": 1}, {"start": 1, "end": 1.5}]},
                      {"start": 1.5, "end": 2, "text": "次"}]},
    ],
)  # fmt: skip
def test_the_same_words_and_times_in_every_shape(value: Any) -> None:
    parsed = read(value)
    assert parsed.text == "では次"
    assert parsed.sections == [
        (0, 2, {"t_start": 0.0, "t_end": 1.5}),
        (2, 3, {"t_start": 1.5, "t_end": 2.0}),
    ]
    assert parsed.warnings == []


def test_speakers_of_segments_or_of_most_of_their_words_and_the_language() -> None:
    words = [{"speaker": "B"}, {"speaker": "A"}, {"speaker": "A"}]
    parsed = read(
        {
            "language": "ja",
            "segments": [
                {"start": 0, "end": 1, "text": "一", "speaker": "SPEAKER_00"},
                {"start": 1, "end": 2, "text": "二", "words": words},
            ],
        }
    )
    assert [metadata["speaker"] for _, _, metadata in parsed.sections] == ["SPEAKER_00", "A"]
    assert parsed.metadata == {"language": "ja"}


def test_of_a_file_cut_in_half_the_whole_segments_are_read() -> None:
    whole = json.dumps({"text": "x", "segments": [
        {"start": n, "end": n + 1, "text": f"第{n}文。"} for n in range(10)
    ]}, ensure_ascii=False)  # fmt: skip
    parsed = read(whole[: whole.index("第6文")])
    assert parsed.text == "".join(f"第{n}文。" for n in range(6))
    assert "its first 6 segments were read" in parsed.warnings[0]


def test_segments_without_text_or_times_are_counted() -> None:
    parsed = read(
        {"segments": [{"start": 3, "end": 4, "text": "一"}, {"text": "二"}, {"start": 5}, 7]}
    )
    assert [(m["t_start"], m["t_end"]) for _, _, m in parsed.sections] == [(3.0, 4.0), (4.0, 4.0)]
    assert parsed.warnings == [
        "2 segments have no text: left out",
        "1 segments have no times: put behind the ones before them",
    ]


@pytest.mark.parametrize("value", [{"a": 1}, [1, 2], {"segments": []}, 3, {"segments": {"a": 1}}])
def test_other_json_is_refused_with_the_shape_that_is_read(value: Any) -> None:
    with pytest.raises(ReadError, match=r"no transcript: .* what Whisper writes"):
        read(value)


def test_what_is_no_json_is_damaged() -> None:
    with pytest.raises(ReadError, match="not JSON"):
        read("では始めます")


def test_depth_that_would_overflow_is_no_crash() -> None:
    with pytest.raises(ReadError):
        read('{"segments": [' + "[" * 100_000)


def heard(*words: tuple[float, float, str]) -> Parsed:
    timed = [{"start": start, "end": end, "word": word} for start, end, word in words]
    text = "".join(word for *_, word in words)
    return read({"segments": [{"start": 0, "end": 9, "text": text, "words": timed}]})


def test_a_pause_between_the_words_of_a_segment_begins_a_line() -> None:
    parsed = heard((0, 1, "次に"), (1.9, 3, "行きます"), (4, 5, "堰は"), (5, 6, "低い"))
    assert parsed.text == "次に行きます\n堰は低い"
    assert [(s["t_start"], s["t_end"]) for *_, s in parsed.sections] == [(0, 3), (4, 6)]


def test_words_that_are_not_the_text_part_nothing() -> None:
    words = [{"start": 0, "end": 1, "word": "次"}, {"start": 4, "end": 5, "word": "堰"}]
    parsed = read({"segments": [{"start": 0, "end": 5, "text": "次に堰", "words": words}]})
    assert parsed.text == "次に堰"
    assert parsed.sections == [(0, 3, {"t_start": 0, "t_end": 5})]
