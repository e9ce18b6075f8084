"""JSON Lines: each line's text field, or its "key: value" lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from storage.readers.encoding import decode
from storage.readers.parsed import Parsed, ParseOptions, ReadError, TextBuilder, one_line

_TEXT_KEYS = ("text", "content", "body")
_TITLE_KEYS = ("title", "name", "heading")
_ID_KEYS = ("id", "_id", "docid", "doc_id")
_MOST_WARNINGS = 5
_DEEPEST_LINE = 200
_LONGEST_ID = 200


def parse(data: bytes, options: ParseOptions) -> Parsed:
    """Read JSON Lines; a section a line, with its number as `row` and its id as `record_id`.

    An object with text under "text", "content" or "body" gives that text below its title, if it
    has one; any other object gives a line a key. A line that is not JSON is left out with a
    warning.

    Raises:
        ReadError: No line is JSON.
    """
    decoded = decode(data)
    builder = TextBuilder(options.max_chars)
    bad: list[tuple[int, str]] = []
    read = 0
    for number, line in enumerate(decoded.text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = _loaded(line)
        except (ValueError, RecursionError) as error:
            bad.append((number, one_line(str(error), 80)))
            continue
        read += 1
        metadata: dict[str, Any] = {"row": number}
        record_id = _first(value, _ID_KEYS)
        if record_id:
            metadata["record_id"] = one_line(record_id, _LONGEST_ID)
        with builder.section(metadata):
            builder.add(_text(value))
        builder.add("\n\n")
    if bad and not read:
        raise ReadError("damaged", f"no line is JSON (line {bad[0][0]}: {bad[0][1]}): check it")
    warnings = [decoded.warning] if decoded.warning else []
    warnings += [f"line {n}: not JSON ({why}): left out" for n, why in bad[:_MOST_WARNINGS]]
    if len(bad) > _MOST_WARNINGS:
        warnings.append(f"{len(bad) - _MOST_WARNINGS} further lines are not JSON: left out")
    return Parsed(builder.text, builder.sections, encoding=decoded.encoding, warnings=warnings)


def _loaded(line: str) -> Any:
    if line.count("[") + line.count("{") > _DEEPEST_LINE and _depth(line) > _DEEPEST_LINE:
        raise ValueError(f"nested deeper than {_DEEPEST_LINE} levels")
    return json.loads(line)


def _depth(line: str) -> int:
    """An upper bound of how deep the brackets of a line are nested."""
    depth = deepest = 0
    for character in line:
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _text(value: Any) -> str:
    if not isinstance(value, Mapping):
        return _plain(value)
    text = _first(value, _TEXT_KEYS)
    if text:
        title = _first(value, _TITLE_KEYS)
        return f"{title}\n{text}" if title else text
    return "\n".join(f"{key}: {_plain(v)}" for key, v in value.items() if v not in (None, ""))


def _first(value: Any, keys: tuple[str, ...]) -> str | None:
    """The first of `keys` that holds text or a number."""
    if isinstance(value, Mapping):
        for key in keys:
            found = value.get(key)
            if isinstance(found, str | int | float) and str(found).strip():
                return str(found).strip()
    return None


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
