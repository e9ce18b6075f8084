"""How the reranker's log-odds become probabilities: fits `calibration` of llm_rerank.

    python -m benchmarks.rerank_calibration ../shared/corpora ../shared/qa/dev.jsonl
        [--candidates 10] [--language ja] [--config FILE] [--set KEY=VALUE] [--home DIR]
        [--scores FILE.jsonl]

The config's retriever finds nodes for every question that has evidence, and its judge (its model,
without one) is asked of each.
A node is relevant when it holds at least a third of an evidence quote. Slope and intercept are
fitted on the questions whose id ends in an odd number and reported on the even ones: log-loss and
Brier score of the model's own probability, of the calibrated one, and of the share of relevant
nodes said of every node, with a 95 % interval (bootstrap over questions) of what calibrating gains.

With `--scores`, judged nodes are appended to that file, a line a question; questions that stand
there already are not judged again, so the fit can be repeated without a model.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from llama_index.core.schema import NodeWithScore, QueryBundle
from numpy.typing import NDArray

from benchmarks.memory_collection import CachedEmbedding, MemoryCollection
from benchmarks.retrieval_recall import Question, read_documents, read_questions
from pipelines.config import PipelineSettings, load_config
from pipelines.document import span
from pipelines.home import home_directory
from pipelines.parts import Parts
from pipelines.postprocessors.llm_rerank import LLMRerankSettings

RELEVANT_SHARE = 1 / 3
STEPS = 100
SAMPLES = 2000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """A question's nodes: the model's log-odds, and whether each is relevant."""

    id: str
    odd: bool
    log_odds: list[float]
    relevant: list[bool]


def is_relevant(hit: NodeWithScore, question: Question) -> bool:
    """Whether a node holds at least a third of one of the question's quotes."""
    start, end = span(hit.node)
    return any(
        quote.source == hit.node.metadata["source"]
        and min(end, place[1]) - max(start, place[0]) >= RELEVANT_SHARE * (place[1] - place[0])
        for quote in question.quotes
        for place in quote.places
    )


def fit(log_odds: Sequence[float], relevant: Sequence[bool]) -> tuple[float, float]:
    """Slope and intercept of the likeliest logistic curve, by Newton's method.

    The targets are a little inside of 0 and 1, so that a curve exists even where log-odds separate
    the two kinds.

    Raises:
        ValueError: All nodes are relevant, or none is.

    Source: Platt 1999, with the targets (n₊ + 1) / (n₊ + 2) and 1 / (n₋ + 2).
    """
    x, y = np.array(log_odds, float), np.array(relevant, bool)
    positive, negative = int(y.sum()), int((~y).sum())
    if not positive or not negative:
        raise ValueError(f"{positive} relevant and {negative} other nodes: both kinds are needed")
    target = np.where(y, (positive + 1) / (positive + 2), 1 / (negative + 2))
    design = np.stack([x, np.ones_like(x)], axis=1)
    weights = np.array([0.0, math.log((positive + 1) / (negative + 1))])
    loss = _loss(design @ weights, target)
    for _ in range(STEPS):
        p = _sigmoid(design @ weights)
        gradient = design.T @ (p - target)
        curvature = (design * (p * (1 - p))[:, None]).T @ design + 1e-9 * np.eye(2)
        step, length = np.linalg.solve(curvature, gradient), 1.0
        while _loss(design @ (weights - length * step), target) > loss and length > 1e-8:
            length /= 2
        weights = weights - length * step
        before, loss = loss, _loss(design @ weights, target)
        if before - loss < 1e-12:
            break
    return float(weights[0]), float(weights[1])


def log_loss(scaled: Floats, relevant: NDArray[np.bool_]) -> Floats:
    """-log of the probability of what is so, a value a node, from log-odds (nothing is clipped)."""
    return np.logaddexp(0, np.where(relevant, -scaled, scaled))


def brier(scaled: Floats, relevant: NDArray[np.bool_]) -> Floats:
    """Squared distance of the probability from what is so, a value a node."""
    return np.asarray((_sigmoid(scaled) - relevant) ** 2)


def _sigmoid(scaled: Floats) -> Floats:
    return np.asarray(np.exp(-np.logaddexp(0, -scaled)))


def _loss(scaled: Floats, target: Floats) -> float:
    return float(np.sum(np.logaddexp(0, scaled) - target * scaled))


def report(judged: Sequence[Judged]) -> str:
    """The fit on the odd half and a Markdown table of both halves."""
    tuned = [one for one in judged if one.odd]
    slope, intercept = fit(
        [x for one in tuned for x in one.log_odds], [y for one in tuned for y in one.relevant]
    )
    base = sum(sum(one.relevant) for one in tuned) / sum(len(one.relevant) for one in tuned)
    lines = [f"calibration: {{slope: {slope:.3f}, intercept: {intercept:.3f}}}\n"]
    if slope <= 0:
        return lines[0] + "\nThe model's log-odds do not rise with relevance: do not calibrate."
    lines.append("| half | probability | log-loss | Brier | questions | nodes | relevant |")
    lines.append("|---|---|---|---|---|---|---|")
    for half, odd in (("tuned on (odd)", True), ("held out (even)", False)):
        part = [one for one in judged if one.odd is odd]
        if not part:
            continue
        x = np.array([x for one in part for x in one.log_odds])
        y = np.array([y for one in part for y in one.relevant])
        ways = {
            "the model's own": x,
            "calibrated": slope * x + intercept,
            f"{base:.2f} for all": np.full_like(x, math.log(base / (1 - base))),
        }
        count = f"{len(part)} | {len(y)} | {int(y.sum())}"
        for name, scaled in ways.items():
            losses = f"{log_loss(scaled, y).mean():.3f} | {brier(scaled, y).mean():.3f}"
            lines.append(f"| {half} | {name} | {losses} | {count} |")
    held = [one for one in judged if not one.odd]
    if held:
        low, high = gain_interval(held, slope, intercept)
        lines.append(f"\nLog-loss gained on the held-out half: 95 % in [{low:.3f}, {high:.3f}]")
    return "\n".join(lines)


def gain_interval(held: Sequence[Judged], slope: float, intercept: float) -> tuple[float, float]:
    """2.5th and 97.5th percentile of the mean log-loss gained, questions drawn with replacement."""
    gains, nodes = [], []
    for one in held:
        x, y = np.array(one.log_odds), np.array(one.relevant)
        gains.append(float(np.sum(log_loss(x, y) - log_loss(slope * x + intercept, y))))
        nodes.append(len(x))
    drawn = np.random.default_rng(0).integers(0, len(held), (SAMPLES, len(held)))
    means = np.array(gains)[drawn].sum(axis=1) / np.array(nodes)[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def judge(
    settings: PipelineSettings, options: argparse.Namespace, known: set[str]
) -> Iterator[Judged]:
    """Every question with evidence that is not known yet, with its nodes judged."""
    home = home_directory(options.home)
    documents = read_documents(options.corpora)
    questions = read_questions(options.questions, documents)
    if all(question.id in known for question in questions):
        return
    embed_model = CachedEmbedding(settings.embedding.build(home), options.cache)
    nodes = settings.node_parser.build().get_nodes_from_documents(documents)
    parts = Parts(
        MemoryCollection(nodes, embed_model),
        embed_model,
        (settings.judge or settings.llm).build(home),
    )
    retriever = settings.retriever.build(parts)
    reranker = LLMRerankSettings(
        top_n=None,
        candidates=options.candidates,
        max_tokens=options.candidates * 10_000,
        language=options.language,
        prior=0.0,
    ).build(parts)
    for question in questions:
        if question.id in known:
            continue
        found = retriever.retrieve(question.text)[: options.candidates]
        hits = reranker.postprocess_nodes(found, QueryBundle(question.text))
        log_odds = [hit.score or 0.0 for hit in hits]
        relevant = [is_relevant(hit, question) for hit in hits]
        yield Judged(question.id, question.is_odd, log_odds, relevant)


def main() -> None:
    """Judge what is not judged yet, fit, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--candidates", type=int, default=10)
    parser.add_argument("--language", choices=("ja", "en"), default="ja")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--scores", type=Path)
    cache = Path(tempfile.gettempdir()) / "yomitoki-embeddings"
    parser.add_argument("--cache", type=Path, default=cache)
    options = parser.parse_args()
    judged: list[Judged] = []
    if options.scores and options.scores.is_file():
        lines = options.scores.read_text("utf-8").splitlines()
        judged = [Judged(**json.loads(line)) for line in lines]
    for one in judge(load_config(options.config, options.set), options, {j.id for j in judged}):
        judged.append(one)
        print(f"{one.id}: {sum(one.relevant)} of {len(one.relevant)}", file=sys.stderr)
        if options.scores:
            with options.scores.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(one)) + "\n")
    print(report(judged))


if __name__ == "__main__":
    main()
