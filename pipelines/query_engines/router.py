"""One of several engines answers, chosen by the logits of their letters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from llama_index.core.base.llms.types import ChatMessage

from pipelines import prompts
from pipelines.answer import Answer, OnStage, OnToken
from pipelines.llms.protocol import ChoiceScorer
from pipelines.prompts import inert
from pipelines.query_engines.answering_engine import AnsweringEngine
from pipelines.query_engines.follow_up import FollowUp
from pipelines.query_engines.lettered import choose_letter
from pipelines.query_engines.searching import Stopwatch
from pipelines.query_engines.stopping import stop_if
from pipelines.query_engines.wording import conversation
from pipelines.question import check_question


@dataclass(frozen=True)
class Route:
    """An engine and what is said about it."""

    name: str
    description: str
    engine: AnsweringEngine


class Router(AnsweringEngine):
    """See RouterSettings. `Answer.routes` holds the probability of each route by its name."""

    def __init__(self, routes: Sequence[Route], llm: ChoiceScorer, orders: int) -> None:
        super().__init__()
        self._routes = list(routes)
        self._llm = llm
        self._orders = orders

    def ask(
        self,
        question: str,
        history: Sequence[ChatMessage] = (),
        on_stage: OnStage | None = None,
        on_token: OnToken | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Answer:
        """See `AnsweringEngine.ask`; equally probable routes: the first."""
        check_question(question)
        watch = Stopwatch(on_stage)
        with watch.stage("routing"):
            probabilities = self._probabilities(question, history)
        stop_if(cancelled)
        best = max(range(len(self._routes)), key=lambda place: probabilities[place])
        route = self._routes[best]
        answer = route.engine.ask(question, history, on_stage, on_token, cancelled)
        return replace(
            answer,
            routes={
                route.name: probability
                for route, probability in zip(self._routes, probabilities, strict=True)
            },
            steps=[f"route {route.name} ({probabilities[best]:.2f})", *answer.steps],
            seconds={**watch.seconds, **answer.seconds},
        )

    def _probabilities(self, question: str, history: Sequence[ChatMessage]) -> list[float]:
        before = conversation(FollowUp.of(question, history))

        def messages(options: str) -> list[ChatMessage]:
            return prompts.ROUTE.messages(
                conversation=before, question=inert(question), options=options
            )

        descriptions = [route.description for route in self._routes]
        return choose_letter(self._llm, descriptions, self._orders, messages)
