"""From found nodes to an answer: pack, decide whether that is enough, write, cite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.llms.types import ChatMessage

from pipelines import prompts
from pipelines.answer import Answer, OnToken
from pipelines.errors import QuestionError
from pipelines.generating import generate
from pipelines.japanese.numbers import numbers_in
from pipelines.japanese.variants import forms_of
from pipelines.llms.protocol import ChoiceLLM
from pipelines.query_engines.citing import cite, quotes
from pipelines.query_engines.context import pack
from pipelines.query_engines.reading_settings import ReadingSettings
from pipelines.query_engines.refusing import is_refusal
from pipelines.query_engines.searching import Stopwatch, remaining
from pipelines.query_engines.sufficiency import Sufficiency
from pipelines.query_engines.wording import Wording, passage_messages, word
from pipelines.question import check_question

# Of the room beside the passages; the rest is for the prompt's own words.
LONGEST_QUESTION_SHARE = 0.5
# Smaller ones count (一つ), order (第二に) and enumerate (1.), and stand for no fact.
LEAST_CHECKED_NUMBER = 10


@dataclass(frozen=True)
class Reading:
    """An answer without its text, the passages it is to be made of, and whether they suffice."""

    found: Answer
    passages: str
    enough: bool


class Reader:
    """Reads what was found for a question as its settings say; used by one engine."""

    def __init__(self, settings: ReadingSettings, llm: ChoiceLLM) -> None:
        self.settings = settings
        self.llm = llm
        self._sufficiency = Sufficiency(llm, settings.sufficient)

    def word(
        self,
        question: str,
        history: Sequence[ChatMessage],
        retriever: BaseRetriever,
        watch: Stopwatch,
    ) -> Wording:
        """The question as it is searched and read.

        Raises:
            YomitokiError: It is empty or too long, or could not be rewritten.
        """
        self._check(question)
        return word(question, history, self.settings.follow_ups, self.llm, retriever, watch)

    def read(self, found: Answer, wording: Wording, watch: Stopwatch) -> Reading:
        """Pack the nodes that a search left and ask whether they hold the answer.

        Raises:
            YomitokiError: The model would say neither yes nor no.
        """
        settings = self.settings
        context, passages = pack(
            remaining(found),
            settings.context_tokens,
            self.llm.count_tokens,
            settings.context_order,
        )
        found = replace(found, question=wording.question, asked=found.question, context=context)
        if not context or not self._sufficiency.asks:
            return Reading(found, passages, bool(context))
        with watch.stage("checking the passages"):
            probability = self._sufficiency.probability(wording, passages)
        found = replace(found, sufficiency=probability)
        return Reading(found, passages, self._sufficiency.suffices(probability))

    def refuse(self, reading: Reading, watch: Stopwatch) -> Answer:
        """The answer that the documents do not tell."""
        return replace(
            reading.found, text=prompts.REFUSAL, refused=True, seconds=dict(watch.seconds)
        )

    def write(
        self,
        reading: Reading,
        wording: Wording,
        watch: Stopwatch,
        on_token: OnToken | None,
        cancelled: Callable[[], bool] | None,
    ) -> Answer:
        """The model's answer with its citations, or a refusal where it can't be true.

        Raises:
            YomitokiError: Generation failed.
        """
        messages = passage_messages(wording, reading.passages, prompts.ANSWER_INSTRUCTION)
        found = replace(reading.found, prompt=self.llm.render(messages))
        known = wording.searched + reading.passages
        with watch.stage("answering"):
            completion = generate(
                self.llm,
                messages,
                # Its kanji are written as the passages write them.
                written=forms_of(known),
                on_token=on_token,
                cancelled=cancelled,
                max_new_tokens=self.settings.max_new_tokens,
                stop=prompts.ANSWER_ENDS,
            )
        found = replace(found, usage=completion.usage, seconds=dict(watch.seconds))
        text = completion.text.strip()
        if is_refusal(text) or (cancelled and cancelled()):
            return replace(found, text=text, refused=is_refusal(text))
        if self.settings.check_numbers and (invented := _invented(text, known)):
            return replace(
                found, text=prompts.REFUSAL_NUMBERS.format(numbers=invented), refused=True
            )
        return self._cited(found, text, wording.read, on_token)

    def _cited(self, found: Answer, text: str, question: str, on_token: OnToken | None) -> Answer:
        citations = cite(text, question, found.context, self.settings.max_citations)
        if citations and self.settings.quote:
            quoted = "\n" + quotes(citations)
            text += quoted
            if on_token:
                on_token(quoted)
        return replace(found, text=text, citations=citations)

    def _check(self, question: str) -> None:
        check_question(question)
        settings = self.settings
        room = self.llm.context_window - settings.max_new_tokens - settings.context_tokens
        tokens = self.llm.count_tokens(question)
        longest = int(room * LONGEST_QUESTION_SHARE)
        if tokens > longest:
            raise QuestionError(
                f"question: {tokens} tokens are too long: at most {longest} fit beside "
                f"query_engine.context_tokens={settings.context_tokens} in "
                f"llm.context_window={self.llm.context_window}"
            )


def _invented(answer: str, known: str) -> str:
    """The numbers of an answer that a text does not hold, as a list to read; mostly ""."""
    invented = numbers_in(answer) - numbers_in(known, loose=True)
    return ", ".join(f"{n:f}" for n in sorted(invented) if n >= LEAST_CHECKED_NUMBER)
