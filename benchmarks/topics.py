"""How well `transcript topics` finds where the topic changes, where that is known.

    python -m benchmarks.topics CORPUS.jsonl [--texts 100] [--topics 10] [--seed 0]

CORPUS.jsonl has {"title", "text"} a line (JSQuAD's passages). A text is made of so many topics: one
to four passages of one title, then of another one (Choi 2000). Pk (Beeferman et al. 1999) and
WindowDiff (Pevzner and Hearst 2002), both by nltk and lower is better, of the boundaries found;
of as many topics of equal length, which is told how many there are; and of no boundary at all. With
a 95 % interval (bootstrap over texts).
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from nltk.metrics.segmentation import pk, windowdiff

from benchmarks.intervals import bootstrap_interval, mean
from pipelines.japanese.sentences import split_sentences
from pipelines.japanese.tokens import SudachiTokenizerSettings
from pipelines.japanese.topics import topic_starts

MOST_PASSAGES = 4


def read_titles(path: Path) -> list[list[str]]:
    """The passages of each title, in the file's order."""
    titles: dict[str, list[str]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        titles[row["title"]].append(row["text"])
    return list(titles.values())


def mixed(titles: Sequence[list[str]], topics: int, chance: random.Random) -> list[list[str]]:
    """The sentences of so many topics."""
    parts = []
    for passages in chance.sample(titles, topics):
        taken = chance.randint(1, min(MOST_PASSAGES, len(passages)))
        first = chance.randint(0, len(passages) - taken)
        parts.append(
            [
                passage[start:end]
                for passage in passages[first : first + taken]
                for start, end in split_sentences(passage)
            ]
        )
    return parts


def marks(starts: Sequence[int], sentences: int) -> str:
    """A 1 for each sentence that begins a topic, for nltk; the first one is none."""
    inner = set(starts) - {0}
    return "".join("1" if place in inner else "0" for place in range(sentences))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--texts", type=int, default=100)
    parser.add_argument("--topics", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    titles = read_titles(options.corpus)
    chance = random.Random(options.seed)
    tokenizer = SudachiTokenizerSettings().build()
    scores: dict[str, list[tuple[float, float]]] = defaultdict(list)
    found = 0
    for _ in range(options.texts):
        parts = mixed(titles, options.topics, chance)
        sentences = [sentence for part in parts for sentence in part]
        count = len(sentences)
        true = marks([sum(map(len, parts[:n])) for n in range(len(parts))], count)
        starts = topic_starts(tokenizer.tokenize_many(sentences))
        found += len(starts)
        equal = [round(n * count / len(parts)) for n in range(len(parts))]
        window = max(2, round(count / len(parts) / 2))
        for way, places in (("topics", starts), ("equal lengths", equal), ("none", [])):
            guessed = marks(places, count)
            scores[way].append((pk(true, guessed, window), windowdiff(true, guessed, window)))
    print(f"{options.texts} texts, {found / options.texts:.1f} topics of {options.topics} found\n")
    print("| boundaries | Pk | WindowDiff |\n|---|---|---|")
    for way, pairs in scores.items():
        columns = []
        for values in zip(*pairs, strict=True):
            low, high = bootstrap_interval([values], mean, options.seed)
            columns.append(f"{mean([values]):.3f} [{low:.3f}, {high:.3f}]")
        print(f"| {way} | {' | '.join(columns)} |")


if __name__ == "__main__":
    main()
