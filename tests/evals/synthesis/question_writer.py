"""A model that writes questions as a test wants them, and documents to ask about."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.schema import Document

from evals.synthesis.prompts import DISTRACT, EVIDENCE, GUESS, READ, WRITE
from pipelines.document import make_document
from pipelines.errors import YomitokiError
from pipelines.llms.protocol import StreamEvent
from tests.pipelines.scripted_llm import ScriptedLLM

RIVER = (
    "友瀬川の流域の面積は二百十四平方キロです。柏木浄水場の沈砂池の容積は九百立方メートルです。"
    "石組み斜路の勾配の設計値は二十分の一です。協議会の委員の定数は三十一名です。"
)
TOWN = (
    "稲架町の公民館の定員は八十名です。灯台の塔の高さは四十五メートルです。"
    "漁協の事務局の局長は鹿ノ倉先生です。水田の用水路の総延長は五十二キロです。"
)


def documents() -> list[Document]:
    """Two documents of four sentences; each asks for a number or a name."""
    return [make_document(RIVER, "river.md", []), make_document(TOWN, "town.md", [])]


def asks(marked: str) -> str:
    """The sentence with 何 in the place of what is marked, as a question."""
    asked = re.sub("【.*】", "何", marked) if "【" in marked else re.sub("三十一", "何", marked)
    return asked.rstrip("。") + "か？"


@dataclass
class QuestionWriter(ScriptedLLM):
    """Writes by the kind of prompt, and knows the answers of the questions that it wrote.

    `question` gets the marked sentence, `read` and `guess` the right answer; `wrong` is the list of
    wrong options. `letters` gives each choice's weight by prompt, choice and the choice's line; a
    prompt with `fails_on` in it makes the model fail.
    """

    question: Callable[[str], str] = asks
    read: Callable[[str], str] = str
    guess: Callable[[str], str] = lambda _answer: "分かりません"
    wrong: str = "1. 百\n2. 二百\n3. 三百\n4. 四百\n5. 五百\n6. 六百"
    letters: Callable[[str, str, str], float] | None = None
    fails_on: str = ""
    forgotten: int = 0
    answers: dict[str, str] = field(default_factory=dict)

    def stream_events(
        self, messages: Sequence[ChatMessage], **options: object
    ) -> Iterator[StreamEvent]:
        system, asked = str(messages[0].content), str(messages[-1].content)
        if self.fails_on and self.fails_on in asked:
            raise YomitokiError("the model: out of memory")
        assert options["temperature"] == 0.0
        return ScriptedLLM(answer=self._text(system, asked)).stream_events(messages)

    def forget(self) -> None:
        """Counts how often it was told to."""
        self.forgotten += 1

    def _text(self, system: str, asked: str) -> str:
        if system in (WRITE["ja"].system, WRITE["en"].system):
            marked = re.findall(r"^\[(?:文|Sentence)\] (.*)$", asked, re.MULTILINE)[0]
            question = self.question(marked)
            self.answers[question] = "".join(re.findall("【(.*)】", marked))
            return question
        if system in (DISTRACT["ja"].system, DISTRACT["en"].system):
            return self.wrong
        answer = self._answer(asked)
        if system in (READ["ja"].system, READ["en"].system):
            return self.read(answer)
        assert system in (GUESS["ja"].system, GUESS["en"].system)
        return self.guess(answer)

    def _answer(self, prompt: str) -> str:
        """Of the question that stands in a prompt."""
        return next(answer for question, answer in self.answers.items() if question in prompt)

    def score_choices(
        self, conversations: Sequence[Sequence[ChatMessage]], choices: Sequence[str]
    ) -> list[list[float]]:
        rows = []
        for messages in conversations:
            prompt = self.render(messages)
            lines = dict(re.findall(r"^([A-Z])\. (.*)$", prompt, re.MULTILINE))
            answer = self._answer(prompt)
            weights = [
                self.letters(prompt, choice, lines[choice])
                if self.letters
                else self.weight(prompt, lines[choice], answer)
                for choice in choices
            ]
            rows.append([math.log(weight / sum(weights)) for weight in weights])
        return rows

    def weight(self, prompt: str, line: str, answer: str) -> float:
        """It finds the answer where it has a passage, and likes anything else without."""
        if "[参考資料]" in prompt or EVIDENCE["ja"].system in prompt:
            return 0.9 if answer in line else 0.02
        return 0.02 if answer in line else 0.9


class Unlike(BaseEmbedding):
    """No two texts are alike: each new one has a direction of its own."""

    seen: dict[str, int] = {}  # noqa: RUF012 - a pydantic field

    def _get_query_embedding(self, query: str) -> list[float]:
        place = self.seen.setdefault(query, len(self.seen))
        return [float(n == place) for n in range(384)]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_query_embedding(text)
