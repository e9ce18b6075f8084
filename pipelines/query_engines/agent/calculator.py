"""A query engine that calculates: the model writes an expression, and arithmetic answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from llama_index.core.base.llms.types import ChatMessage

from pipelines.answer import Answer, OnStage, OnToken, Usage
from pipelines.generating import generate
from pipelines.japanese.numbers import numbers_in
from pipelines.llms.protocol import ChoiceLLM, Completion, GrammarWriter
from pipelines.query_engines.agent.arithmetic import (
    GRAMMAR,
    ExpressionError,
    calculate,
    shown,
    written_in,
)
from pipelines.query_engines.agent.prompts import NO_NUMBER, NOT_CALCULATED, expression_messages
from pipelines.query_engines.answering_engine import AnsweringEngine
from pipelines.query_engines.follow_up import FollowUp
from pipelines.query_engines.searching import Stopwatch
from pipelines.query_engines.stopping import stop_if
from pipelines.query_engines.wording import conversation
from pipelines.question import check_question


class Calculator(AnsweringEngine):
    """Answers with an expression and its value; `Answer.asked` is the expression.

    An expression that stands in the question is taken from there. Another one is written by the
    model, held to the grammar of expressions where its backend can hold it to one. What has no
    value is a refusal that says why, and so is an expression without any number of the question
    or of the turn before it: such numbers are made up.
    """

    def __init__(self, llm: ChoiceLLM, max_new_tokens: int) -> None:
        super().__init__()
        self._llm = llm
        self._max_new_tokens = max_new_tokens

    def ask(
        self,
        question: str,
        history: Sequence[ChatMessage] = (),
        on_stage: OnStage | None = None,
        on_token: OnToken | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Answer:
        """See `AnsweringEngine.ask`."""
        check_question(question)
        watch = Stopwatch(on_stage)
        said = conversation(FollowUp.of(question, history))
        expression, prompt, usage = written_in(question), "", Usage()
        if not expression:
            messages = expression_messages(question, said)
            prompt = self._llm.render(messages)
            with watch.stage("writing an expression"):
                completion = self._written(messages, cancelled)
            stop_if(cancelled)
            expression, usage = completion.text.strip(), completion.usage
        known = numbers_in(question + said, loose=True)
        text, refused = _answer(expression, known)
        if on_token and not refused:
            on_token(text)
        return Answer(
            question=question,
            asked=expression,
            text=text,
            refused=refused,
            prompt=prompt,
            usage=usage,
            seconds=dict(watch.seconds),
        )

    def _written(
        self, messages: Sequence[ChatMessage], cancelled: Callable[[], bool] | None
    ) -> Completion:
        if isinstance(self._llm, GrammarWriter):
            return self._llm.write_within(messages, GRAMMAR, self._max_new_tokens)
        return generate(
            self._llm,
            messages,
            cancelled=cancelled,
            max_new_tokens=self._max_new_tokens,
            stop=("\n",),
        )


def _answer(expression: str, known: set[Decimal]) -> tuple[str, bool]:
    """The text of an answer, and whether it is a refusal; one of the numbers must be known."""
    try:
        value, exact = shown(calculate(expression))
    except ExpressionError as error:
        return NOT_CALCULATED.format(why=error), True
    if not numbers_in(expression) & known:
        return NOT_CALCULATED.format(why=f"{expression} {NO_NUMBER}"), True
    return f"{expression} {'=' if exact else '≈'} {value}", False
