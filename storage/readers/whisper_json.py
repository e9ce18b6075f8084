"""What Whisper and its relatives write as JSON: segments with times, words and speakers."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from storage.readers.cues import PAUSE_SECONDS, Cue, cue_of, timed_text
from storage.readers.encoding import decode
from storage.readers.parsed import Parsed, ParseOptions, ReadError, one_line, unify_newlines

# "segments" of openai-whisper, WhisperX and faster-whisper, "transcription" of whisper.cpp,
# "chunks" of the transformers pipeline.
_LISTS = ("segments", "transcription", "chunks")
_OPENS = re.compile(rf'"(?:{"|".join(_LISTS)})"\s*:\s*\[|\A\s*\[')
_BETWEEN = re.compile(r"[\s,]*")


def parse(data: bytes, options: ParseOptions) -> Parsed:
    """Read the segments as `cues.timed_text` does; `language` becomes the file's.

    A segment without times of its own has those of its words; one that still has none stands where
    the one before it ends. Of a file that is cut off, what is whole is read, and the line named.

    Raises:
        ReadError: It can't be decoded, is no such JSON, or is too long.
    """
    decoded = decode(data)
    text = unify_newlines(decoded.text)
    warnings = [decoded.warning] if decoded.warning else []
    metadata: dict[str, Any] = {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        segments: Sequence[Any] = list(_whole_segments(text))
        why = one_line(str(error), 80)
        if not segments:
            raise ReadError("damaged", f"not JSON ({why}): check it") from error
        warnings.append(f"not whole JSON ({why}): its first {len(segments)} segments were read")
    else:
        segments = _segments(value)
        if isinstance(value, Mapping) and isinstance(value.get("language"), str):
            metadata["language"] = one_line(value["language"], 40)
    cues = list(_cues(segments, warnings))
    if not cues:
        raise ReadError(
            "unsupported",
            "no transcript: .json is read as what Whisper writes, "
            '{"segments": [{"start": 0.0, "end": 2.5, "text": "…"}]}',
        )
    builder, doubts = timed_text(cues, options.max_chars)
    return Parsed(
        builder.text, builder.sections, metadata, encoding=decoded.encoding,
        warnings=[*warnings, *doubts],
    )  # fmt: skip


def _segments(value: Any) -> Sequence[Any]:
    if isinstance(value, Mapping):
        value = next((value[key] for key in _LISTS if isinstance(value.get(key), list)), [])
    return value if isinstance(value, list) else []


def _whole_segments(text: str) -> Iterator[Any]:
    """The objects at the head of the first list of segments, as far as they are whole."""
    opened = _OPENS.search(text)
    decoder = json.JSONDecoder()
    place = opened.end() if opened else len(text)
    while True:
        place = between.end() if (between := _BETWEEN.match(text, place)) else place
        try:
            segment, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return
        yield segment


def _cues(segments: Sequence[Any], warnings: list[str]) -> Iterator[Cue]:
    end = 0.0
    left_out = untimed = 0
    for segment in segments:
        said = segment.get("text") if isinstance(segment, Mapping) else None
        if not isinstance(said, str):
            left_out += 1
            continue
        times = _times(segment)
        untimed += times is None
        start, end = times or (end, end)
        for begins, ends, part in _between_pauses(segment, said) or [(start, end, said)]:
            yield cue_of(begins, ends, part, 0, _speaker(segment))
    if left_out:
        warnings.append(f"{left_out} segments have no text: left out")
    if untimed:
        warnings.append(f"{untimed} segments have no times: put behind the ones before them")


def _between_pauses(segment: Mapping[str, Any], said: str) -> list[tuple[float, float, str]]:
    """The parts of a segment that a pause between its words parts, as (start, end, text).

    None unless its words, put together, are its text and all of them have both times.
    """
    parts: list[tuple[float, float, str]] = []
    for word in _words(segment):
        text, times = word.get("word"), _pair(word.get("start"), word.get("end"))
        if not isinstance(text, str) or times is None or word.get("end") is None:
            return []
        if parts and times[0] - parts[-1][1] < PAUSE_SECONDS:
            parts[-1] = (parts[-1][0], times[1], parts[-1][2] + text)
        else:
            parts.append((*times, text))
    return parts if "".join(text for *_, text in parts).strip() == said.strip() else []


def _times(segment: Mapping[str, Any]) -> tuple[float, float] | None:
    """Start and end in seconds; None if the segment and its words have none."""
    offsets, stamp = segment.get("offsets"), segment.get("timestamp")
    if isinstance(offsets, Mapping):
        times = _pair(offsets.get("from"), offsets.get("to"))
        return (times[0] / 1000, times[1] / 1000) if times else None
    if isinstance(stamp, list) and len(stamp) == 2:
        return _pair(*stamp)
    own = _pair(segment.get("start"), segment.get("end"))
    if own:
        return own
    words = [word for word in _words(segment) if _number(word.get("start")) is not None]
    return _pair(words[0].get("start"), words[-1].get("end")) if words else None


def _pair(start: Any, end: Any) -> tuple[float, float] | None:
    begins, ends = _number(start), _number(end)
    return None if begins is None else (begins, begins if ends is None else ends)


def _number(value: Any) -> float | None:
    """A finite number that is not negative; text of one is taken, too."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if 0 <= number < 1e7 else None


def _words(segment: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    words = segment.get("words")
    return [w for w in words if isinstance(w, Mapping)] if isinstance(words, list) else []


def _speaker(segment: Mapping[str, Any]) -> str:
    """Who speaks: the segment's speaker, or that of most of its words."""
    if isinstance(segment.get("speaker"), str | int):
        return str(segment["speaker"])
    named = Counter(str(w["speaker"]) for w in _words(segment) if w.get("speaker"))
    return named.most_common(1)[0][0] if named else ""
