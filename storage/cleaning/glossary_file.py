"""A user's glossary: terms, how they are said, and how they were misheard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.config_yaml import YamlError, parse
from pipelines.errors import ConfigError
from pipelines.japanese.morae import morae
from pipelines.japanese.readings import MoraTokenizerSettings, word_morae
from pipelines.japanese.tokens import morphemes, unified

_FOLD = MoraTokenizerSettings().build().fold
_KEYS = ("term", "readings", "misheard")


@dataclass(frozen=True)
class GlossaryTerm:
    """A term as it is written, the ways in which it is said (morae, see `morae.morae`), and forms
    that a recogniser wrote in its place, which are corrected wherever they stand."""

    text: str
    ways: tuple[tuple[str, ...], ...]
    misheard: tuple[str, ...] = ()


def glossary_term(
    text: str, readings: Sequence[str] = (), misheard: Sequence[str] = ()
) -> GlossaryTerm:
    """A term; without readings (in kana), it is said as Sudachi and e2k read it."""
    ways = [morae(_katakana(reading)) for reading in readings] or list(_ways(text))
    said = tuple(dict.fromkeys(tuple(_FOLD(way)) for way in ways if way))
    return GlossaryTerm(text, said, tuple(misheard))


def read_glossary(path: Path) -> list[GlossaryTerm]:
    """The terms of a YAML file, in its order:

        - 強化学習
        - {term: Qwen3, readings: [クウェンスリー], misheard: [クエン酸]}

    Raises:
        ConfigError: It can't be read, or an entry is wrong.
    """
    try:
        entries = parse(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8: {error}") from error
    except YamlError as error:
        raise ConfigError(f"{path}: {error}") from error
    if not isinstance(entries, list) or not entries:
        raise ConfigError(f"{path}: must be a list of terms: - term, or - {{term: …}}")
    terms = [_entry(path, number, entry) for number, entry in enumerate(entries, start=1)]
    if twice := [t.text for i, t in enumerate(terms) if t.text in {o.text for o in terms[:i]}]:
        raise ConfigError(f"{path}: {twice[0]} stands there twice: join the two")
    return terms


def _entry(path: Path, number: int, entry: Any) -> GlossaryTerm:
    where = f"{path}: entry {number}"
    if not isinstance(entry, dict):
        entry = {"term": entry}
    if unknown := [key for key in entry if key not in _KEYS]:
        raise ConfigError(f"{where}: {unknown[0]!r}: allowed are {', '.join(_KEYS)}")
    # A term such as 2024 is written without quotation marks, too.
    text = str(entry.get("term") or "").strip()
    if not text or isinstance(entry["term"], (dict, list, bool)):
        raise ConfigError(f"{where}: term: must be text")
    lists: dict[str, list[str]] = {}
    for key in _KEYS[1:]:
        value = entry.get(key) or []
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            raise ConfigError(f"{where} ({text}): {key}: must be a list of texts")
        lists[key] = value
    for reading in lists["readings"]:
        if not morae(_katakana(reading)):
            raise ConfigError(f"{where} ({text}): readings: {reading!r}: must be kana")
    term = glossary_term(text, **lists)
    if not term.ways:
        raise ConfigError(f"{where} ({text}): how it is said is not known: add readings: [カナ]")
    return term


def _ways(text: str) -> Iterator[list[str]]:
    said = [ways for word in morphemes(unified(text)) if (ways := word_morae(word))]
    for way in range(max((len(ways) for ways in said), default=0)):
        yield [mora for ways in said for mora in ways[min(way, len(ways) - 1)]]


def _katakana(kana: str) -> str:
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in kana)
