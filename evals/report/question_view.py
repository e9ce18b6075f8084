"""One question as the report shows it: gold, each arm's answer, passages with gold marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.answer_record import NodeRecord
from evals.attribution import cause_of
from evals.metrics.gold_quote import GoldQuote
from evals.outcome import Outcome, Score
from evals.report.tables import number
from evals.results import MetricResult
from pipelines.document import label

MOST_PASSAGES = 10
TEXT_CHARS = 1200


@dataclass(frozen=True)
class Piece:
    """A stretch of a passage, gold or not."""

    text: str
    gold: bool


@dataclass(frozen=True)
class Passage:
    """A passage that some arm found, under its number in this question."""

    number: int
    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class ArmView:
    """What an arm made of the question; the stages hold numbers of passages, best first.

    Everything but `others`, the texts of the answers after the first, is the first answer's.
    """

    arm: str
    text: str
    others: tuple[str, ...]
    refused: bool
    error: str
    cause: str
    scores: tuple[tuple[str, str], ...]
    stages: tuple[tuple[str, tuple[int, ...], int], ...]
    citations: tuple[str, ...]
    prompt: str
    seconds: float


@dataclass(frozen=True)
class QuestionView:
    """A question with its gold and its arms; `differs` says that arms were scored differently."""

    id: str
    question: str
    type: str
    reference: str
    quotes: tuple[tuple[str, str], ...]
    answerable: bool
    synthetic: bool
    differs: bool
    arms: tuple[ArmView, ...]
    passages: tuple[Passage, ...]


def question_view(
    outcomes: Mapping[str, Outcome],
    results: Sequence[MetricResult],
    deciding: MetricResult | None,
    judging: MetricResult | None = None,
) -> QuestionView:
    """The view of one question.

    Args:
        outcomes: Of each arm.
        results: The measures, for the scores of this question.
        deciding: The measure that says what is right, for the causes.
        judging: The judge of answers, who may disagree.
    """
    first = next(iter(outcomes.values()))
    sample = first.sample
    numbers: dict[tuple[str, int, int], int] = {}
    passages: list[Passage] = []

    def number_of(node: NodeRecord) -> int:
        if node.span not in numbers:
            numbers[node.span] = len(numbers) + 1
            pieces = marked(node, first.quotes)
            passages.append(Passage(len(numbers), place_label(node), pieces))
        return numbers[node.span]

    def arm_view(arm: str, outcome: Outcome) -> ArmView:
        scores = tuple((result.metric, _score(result.scores[arm][sample.id])) for result in results)
        right = deciding.scores[arm][sample.id] if deciding else Score(None)
        judged = judging.scores[arm][sample.id] if judging else None
        answer = outcome.answer
        if answer is None:
            return ArmView(arm, "", (), False, outcome.error, "failed", scores, (), (), "", 0.0)
        stages = [*answer.stages, ("read by the model", answer.context)]
        return ArmView(
            arm=arm,
            text=answer.text or ", ".join(sample.options[place] for place in answer.ranking[:1]),
            others=tuple(other.text for other in outcome.answers[1:]),
            refused=answer.refused,
            error="",
            cause=cause_of(outcome, right, judged) if deciding else "",
            scores=scores,
            stages=tuple(
                (name, tuple(map(number_of, nodes[:MOST_PASSAGES])), len(nodes))
                for name, nodes in stages
                if nodes
            ),
            citations=tuple(place_label(citation) for citation in answer.citations),
            prompt=answer.prompt,
            seconds=sum(answer.seconds.values()),
        )

    arms = tuple(arm_view(arm, outcome) for arm, outcome in outcomes.items())
    right_option = sample.options[sample.right_option] if sample.right_option is not None else ""
    return QuestionView(
        id=sample.id,
        question=sample.question,
        type=sample.type,
        reference=right_option or sample.reference or " / ".join(sample.aliases),
        quotes=tuple((piece.source, piece.quote) for piece in sample.evidence),
        answerable=sample.answerable,
        synthetic=sample.synthetic,
        differs=len({dict(arm.scores).get(deciding.metric) for arm in arms}) > 1
        if deciding
        else False,
        arms=arms,
        passages=tuple(passages),
    )


def marked(node: NodeRecord, quotes: Sequence[GoldQuote]) -> tuple[Piece, ...]:
    """A passage's text, cut where gold begins and ends; shown up to 1,200 characters.

    Where the text is not the source's stretch, as after a merge of several, nothing is marked.
    """
    text = node.text[:TEXT_CHARS] + ("…" if len(node.text) > TEXT_CHARS else "")
    if len(node.text) != node.end_char - node.start_char:
        return (Piece(text, gold=False),)
    gold = [False] * len(text)
    for quote in quotes:
        for start, end in quote.places if quote.source == node.source else ():
            for place in range(
                max(start, node.start_char) - node.start_char,
                min(end - node.start_char, len(text)),
            ):
                gold[place] = True
    pieces: list[Piece] = []
    begin = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or gold[place] != gold[begin]:
            pieces.append(Piece(text[begin:place], gold[begin]))
            begin = place
    return tuple(pieces)


def place_label(node: NodeRecord) -> str:
    """Where a passage stands: as a citation names it, with its characters where it has no times."""
    if "label" in node.metadata:
        return str(node.metadata["label"])
    named = label({**node.metadata, "source": node.source})
    return named if "t_start" in node.metadata else f"{named} {node.start_char}–{node.end_char}"


def _score(score: Score) -> str:
    return number(score.value) if score.value is not None else f"– ({score.reason})"
