"""Learns how alike morae sound from pairs of what was said and what was heard.

    python -m benchmarks.mora_scores PAIRS.jsonl [--every 8]

PAIRS.jsonl has {"said", "misheard"} a line (the mishearing corpus, CC0). Even lines are learnt
from: each pair is aligned, and a table of log-odds (how much more often two onsets, or two vowels,
stand at the same place than chance would have it) is printed in tenths, for
pipelines/japanese/mora_scores.py. Odd lines are searched: each `every`th one's said phrase among
all misheard ones, by these scores, by equal morae alone and by BM25 over pairs of morae.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.japanese import mora_alignment, mora_scores
from pipelines.japanese.mora_alignment import MoraTexts
from pipelines.japanese.morae import split_mora
from pipelines.japanese.readings import MoraTokenizerSettings
from storage.lexical_index import NO_TOKENS, build_lexical_index, build_tokens

LEAST_SCORE = -5.0
_ROUNDS = 3
# Pairs seen by chance, spread as single sounds are: without them a rare sound resembles any other.
_PRIOR_PAIRS = 40.0
Sound = str
Pair = tuple[list[str], list[str]]


def sounds(mora: str) -> tuple[Sound, Sound, Sound]:
    """Onset, glide and vowel of a mora, as the rows of the three tables."""
    onset, glide, vowel = split_mora(mora)
    return onset, "y" if glide else "-", vowel or "-"


def aligned(one: Sequence[str], other: Sequence[str]) -> list[tuple[str, str]]:
    """The pairs of morae that the best global alignment puts at the same place."""
    gap, score = mora_scores.gap_score, mora_scores.mora_score
    best = np.zeros((len(one) + 1, len(other) + 1))
    best[1:, 0] = -np.cumsum([gap(mora) for mora in one])
    best[0, 1:] = -np.cumsum([gap(mora) for mora in other])
    for i, mora in enumerate(one, 1):
        for j, heard in enumerate(other, 1):
            best[i, j] = max(
                best[i - 1, j - 1] + score(mora, heard),
                best[i - 1, j] - gap(mora),
                best[i, j - 1] - gap(heard),
            )
    found = []
    i, j = len(one), len(other)
    while i and j:
        if best[i, j] == best[i - 1, j - 1] + score(one[i - 1], other[j - 1]):
            found.append((one[i - 1], other[j - 1]))
            i, j = i - 1, j - 1
        elif best[i, j] == best[i - 1, j] - gap(one[i - 1]):
            i -= 1
        else:
            j -= 1
    return found


def log_odds(pairs: Counter[tuple[Sound, Sound]], names: Sequence[Sound]) -> NDArray[np.float64]:
    """ln P(a, b) / (P(a) P(b)) of symmetrical counts, smoothed towards independence."""
    place = {name: i for i, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)))
    for (one, other), count in pairs.items():
        counts[place[one], place[other]] += count
        counts[place[other], place[one]] += count
    single = (counts.sum(axis=1) + 1) / (counts.sum() + len(names))
    chance = np.outer(single, single)
    joint = (counts + _PRIOR_PAIRS * chance) / (counts.sum() + _PRIOR_PAIRS)
    odds: NDArray[np.float64] = np.log(joint / chance)
    return odds


def learn(pairs: Sequence[Pair]) -> None:
    """Put the tables that the pairs show in the place of those of `mora_scores`."""
    counts: list[Counter[tuple[Sound, Sound]]] = [Counter(), Counter(), Counter()]
    for said, heard in pairs:
        for one, other in aligned(said, heard):
            for counter, pair in zip(
                counts, zip(sounds(one), sounds(other), strict=True), strict=True
            ):
                counter[pair] += 1
    tables = (mora_scores.ONSETS, mora_scores.GLIDES, mora_scores.VOWELS)
    for names, counter, scores in zip(tables, counts, mora_scores.TABLES, strict=True):
        scores[:] = np.maximum(log_odds(counter, names), LEAST_SCORE)
    mora_scores.mora_score.cache_clear()


def hit_rate(
    queries: Sequence[int], search: Callable[[int], NDArray[np.float64]], k: int = 5
) -> float:
    """Share of the queries whose own text is among the first k; a tie counts half of its ranks."""
    hits = 0
    for query in queries:
        scores = search(query)
        mine = scores[query]
        above = int((scores > mine + 1e-9).sum())
        level = int((np.abs(scores - mine) <= 1e-9).sum()) - 1
        hits += mine > 0 and above + level / 2 < k
    return hits / len(queries)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--every", type=int, default=8)
    arguments = parser.parse_args()
    lines = [json.loads(line) for line in arguments.pairs.read_text("utf-8").splitlines()]
    tokenizer = MoraTokenizerSettings().build()
    said = tokenizer.tokenize_many([line["said"] for line in lines])
    heard = tokenizer.tokenize_many([line["misheard"] for line in lines])
    even = [(s, h) for s, h in list(zip(said, heard, strict=True))[::2] if s and h]
    for _ in range(_ROUNDS):
        learn(even)
    for table in mora_scores.TABLES:
        rows = np.round(10 * np.maximum(table, LEAST_SCORE)).astype(int)
        print("\n".join(" ".join(map(str, row)) for row in rows), "\n")

    queries = [i for i in range(1, len(lines), 2) if said[i] and heard[i]][:: arguments.every]
    names = [str(i) for i in range(len(lines))]
    tokens = build_tokens(names, NO_TOKENS, lambda ids: dict.fromkeys(ids, ""), lambda _: heard)
    index = build_lexical_index(tokens, gram=2)

    def bm25(query: int) -> NDArray[np.float64]:
        scores = np.zeros(len(lines))
        for name, score in index.search(said[query], len(lines)):
            scores[int(name)] = score
        return scores

    texts = MoraTexts.of(heard)
    print(f"{len(queries)} odd phrases among {len(lines)}: hit rate at 5")
    print(f"alignment, learnt scores: {hit_rate(queries, lambda q: texts.similarity(said[q])):.3f}")
    print(f"BM25 over pairs of morae: {hit_rate(queries, bm25):.3f}")
    mora_alignment.mora_score = lambda one, other: 1.0 if one == other else -1.0
    mora_alignment.gap_score = lambda _: 1.0
    for kept in ("_score", "_gap", "_column", "_gaps"):
        getattr(mora_alignment, kept).cache_clear()
    plain = MoraTexts.of(heard)
    print(f"alignment, equal or not:  {hit_rate(queries, lambda q: plain.similarity(said[q])):.3f}")


if __name__ == "__main__":
    main()
