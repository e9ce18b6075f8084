"""What each part of the option score is worth: letters, orders, texts, passages, their averages.

    python -m benchmarks.option_scores QUESTIONS.jsonl --out SCORES.jsonl [--passages]
        [--config FILE] [--set KEY=VALUE] [--home DIR] [--limit N] [--seed 0] [--with OTHER.jsonl]

QUESTIONS.jsonl as for `benchmarks.multiple_choice`. Every question is scored once, without passages
and, with --passages, with those that the config finds for it: each cyclic order of its letters, and
its options' texts by every `option_score`. All ways are made of these afterwards. Half of the
questions (the odd ones of the file) is there to choose a way by, the other half to report it; on
all of them each way is compared with the default one (three orders, with passages if there are
any). --with adds questions that were scored before, from another run's --out. A killed run goes on
in --out.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.intervals import bootstrap_interval, mean, verdict
from benchmarks.multiple_choice import Item, average_precision_at_3, read_item
from benchmarks.result_file import ResultFile
from pipelines import prompts
from pipelines.component import fingerprint
from pipelines.config import load_config
from pipelines.home import home_directory
from pipelines.llms.protocol import ChoiceLLM
from pipelines.prompts import inert
from pipelines.query_engines.context import pack
from pipelines.query_engines.lettered import letter, list_options, rotations
from pipelines.query_engines.multiple_choice_settings import MultipleChoiceSettings
from pipelines.query_engines.option_scoring import softmax, weighted_mean
from pipelines.query_engines.searching import remaining
from pipelines.rag import RagPipeline

Scores = dict[str, Any]
Way = Callable[[Scores], list[float]]


def score(llm: ChoiceLLM, item: Item, passages: str) -> Scores:
    """Probabilities by letter in each order, and each text's log-likelihoods.

    Returns:
        `orders`: a row of probabilities an order, in the question's order of options; `texts`: for
        each option its log-likelihood as the answer, its tokens, and its log-likelihood unasked.
    """
    given = {
        "context": prompts.MULTIPLE_CHOICE_CONTEXT.format(passages=passages) if passages else "",
        "question": inert(item.question),
    }
    orders = rotations(len(item.options), len(item.options))
    lists = [list_options([item.options[option] for option in order]) for order in orders]
    asked = [prompts.LETTERED_OPTIONS.messages(options=listed, **given) for listed in lists]
    letters = [letter(place) for place in range(len(item.options))]
    rows = []
    for order, scores in zip(orders, llm.score_choices(asked, letters), strict=True):
        by_option = dict(zip(order, scores, strict=True))
        rows.append([math.exp(by_option[option]) for option in range(len(order))])
    texts = [inert(option) for option in item.options]
    answers = llm.log_likelihoods(prompts.OPTION_TEXT.messages(**given), texts)
    unasked = llm.log_likelihoods(prompts.UNASKED_OPTION_TEXT.messages(), texts)
    both = zip(answers, unasked, strict=True)
    return {
        "orders": rows,
        "texts": [[a.log_probability, a.tokens, u.log_probability] for a, u in both],
        "characters": [len(text) for text in texts],
    }


def by_letter(orders: int) -> Way:
    """The letters' probabilities, averaged over so many orders."""

    def way(scores: Scores) -> list[float]:
        rows = scores["orders"]
        chosen = [row[0] for row in rotations(len(rows), orders)]
        return weighted_mean([rows[start] for start in chosen], [1.0] * len(chosen))

    return way


def by_text(option_score: str) -> Way:
    """The texts' probabilities; see `LikelihoodScorerSettings.option_score`."""

    def way(scores: Scores) -> list[float]:
        values = []
        for (asked, tokens, unasked), length in zip(
            scores["texts"], scores["characters"], strict=True
        ):
            by = {"per_token": asked / tokens, "per_character": asked / length}
            values.append(by.get(option_score, asked - unasked))
        return softmax(values)

    return way


def mixed(first: Way, second: Way, weight: float) -> Way:
    """Two ways averaged, `weight` for the first."""
    return lambda scores: weighted_mean([first(scores), second(scores)], [weight, 1 - weight])


GIVEN = ("passages", "closed-book")
DEFAULT = "letters, 3 orders"
ALL = by_letter(26)
WAYS: dict[str, Way] = {
    "letters, 1 order": by_letter(1),
    "letters, 3 orders": by_letter(3),
    "letters, all orders": ALL,
    **{f"texts, {kind}": by_text(kind) for kind in ("per_token", "per_character", "pmi")},
    **{
        f"letters, all orders, {weight:g}; texts, {kind}, {1 - weight:g}": mixed(
            ALL, by_text(kind), weight
        )
        for kind in ("per_token", "pmi")
        for weight in (0.5, 0.75)
    },
}


def ways_of(records: Sequence[Scores]) -> dict[str, list[list[float]]]:
    """The options' probabilities of each way, a list a question."""
    table = {}
    for name, way in WAYS.items():
        table[f"closed-book: {name}"] = [way(record["closed"]) for record in records]
        if all("passages" in record for record in records):
            table[f"passages: {name}"] = [way(record["passages"]) for record in records]
            table[f"both, passages twice: {name}"] = [
                weighted_mean([way(record["passages"]), way(record["closed"])], [2.0, 1.0])
                for record in records
            ]
    return table


def table(records: Sequence[Scores], seed: int) -> list[str]:
    """A line a way, with the default one to compare with, below a heading."""
    ways = ways_of(records)
    gold = [record["gold"] for record in records]
    default = next(f"{given}: {DEFAULT}" for given in GIVEN if f"{given}: {DEFAULT}" in ways)
    halves = len(gold[::2]), len(gold[1::2])
    heading = (
        f"| way | odd: accuracy, n {halves[0]} | even: accuracy, n {halves[1]} "
        f"| all: accuracy, n {len(gold)} | all: MAP@3 | all: accuracy against {default} |"
    )
    base = _right(ways[default], gold)
    rows = [
        row(name, way, gold, None if name == default else base, seed) for name, way in ways.items()
    ]
    return [heading, "|---|---|---|---|---|---|", *rows]


def row(
    name: str,
    probabilities: Sequence[list[float]],
    gold: Sequence[int],
    base: Sequence[float] | None,
    seed: int,
) -> str:
    """Accuracy of the odd questions, of the even ones and of all with its interval, MAP@3 of all,
    and the gain over `base`, the default's 1.0 or 0.0 a question (None: it is the default)."""
    right = _right(probabilities, gold)
    precision = [
        average_precision_at_3(ranked, right_one)
        for ranked, right_one in zip(_rankings(probabilities), gold, strict=True)
    ]
    gain = "" if base is None else verdict([r - b for r, b in zip(right, base, strict=True)], seed)
    cells = [
        f"{fmean(right[::2]):.3f}",
        *(
            f"{fmean(part):.3f} ({low:.2f}–{high:.2f})"
            for part in (right[1::2], right)
            for low, high in [bootstrap_interval([part], mean, seed)]
        ),
        f"{fmean(precision):.3f}",
        gain,
    ]
    return f"| {name} | {' | '.join(cells)} |"


def _rankings(probabilities: Sequence[list[float]]) -> list[list[int]]:
    """The options of each question, the likeliest first."""
    return [sorted(range(len(p)), key=lambda o, p=p: (-p[o], o)) for p in probabilities]  # type: ignore[misc]


def _right(probabilities: Sequence[list[float]], gold: Sequence[int]) -> list[float]:
    """1.0 where the likeliest option is the right one, else 0.0."""
    return [float(r[0] == g) for r, g in zip(_rankings(probabilities), gold, strict=True)]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("questions", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--passages", action="store_true")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--set", dest="overrides", action="append", default=[])
    parser.add_argument("--home", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--with", dest="others", type=Path, action="append", default=[])
    given = parser.parse_args(arguments)
    lines = given.questions.read_text(encoding="utf-8").split("\n")
    items = [read_item(json.loads(line)) for line in lines if line.strip()][: given.limit]
    if len(items) < 2:
        parser.error("QUESTIONS.jsonl, --limit: two questions at least, one for each half")
    settings = load_config(given.config, [*given.overrides, "postprocessors=[]"])
    home = home_directory(given.home)
    out = ResultFile(given.out)
    llm = settings.llm.build(home)
    keys = [f"{item.id} {fingerprint([item.question, list(item.options)])}" for item in items]

    def fill(kind: str, passages_of: Callable[[Item], str]) -> None:
        for number, (key, item) in enumerate(zip(keys, items, strict=True), start=1):
            record = out.records.get(key, {"gold": item.gold})
            if kind not in record:
                out.add(key, {**record, kind: score(llm, item, passages_of(item))})
                print(f"{kind}: {number}/{len(items)}", file=sys.stderr)

    fill("closed", lambda _: "")
    if given.passages:
        budget = MultipleChoiceSettings(kind="multiple_choice").context_tokens
        with RagPipeline.open(settings, home) as pipeline:
            fill(
                "passages",
                lambda item: pack(
                    remaining(pipeline.search(" ".join([item.question, *item.options]))),
                    budget,
                    llm.count_tokens,
                )[1],
            )
    records = [out.records[key] for key in keys]
    records += [record for path in given.others for record in ResultFile(path).records.values()]
    print("\n".join(table(records, given.seed)))
    print(f"\n95 % intervals: bootstrap over questions, seed {given.seed}.")


if __name__ == "__main__":
    main()
