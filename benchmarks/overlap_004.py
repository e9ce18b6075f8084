"""What four recordings of one lecture have in common, and how often the better reading is chosen.

    python -m benchmarks.overlap_004 CORPORA [--pairs] [--hours 10] [--questions FILE.jsonl]

benchmarks/corrections_004.jsonl says what is wrong in each recording; of two readings of the same
words the better one has fewer corrections a letter (those of spaces left out; ties are no case).
The halves are every other pair. A rule that can't decide counts as half right. `--pairs` prints
the readings, `--hours` the seconds for two recordings of so many hours, the second with 10 % of
its letters changed. `--questions` searches the lecture's nodes by BM25 and counts how often the
node that `deduplicate` keeps of two readings has fewer corrections a character.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, pairwise
from pathlib import Path

from llama_index.core.schema import Document
from rank_bm25 import BM25Okapi

from benchmarks.corrected_copy import Correction, read_corrections
from pipelines.document import Section, clock, document_sections, span
from pipelines.japanese.tokens import SudachiTokenizerSettings, path_cost
from pipelines.node_parsers.sentence import SentenceParserSettings
from pipelines.parts import Parts
from pipelines.postprocessors.deduplicate import DeduplicateSettings
from pipelines.postprocessors.heard_again import heard_again, replaces
from storage.readers.discovery import find_files
from storage.readers.reader import read_file
from storage.readers.results import ReadResult
from storage.readers.settings import ReaderSettings
from storage.recordings.better_reading import compare_readings
from storage.recordings.overlap import Overlap, Pair, overlaps
from storage.recordings.overlap_parser import OverlapParser
from storage.recordings.recording import recordings_of

# A reading and its rival: positive if the first is thought better.
Rule = Callable[[str, str], float]
# Japanese speech: 833 letters a minute make 500,000 in ten hours.
_LETTERS_AN_HOUR = 50_000
_HIRAGANA = re.compile(r"[\u3041-\u309f\s、。ー]*")
_FOUND = 10
_REPEATS = DeduplicateSettings().max_overlap


def letters(text: str) -> str:
    """Letters and digits alone."""
    return "".join(letter for letter in text if letter.isalnum())


def corrections_in(
    text: str, span: tuple[int, int], corrections: Sequence[Correction]
) -> list[Correction]:
    """The corrections inside of a span that change more than spaces."""
    return [
        one
        for one in corrections
        if span[0] <= one.start
        and one.end <= span[1]
        and "".join(text[one.start : one.end].split()) != "".join(one.text.split())
    ]


def _cost_a_letter(reading: str) -> float:
    said = letters(reading)
    return path_cost(said) / max(1, len(said))


RULES: dict[str, Rule] = {
    "the rule in use": compare_readings,
    "longer": lambda first, second: len(letters(first)) - len(letters(second)),
    "path cost a letter": lambda first, second: _cost_a_letter(second) - _cost_a_letter(first),
    "the earlier recording": lambda *_: 1,
}


def rate(
    found: Sequence[tuple[Overlap, Pair]], rule: Rule, corrections: Sequence[Correction]
) -> tuple[float, int]:
    """How often a rule chooses the reading with fewer corrections a letter, and of how many."""
    right, cases = 0.0, 0
    for overlap, pair in found:
        text = overlap.first.document
        readings = overlap.first.spoken(*pair.first), overlap.second.spoken(*pair.second)
        wrong = [
            len(corrections_in(text, span, corrections)) / max(1, len(letters(reading)))
            for span, reading in zip((pair.first, pair.second), readings, strict=True)
        ]
        if wrong[0] == wrong[1]:
            continue
        choice = rule(*readings)
        cases += 1
        right += 0.5 if not choice else (choice > 0) == (wrong[0] < wrong[1])
    return right, cases


def of_terms(text: str, corrections: Sequence[Correction], replaced: bool) -> list[Correction]:
    """Those that are more than hiragana; `replaced`: and put words in the place of others."""
    return [
        one
        for one in corrections
        if not _HIRAGANA.fullmatch(text[one.start : one.end] + one.text)
        and (not replaced or text[one.start : one.end].strip())
    ]


def joined(found: Sequence[tuple[Overlap, Pair]], least: int) -> Iterator[tuple[Overlap, Pair]]:
    """Neighbouring pairs joined until the first reading has `least` characters."""
    for overlap in dict.fromkeys(overlap for overlap, _ in found):
        start: Pair | None = None
        for pair in overlap.pairs:
            first = (start.first[0] if start else pair.first[0], pair.first[1])
            second = (start.second[0] if start else pair.second[0], pair.second[1])
            start = Pair(first, second, pair.similarity)
            if first[1] - first[0] >= least:
                yield overlap, start
                start = None


def changed(text: str, share: float, seed: int) -> str:
    """The text with a share of its letters replaced, dropped or doubled."""
    chance = random.Random(seed)
    out = []
    for letter in text:
        if chance.random() >= share:
            out.append(letter)
        else:
            out.append(chance.choice(("", letter * 2, chance.choice(text))))
    return "".join(out)


def _seconds(text: str, hours: float) -> str:
    """Two recordings of words of the text in another order, of so many hours."""
    chance = random.Random(0)
    words = text.split()
    said: list[str] = []
    while sum(map(len, said)) < hours * _LETTERS_AN_HOUR:
        said += [chance.choice(words) for _ in range(2000)]
    long = " ".join(said)
    other = changed(long, 0.1, seed=1)
    both = f"{long}\n\n{other}"
    borders = (0, len(long), len(long) + 2, len(both))
    sections = [
        Section(start, end, {"recording": str(start), "t_start": 0.0, "t_end": hours * 3600})
        for start, end in list(pairwise(borders))[::2]
    ]
    began = time.perf_counter()
    found = overlaps(both, sections)
    pairs = sum(len(overlap.pairs) for overlap in found)
    took = time.perf_counter() - began
    return f"{hours:g} hours, {len(long):,} characters each: {pairs:,} pairs in {took:.1f} s"


def _questions(path: Path, source: str) -> list[str]:
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [
        line["question"]
        for line in lines
        if any(piece["source"] == source for piece in line.get("evidence", []))
    ]


def _kept(document: Document, questions: Sequence[str], corrections: Sequence[Correction]) -> str:
    """Of two readings among the first ten nodes by BM25, whether the better one is kept."""
    parser = OverlapParser(SentenceParserSettings(max_chars=300).build(Parts()))
    nodes = parser.get_nodes_from_documents([document])
    tokenizer = SudachiTokenizerSettings().build()
    index = BM25Okapi(tokenizer.tokenize_many([node.get_content() for node in nodes]))
    cases = kept = ranked = 0
    for question in questions:
        scores = index.get_scores(tokenizer.tokenize(question))
        order = sorted(range(len(nodes)), key=lambda i: -scores[i])[:_FOUND]
        gone: set[int] = set()
        for first, second in combinations(order, 2):
            before, after = nodes[first], nodes[second]
            if {first, second} & gone or heard_again(after, [before]) <= _REPEATS:
                continue
            gone.add(second)
            wrong = [
                len(corrections_in(document.text, span(node), corrections))
                / len(node.get_content())
                for node in (before, after)
            ]
            if wrong[0] != wrong[1]:
                cases += 1
                ranked += wrong[0] < wrong[1]
                kept += (wrong[1] < wrong[0]) == replaces(after, before)
    return f"{len(questions)} questions: better reading kept {kept}/{cases}, ranked first {ranked}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--pairs", action="store_true")
    parser.add_argument("--hours", type=float)
    parser.add_argument("--questions", type=Path)
    given = parser.parse_args(arguments)
    (file,) = find_files([next(given.corpora.glob("004_*"))]).files
    read = read_file(file, ReaderSettings())
    if not isinstance(read, ReadResult):
        raise SystemExit(str(read))
    text, sections = read.document.text, document_sections(read.document)
    began = time.perf_counter()
    found = overlaps(text, sections)
    every = [(overlap, pair) for overlap in found for pair in overlap.pairs]
    print(f"{len(every)} pairs in {time.perf_counter() - began:.2f} s")
    for recording in recordings_of(text, sections):
        shared = sum(
            run.length
            for overlap in found
            for view in (overlap, overlap.swapped())
            if view.first.name == recording.name
            for run in view.runs
        )
        total = len(recording.letters.text)
        print(f"  {recording.name[:8]}: {total:,} letters, {shared / total:.0%} alike in another")
    for overlap in found:
        sides = zip((overlap.first, overlap.second), overlap.spans, strict=True)
        places = [
            f"{side.name[:8]} [{'–'.join(clock(t) for t in side.times(*span))}]"
            for side, span in sides
        ]
        print(f"  {' = '.join(places)}: {len(overlap.pairs)} pairs, {overlap.similarity:.3f}")
        if given.pairs:
            for pair in overlap.pairs:
                print(f"    {pair.similarity:.2f}  {overlap.first.spoken(*pair.first)}")
                print(f"          {overlap.second.spoken(*pair.second)}")
    corrections = read_corrections()
    for grain, cases in (("sentences", every), ("300 characters", list(joined(every, 300)))):
        print(f"better reading by {grain}: all, odd, even")
        for name, rule in RULES.items():
            scores = [rate(half, rule, corrections) for half in (cases, cases[::2], cases[1::2])]
            shown = ", ".join(f"{right:g}/{n} = {right / max(1, n):.2f}" for right, n in scores)
            print(f"  {name}: {shown}")
    for name, few in (
        ("of terms", of_terms(text, corrections, replaced=False)),
        ("of words in the place of others", of_terms(text, corrections, replaced=True)),
    ):
        print(f"by corrections {name}, sentences:")
        for label, rule in RULES.items():
            right, n = rate(every, rule, few)
            print(f"  {label}: {right:g}/{n} = {right / max(1, n):.2f}")
    if given.questions:
        print(_kept(read.document, _questions(given.questions, file.source), corrections))
    if given.hours:
        print(_seconds(text, given.hours))


if __name__ == "__main__":
    main()
