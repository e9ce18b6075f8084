"""Character error rate before and after each cleaning step, with repairs and false corrections.

    python -m benchmarks.cleaning_cer CORPORA [--list STEP] [--glossary FILE] [--llm LINES]

Pairs of a raw passage and its corrected text:

- 004: every line of the lecture's transcript with benchmarks/corrections_004.jsonl made in it (see
  benchmarks/corrected_copy.py for how they came about), in two halves, the odd lines and the even
  ones. The corrections keep fillers, the speaker's own slips, numbers as they were written, and
  most gaps between words.
- 000: the passage that the course notebook gives raw (修正前) and edited (修正後). Its editors also
  left things out and set punctuation; its marks of bold type and line breaks are taken out here.

An error rate is the edit distance (rapidfuzz) over the length of the corrected text. It is given
over all characters, and over letters and digits alone (white space, punctuation and symbols taken
out on both sides). Each edit is judged by itself: a repair brings its line nearer to the corrected
one, a false correction takes it further away, the rest is neither. Both are given per 1,000
characters of raw text. `--list` shows the false corrections of a step instead.

`--glossary` adds a glossary as a step by sound. `--llm` measures the language model's steps, and
that alone, on so many of the longer lines of each half, spread evenly: minutes each.
"""

from __future__ import annotations

import argparse
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from benchmarks.corrected_copy import corrected, place_of, read_corrections
from pipelines.config import load_config
from pipelines.home import home_directory
from storage.cleaning.cleaned_text import CleanedText
from storage.cleaning.dropped_kana import DroppedKanaSettings
from storage.cleaning.fillers import FillersSettings
from storage.cleaning.glossary import GlossarySettings
from storage.cleaning.grammar_gaps import GrammarGapsSettings
from storage.cleaning.line_joins import LineJoinsSettings
from storage.cleaning.llm_correction import LLMCorrectionSettings, rejected_by
from storage.cleaning.numbers import NumbersSettings
from storage.cleaning.settings import DEFAULT_CLEANING
from storage.cleaning.step import CleaningStep, clean
from storage.cleaning.unicode import UnicodeSettings

ARMS: dict[str, list[CleaningStep]] = {
    "raw": [],
    "unicode": [UnicodeSettings().build()],
    "line_joins": [LineJoinsSettings().build()],
    "line_joins, joins: all": [LineJoinsSettings(joins="all").build()],
    "dropped_kana": [DroppedKanaSettings().build()],
    "grammar_gaps": [GrammarGapsSettings().build()],
    "fillers": [FillersSettings().build()],
    "numbers": [NumbersSettings().build()],
    "defaults": [one.build() for one in DEFAULT_CLEANING],
}
_BEFORE, _AFTER, _END = "<修正前>", "<修正後>", "### "


@dataclass(frozen=True)
class Pair:
    """What a recogniser wrote, and what was said."""

    raw: str
    said: str


@dataclass(frozen=True)
class Measured:
    """Sums over pairs: distances and lengths in characters, edits that were right and wrong."""

    distance: int
    said_chars: int
    raw_chars: int
    repairs: int
    false: int
    edits: int

    @property
    def error_rate(self) -> float:
        """Edit distance over the corrected text's characters; above 1 if it is nearly all wrong."""
        return self.distance / self.said_chars if self.said_chars else 0.0

    def per_thousand(self, count: int) -> float:
        """A count per 1,000 characters of raw text."""
        return 1000 * count / self.raw_chars if self.raw_chars else 0.0


def everything(text: str) -> str:
    """All characters."""
    return text


def letters_and_digits(text: str) -> str:
    """The text without white space, punctuation and symbols."""
    return "".join(letter for letter in text if unicodedata.category(letter)[0] in "LNM")


def measured(
    pairs: Sequence[Pair], cleaned_texts: Sequence[CleanedText], seen: Callable[[str], str]
) -> Measured:
    """The error rate after cleaning, and how each edit fares by itself.

    Args:
        pairs: Passages.
        cleaned_texts: Of their raw texts, in the same order.
        seen: What of a text is compared.
    """
    distance = said_chars = raw_chars = edits = 0
    verdicts = []
    for pair, cleaned in zip(pairs, cleaned_texts, strict=True):
        said = seen(pair.said)
        distance += Levenshtein.distance(seen(cleaned.text), said)
        said_chars += len(said)
        raw_chars += len(seen(pair.raw))
        edits += len(cleaned.edits)
        verdicts += [gain for _, gain in judged(pair, cleaned, seen)]
    return Measured(
        distance,
        said_chars,
        raw_chars,
        sum(gain > 0 for gain in verdicts),
        sum(gain < 0 for gain in verdicts),
        edits,
    )


def judged(
    pair: Pair, cleaned: CleanedText, seen: Callable[[str], str]
) -> Iterator[tuple[int, int]]:
    """Each edit's index, and by how many characters it alone brings the raw text nearer."""
    said = seen(pair.said)
    before = Levenshtein.distance(seen(pair.raw), said)
    for index in range(len(cleaned.edits)):
        alone = CleanedText(pair.raw, (cleaned.edits[index],)).text
        yield index, before - Levenshtein.distance(seen(alone), said)


def pairs_of_lines(corpora: Path) -> list[Pair]:
    """The lines of the lecture's transcript, raw and corrected."""
    text = next(corpora.glob("004_*")).read_bytes().decode("utf-8")
    corrections = read_corrections()
    said = corrected(text, corrections)
    pairs, start = [], 0
    for line in text.split("\n"):
        end = start + len(line)
        places = [place_of(start, corrections, ends=False), place_of(end, corrections, ends=True)]
        pairs.append(Pair(line, said[slice(*places)]))
        start = end + 1
    return pairs


def pair_of_passage(corpora: Path) -> Pair:
    """The passage that the course notebook gives twice."""
    text = next(corpora.glob("000_*")).read_text(encoding="utf-8")
    raw, _, rest = text.partition(_BEFORE)[2].partition(_AFTER)
    return Pair(_bare(raw), _bare(rest.partition(_END)[0]))


def _bare(passage: str) -> str:
    lines = (line.strip() for line in passage.replace("**", "").splitlines())
    return "".join(line for line in lines if line.strip("-"))


def sources(corpora: Path) -> dict[str, list[Pair]]:
    """The pairs by the name that the table gives them."""
    lines = pairs_of_lines(corpora)
    return {
        "004, odd lines": lines[::2],
        "004, even lines": lines[1::2],
        "000": [pair_of_passage(corpora)],
    }


def spread(pairs: Sequence[Pair], count: int) -> list[Pair]:
    """So many pairs of 40 characters or more, spread evenly over all of them."""
    long = [pair for pair in pairs if len(pair.raw) >= 40]
    step = max(1, len(long) // count)
    return long[::step][:count]


def model_arms(glossary: Path | None, home: Path) -> dict[str, list[CleaningStep]]:
    """The steps that ask the default language model."""
    llm = load_config().llm.build(home)
    defaults = [one.build() for one in DEFAULT_CLEANING]
    arms: dict[str, list[CleaningStep]] = {
        "defaults": defaults,
        "llm_correction": [LLMCorrectionSettings().build(llm)],
    }
    if glossary:
        checked = GlossarySettings(path=str(glossary), check="likelihood").build(llm)
        arms["glossary"] = [GlossarySettings(path=str(glossary)).build()]
        arms["glossary, check: likelihood"] = [checked]
    return arms


def table(
    sources: Mapping[str, Sequence[Pair]], arms: Mapping[str, Sequence[CleaningStep]]
) -> Iterator[str]:
    """Lines of Markdown: a row a source and step."""
    yield (
        "| pairs | step | edits | error rate | letters and digits | repairs / 1,000 "
        "| false / 1,000 | letters: repairs | letters: false |"
    )
    yield "|---|---|--:|--:|--:|--:|--:|--:|--:|"
    for source, pairs in sources.items():
        for name, steps in arms.items():
            cleaned = [clean(pair.raw, steps) for pair in pairs]
            full = measured(pairs, cleaned, everything)
            bare = measured(pairs, cleaned, letters_and_digits)
            yield (
                f"| {source} | {name} | {full.edits} | {full.error_rate:.4f} "
                f"| {bare.error_rate:.4f} | {full.per_thousand(full.repairs):.2f} "
                f"| {full.per_thousand(full.false):.2f} | {bare.per_thousand(bare.repairs):.2f} "
                f"| {bare.per_thousand(bare.false):.2f} |"
            )


def false_corrections(
    corpora: Path, name: str, seen: Callable[[str], str] = everything
) -> Iterator[str]:
    """The edits of a step that take a line further away, each with the letters around it."""
    for source, pairs in sources(corpora).items():
        for pair in pairs:
            cleaned = clean(pair.raw, ARMS[name])
            for index, gain in judged(pair, cleaned, seen):
                edit = cleaned.edits[index]
                if gain < 0:
                    before = pair.raw[max(0, edit.start - 16) : edit.start]
                    behind = pair.raw[edit.end : edit.end + 16]
                    yield f"{source}: {before}[-{edit.replaced}-]{{+{edit.replacement}+}}{behind}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--list", choices=[name for name in ARMS if name != "raw"], dest="step")
    parser.add_argument("--glossary", type=Path)
    parser.add_argument("--llm", type=int, metavar="LINES", default=0)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args(arguments)
    if given.step:
        for line in false_corrections(given.corpora, given.step):
            print(line)
        return
    pairs, arms = sources(given.corpora), dict(ARMS)
    if given.glossary:
        arms["glossary"] = [GlossarySettings(path=str(given.glossary)).build()]
    if given.llm:
        pairs = {source: spread(of, given.llm) for source, of in pairs.items()}
        arms = {"raw": [], **model_arms(given.glossary, home_directory(given.home))}
    for line in table(pairs, arms):
        print(line, flush=True)
    for steps in arms.values():
        if rejected := rejected_by(steps):
            print(f"rejected: {dict(rejected.most_common())}")


if __name__ == "__main__":
    main()
