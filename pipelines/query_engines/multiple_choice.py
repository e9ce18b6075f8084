"""Ranking the options of a question, with what several searches find for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.postprocessor.types import BaseNodePostprocessor

from pipelines.answer import Answer, OnStage, OnToken, RankedOption
from pipelines.errors import ConfigError
from pipelines.query_engines.answering_engine import AnsweringEngine
from pipelines.query_engines.context import pack
from pipelines.query_engines.lettered import letter
from pipelines.query_engines.multiple_choice_settings import OptionQuery
from pipelines.query_engines.option_scoring import OptionScorer, OptionScores, weighted_mean
from pipelines.query_engines.options import checked_options, split_lettered
from pipelines.query_engines.searching import Stopwatch, remaining, search
from pipelines.query_engines.sharing import in_turns
from pipelines.query_engines.stopping import stop_if
from pipelines.question import check_question


@dataclass(frozen=True)
class Member:
    """One way to find passages for a question."""

    retriever: BaseRetriever
    postprocessors: Sequence[tuple[str, BaseNodePostprocessor]] = ()
    query: OptionQuery = "question_and_options"
    weight: float = 1.0


class MultipleChoice(AnsweringEngine):
    """See MultipleChoiceSettings. `Answer.steps` holds each member's ranking.

    With one member, `retrieved`, `stages` and `context` are that member's; with several they are
    the nodes of all, and the only stage is `members`.
    """

    def __init__(
        self, members: Sequence[Member], scorer: OptionScorer, context_tokens: int
    ) -> None:
        super().__init__()
        self._members = list(members)
        self._scorer = scorer
        self._context_tokens = context_tokens

    def ask(
        self,
        question: str,
        history: Sequence[ChatMessage] = (),  # noqa: ARG002 - an exam question stands alone
        on_stage: OnStage | None = None,
        on_token: OnToken | None = None,  # noqa: ARG002 - nothing is generated
        cancelled: Callable[[], bool] | None = None,
    ) -> Answer:
        """Rank options that stand below the question, ``A. …`` a line; see `choose`.

        Raises:
            ConfigError: No options stand there.
        """
        stem, options = split_lettered(question)
        if not options:
            raise ConfigError(
                "question: it has no options, which query_engine.kind=multiple_choice ranks: "
                "write them below it, a line each: A. …"
            )
        return self.choose(stem, options, on_stage, cancelled)

    def choose(
        self,
        question: str,
        options: Sequence[str],
        on_stage: OnStage | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Answer:
        """Rank the options of a question.

        Args:
            question: The question without its options.
            options: 2 to 26, all different.
            on_stage: Hears the stage that begins.
            cancelled: Asked between members.

        Returns:
            An answer whose `ranking` is best first (equal probabilities: in the given order) and
            whose text names the best option.

        Raises:
            ConfigError: The options can't be ranked.
            YomitokiError: The question is empty, or it does not fit into the model.
            StoppedError: `cancelled` said so.
        """
        check_question(question)
        options = checked_options(options)
        watch = Stopwatch(on_stage)
        found, scores = [], []
        for member in self._members:
            read, scored = self._ask_member(member, question, options, watch)
            found.append(read)
            scores.append(scored)
            stop_if(cancelled)
        probabilities = weighted_mean(
            [scored.probabilities for scored in scores], [m.weight for m in self._members]
        )
        ranking = _ranked(options, probabilities)
        return replace(
            _together(found),
            question=question,
            text=f"{letter(ranking[0].option)}. {ranking[0].text}",
            prompt=scores[-1].prompt,
            seconds=dict(watch.seconds),
            steps=[
                f"member {n}: {_shown(_ranked(options, scored.probabilities))}"
                for n, scored in enumerate(scores, start=1)
            ],
            ranking=ranking,
        )

    def _ask_member(
        self, member: Member, question: str, options: Sequence[str], watch: Stopwatch
    ) -> tuple[Answer, OptionScores]:
        query = question
        if member.query == "question_and_options":
            query = " ".join([question, *options])
        found = Answer(question=query, text="", refused=False)
        if member.query != "closed_book":
            found = search(query, member.retriever, member.postprocessors, watch=watch)
        context, passages = pack(remaining(found), self._context_tokens, self._scorer.count_tokens)
        with watch.stage("scoring the options"):
            scores = self._scorer.score(question, options, passages)
        asked = "" if member.query == "closed_book" else query
        return replace(found, context=context, asked=asked), scores


def _ranked(options: Sequence[str], probabilities: Sequence[float]) -> list[RankedOption]:
    ranked = [
        RankedOption(place, option, probability)
        for place, (option, probability) in enumerate(zip(options, probabilities, strict=True))
    ]
    return sorted(ranked, key=lambda option: -option.probability)


def _shown(ranking: Sequence[RankedOption]) -> str:
    return ", ".join(f"{letter(o.option)} {o.probability:.2f}" for o in ranking)


def _together(found: Sequence[Answer]) -> Answer:
    """One record of what the members found; a single member's stays as it is."""
    if len(found) == 1:
        return found[0]
    return replace(
        found[0],
        retrieved=in_turns([read.retrieved for read in found]),
        stages=[("members", in_turns([remaining(read) for read in found]))],
        context=in_turns([read.context for read in found]),
    )
