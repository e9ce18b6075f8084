"""`transcript topics`: what a lecture is about, from when to when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pipelines.document import clock
from pipelines.japanese.sounding_terms import noun_runs
from pipelines.japanese.tokens import SudachiTokenizerSettings, morphemes, unified
from pipelines.japanese.topics import telling_terms, topic_starts
from storage.recordings.recording import Recording
from tools.command_line import Invocation
from tools.commands.one_file import read_recordings
from tools.console import inert_line

# A term of one letter (人, 点) tells little, and so do 四十万円 and ような.
_LEAST_LETTERS = 2
_EMPTY_PARTS = frozenset({"数詞", "助動詞語幹", "副詞可能"})


@dataclass(frozen=True)
class Topic:
    """A stretch of a recording: characters of the file's text, end exclusive, and its terms."""

    start_char: int
    end_char: int
    sentences: int
    terms: tuple[str, ...]


def list_topics(run: Invocation, path: Path, most: int) -> None:
    """Print the topics of a file's recordings with their times and most telling terms.

    Args:
        path: A transcript with times that `ingest` reads.
        most: Terms of a topic.

    Raises:
        ConfigError: The path does not exist or is a folder.
        YomitokiError: The file can't be read, or nothing in it has times.
    """
    _, recordings = read_recordings(run, path, "transcript topics")
    found = [(recording, topics_of(recording, most)) for recording in recordings]
    if run.output.json:
        records = [_record(recording, topics) for recording, topics in found]
        run.output.record({"source": path.name, "recordings": records})
        return
    for number, (recording, topics) in enumerate(found):
        if number:
            run.output.line()
        run.output.line(inert_line(recording.title))
        for topic in topics:
            begin, end = recording.times(topic.start_char, topic.end_char)
            terms = ", ".join(topic.terms) or "–"
            run.output.line(inert_line(f"[{clock(begin)}–{clock(end)}] {terms}"))
    count = sum(len(topics) for _, topics in found)
    run.output.note(f"{path.name}: " + ("1 topic" if count == 1 else f"{count:,} topics"))


def topics_of(recording: Recording, most: int) -> list[Topic]:
    """The topics of a recording, in order; together they hold all of its sentences."""
    spans = recording.sentences
    said = [recording.document[start:end] for start, end in spans]
    starts = topic_starts(SudachiTokenizerSettings().build().tokenize_many(said))
    ranges = list(pairwise([*starts, len(spans)]))
    terms = [_terms(said[first:last]) for first, last in ranges]
    return [
        Topic(spans[first][0], spans[last - 1][1], last - first, tuple(telling))
        for (first, last), telling in zip(ranges, telling_terms(terms, most), strict=True)
    ]


def _terms(sentences: Sequence[str]) -> list[str]:
    """Runs of nouns, as they are written; none that begins with a number."""
    words = [list(morphemes(unified(sentence))) for sentence in sentences]
    runs = [run for sentence in words for run in noun_runs(sentence)]
    terms = [
        "".join(word.surface() for word in run)
        for run in runs
        if not _EMPTY_PARTS & set(run[0].part_of_speech())
    ]
    return [term for term in terms if len(term) >= _LEAST_LETTERS]


def _record(recording: Recording, topics: Sequence[Topic]) -> dict[str, object]:
    records = []
    for topic in topics:
        begin, end = recording.times(topic.start_char, topic.end_char)
        records.append(
            {
                "start_char": topic.start_char,
                "end_char": topic.end_char,
                "t_start": begin,
                "t_end": end,
                "speakers": recording.speakers(topic.start_char, topic.end_char),
                "sentences": topic.sentences,
                "terms": list(topic.terms),
            }
        )
    return {"recording": recording.name, "title": recording.title, "topics": records}
