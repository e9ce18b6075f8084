"""Words for lexical search, cut alike from nodes and from questions."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.japanese.sentences import JAPANESE_LETTERS

if TYPE_CHECKING:
    from sudachipy import Dictionary

# Sudachi refuses more than 49,149 bytes; a character takes at most four.
_SUDACHI_CHARS = 12_000
_KNOWN_WORDS = 100_000
_JOIN = re.compile(
    f"(?<=[{JAPANESE_LETTERS}、。])(?:[ \\t]+|[ \\t]*\\r?\\n[ \\t]*)(?=[{JAPANESE_LETTERS}、。])"
)
Mode = Literal["A", "B", "C"]

_threads = threading.local()
_SURROGATES = re.compile("[\ud800-\udfff]")
# A Latin word or identifier, with the signs that hold its parts together: top_p, o1, gpt-3.5.
_LETTER = "a-z\u00df-\u024f"
_LATIN = re.compile(
    rf"(?<![{_LETTER}0-9])[a-z](?:\+\+|#)(?![{_LETTER}0-9])"
    rf"|(?:(?<![0-9.,])[0-9]+)?[{_LETTER}][{_LETTER}0-9]*(?:[._\-+/'@:][{_LETTER}0-9]+)*"
)
_JOINTS = re.compile(r"[._\-+/'@:]")
_PARTS = re.compile(rf"[{_LETTER}]{{2,}}|[0-9]{{2,}}")
_RUNS = re.compile(rf"[{_LETTER}0-9]+|[^\W_{_LETTER}0-9]+")


class Tokenizer(Protocol):
    """Cuts text into search terms; safe to share between threads."""

    def tokenize(self, text: str) -> list[str]:
        """Terms in order of the text, repeated ones kept; may be empty."""
        ...

    def tokenize_many(self, texts: Sequence[str]) -> list[list[str]]:
        """`tokenize` of each text, in order."""
        ...


def normalize(text: str) -> str:
    """The form that is tokenised: `unified`, case-folded."""
    return unified(text.casefold())


def unified(text: str) -> str:
    """NFKC, with spaces between Japanese letters removed.

    Speech recognisers put spaces and readers put line breaks into the middle of words.
    """
    return _JOIN.sub("", unicodedata.normalize("NFKC", _SURROGATES.sub(" ", text)))


class CharNgramTokenizerSettings(ComponentSettings):
    """Character n-grams of Japanese runs and whole Latin words and numbers.

    Needs no dictionary and finds words that a recogniser cut or that no dictionary has.
    """

    kind: Literal["char_ngram"] = "char_ngram"
    n: int = Field(default=2, ge=1, le=5)

    def build(self) -> Tokenizer:
        """The tokenizer."""
        return CharNgramTokenizer(self.n)


class SudachiTokenizerSettings(ComponentSettings):
    """Sudachi morphemes.

    `mode` is Sudachi's split mode: A short units, B middle, C named entities whole. `form` is
    what is indexed of a morpheme; `normalized` unifies spellings (サーバ and サーバー, 五百億 and
    500億). `drop` lists parts of speech to leave out, each by its first level or by more levels
    joined with a hyphen (動詞-非自立可能). Latin identifiers (top_p, GSM8K, o1) are kept whole
    and also in parts.
    """

    kind: Literal["sudachi"] = "sudachi"
    mode: Mode = "A"
    form: Literal["surface", "normalized", "dictionary"] = "normalized"
    drop: tuple[str, ...] = ("助詞", "助動詞", "補助記号", "空白", "感動詞", "接続詞", "連体詞")

    def build(self) -> Tokenizer:
        """The tokenizer; its dictionary is loaded once a process, on the first text."""
        return SudachiTokenizer(self)


TokenizerSettings = Annotated[
    SudachiTokenizerSettings | CharNgramTokenizerSettings, Field(discriminator="kind")
]


class CharNgramTokenizer:
    """See CharNgramTokenizerSettings."""

    def __init__(self, n: int) -> None:
        self._n = n

    def tokenize(self, text: str) -> list[str]:
        terms: list[str] = []
        for match in _RUNS.finditer(normalize(text)):
            run = match.group()
            if run[0].isascii() or len(run) <= self._n:
                terms.append(run)
            else:
                terms.extend(run[i : i + self._n] for i in range(len(run) - self._n + 1))
        return terms

    def tokenize_many(self, texts: Sequence[str]) -> list[list[str]]:
        return [self.tokenize(text) for text in texts]


class SudachiTokenizer:
    """See SudachiTokenizerSettings."""

    def __init__(self, settings: SudachiTokenizerSettings) -> None:
        self._settings = settings
        self._known: dict[tuple[int, str], str] = {}

    def tokenize(self, text: str) -> list[str]:
        terms: list[str] = []
        position = 0
        text = normalize(text)
        for match in _LATIN.finditer(text):
            terms.extend(self._morphemes(text[position : match.start()]))
            terms.extend(_latin_terms(match.group()))
            position = match.end()
        terms.extend(self._morphemes(text[position:]))
        return terms

    def tokenize_many(self, texts: Sequence[str]) -> list[list[str]]:
        return [self.tokenize(text) for text in texts]

    def _morphemes(self, text: str) -> Iterator[str]:
        for morpheme in morphemes(text, self._settings.mode):
            if morpheme.is_oov():  # Unknown words and numbers: no identity of their own.
                term = self._term(morpheme)
            else:
                key = (morpheme.word_id(), morpheme.surface())
                known = self._known.get(key)
                if known is None:
                    if len(self._known) >= _KNOWN_WORDS:
                        self._known.clear()
                    known = self._known[key] = self._term(morpheme)
                term = known
            if term:
                yield term

    def _term(self, morpheme: Any) -> str:
        """What is indexed of a morpheme; empty for a part of speech that is dropped."""
        trail = "-".join(morpheme.part_of_speech()) + "-"
        if any(trail.startswith(drop + "-") for drop in self._settings.drop):
            return ""
        form = self._settings.form
        if form == "normalized":
            return str(morpheme.normalized_form()).casefold()
        if form == "dictionary":
            return str(morpheme.dictionary_form()).casefold()
        return str(morpheme.surface())


def morphemes(text: str, mode: Mode = "A") -> Iterator[Any]:
    """Sudachi's morphemes of a `unified` text; one tokenizer a thread, one dictionary a process."""
    if not text or text.isspace():
        return
    tokenizer = _tokenizer(mode)
    for piece in _pieces(text, _SUDACHI_CHARS):
        yield from tokenizer.tokenize(piece)


@lru_cache(maxsize=1 << 16)
def path_cost(text: str) -> int:
    """The cost of Sudachi's best path through a short text: of its words, and of what follows what.

    The unlikelier the text, the higher; it grows with the text's length.
    """
    if not text or text.isspace():
        return 0
    return int(_tokenizer("C").tokenize(text).get_internal_cost())


def _tokenizer(mode: Mode) -> Any:
    tokenizers = _threads.__dict__
    if mode not in tokenizers:
        tokenizers[mode] = _dictionary().tokenizer(mode=mode)
    return tokenizers[mode]


@cache
def _dictionary() -> Dictionary:
    from sudachipy import Dictionary

    return Dictionary()


def _latin_terms(word: str) -> list[str]:
    """The word, and what a question may call it by: inf-retriever-v1 is also inf, retriever, v1.

    A word without joints gives its letters and its digits: gsm8k is also gsm.
    """
    parts = [part for part in _JOINTS.split(word) if len(part) > 1]
    if len(parts) < 2:
        parts = _PARTS.findall(word)
    return [word, *(part for part in parts if part != word)]


def _pieces(text: str, max_chars: int) -> Iterator[str]:
    """The text in pieces of at most `max_chars`, cut behind a sentence or a space if it can be."""
    start = 0
    while len(text) - start > max_chars:
        window_end = start + max_chars
        cut = max(text.rfind(mark, start + max_chars // 2, window_end) for mark in "。\n 、")
        end = cut + 1 if cut >= 0 else window_end
        yield text[start:end]
        start = end
    yield text[start:]
