"""The chat: a question, its answer as it is written, and the passages that it rests on."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Container, Iterator

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from nicegui import ui

from pipelines.answer import Answer
from tools.console import inert, inert_line
from tools.server.chat_requests import checked_question
from tools.server.failures import ApiError
from tools.server.jobs import Done
from tools.server.mailbox import Mailbox
from tools.server.page.elements import Element, button, element
from tools.server.page.passage import PassageDialog, Place
from tools.server.page.words import Words
from tools.server.service import Service, Target

REMEMBERED_TURNS = 6
BEAT_SECONDS = 1.0
_NUMBER = re.compile(r"\[(\d{1,3})\]")


class Conversation:
    """The turns of one page. One answer at a time; leaving the page breaks it off.

    Args:
        service: What answers.
        words: The page's language.
        passages: Where a citation opens.
        log: The element that turns are added to.
        on_busy: Hears whether an answer is being written.
    """

    def __init__(
        self,
        service: Service,
        words: Words,
        passages: PassageDialog,
        log: Element,
        on_busy: Callable[[bool], None],
    ) -> None:
        self._service = service
        self._words = words
        self._passages = passages
        self._log = log
        self._on_busy = on_busy
        self._history: deque[ChatMessage] = deque(maxlen=2 * REMEMBERED_TURNS)
        self._mailbox: Mailbox | None = None
        self._stopped = False
        self._left = False
        self.busy = False
        self.begun = False

    def stop(self) -> None:
        """Break off the answer that is being written; without effect when there is none."""
        self._stopped = True
        if self._mailbox is not None:
            self._mailbox.cancel()

    def leave(self) -> None:
        """The page is gone."""
        self._left = True
        self.stop()

    def reset(self) -> None:
        """Forget what was said."""
        self.stop()
        self.begun = False
        self._history.clear()
        self._log.clear()

    async def ask(self, question: str, target: Target) -> None:
        """Ask, and show the answer as it comes, or why there is none."""
        self._stopped, self.busy, self.begun = False, True, True
        self._on_busy(True)
        try:
            turn = self._begin(question)
            await self._answer(question, target, turn)
        finally:
            self._mailbox, self.busy = None, False
            if not self._left:
                self._on_busy(False)

    def _begin(self, question: str) -> AnswerView:
        with self._log:
            with element("section", classes="turn-asked") as asked:
                element("h3", self._words.you, "sr")
                element("div", inert(question), "text")
            return AnswerView(self._words, asked)

    async def _answer(self, question: str, target: Target, view: AnswerView) -> None:
        try:
            asked = checked_question(question, self._words.question)
            mailbox = self._service.ask(target, asked, list(self._history))
            self._mailbox = mailbox
            answer = await self._watched(mailbox, view)
        except ApiError as error:
            if self._left:
                return
            if self._stopped:
                view.close(self._words.stopped)
            else:
                again = None if error.status == 400 else self._again(question, target, view)
                view.fail(self._words.error(error), self._words.again, again)
            return
        if self._left:
            return
        if answer is None:
            view.close(self._words.stopped)
            return
        self._history.append(ChatMessage(role=MessageRole.USER, content=asked))
        self._history.append(ChatMessage(role=MessageRole.ASSISTANT, content=answer.text))
        view.finish(answer, target.collection, self._passages)

    def _again(self, question: str, target: Target, view: AnswerView) -> Callable[[], object]:
        async def ask() -> None:
            if not self.busy:
                view.withdraw()
                await self.ask(question, target)

        return ask

    async def _watched(self, mailbox: Mailbox, view: AnswerView) -> Answer | None:
        """The answer, shown as it is written; None when it was stopped."""
        began = time.monotonic()
        try:
            while not self._stopped:
                waited = time.monotonic() - began
                # A worker takes what it can begin at once in less than a beat.
                view.wait(waited, queued=mailbox.queued and waited >= BEAT_SECONDS)
                event = await mailbox.next(BEAT_SECONDS)
                if isinstance(event, Done):
                    answer: Answer = event.value
                    return answer
                if event is not None:
                    view.write(event.text)
            return None
        finally:
            mailbox.cancel()


class AnswerView:
    """One answer on the page, below the element of its question."""

    def __init__(self, words: Words, asked: Element) -> None:
        self._words = words
        self._asked = asked
        self._written = ""
        with element("section", classes="turn-answer") as self._section:
            element("h3", words.answer, "sr")
            self._text = ui.element("div").classes("text")
            with self._text:
                self._typed = ui.label("")
            self._below = ui.element("div").classes("below")
            self._state = ui.label("").classes("state")
            self._state.props["role"] = "status"

    def wait(self, seconds: float, *, queued: bool) -> None:
        """Nothing has come for a while."""
        words = self._words
        waiting = words.queued if queued else words.reading
        self._state.set_text(
            words.writing if self._written else waiting.format(seconds=int(seconds))
        )

    def write(self, text: str) -> None:
        """A piece has come."""
        self._written += text
        self._typed.set_text(inert(self._written))

    def close(self, said: str) -> None:
        """No more comes."""
        self._state.set_text(said)

    def withdraw(self) -> None:
        """It is asked again, below."""
        self._asked.delete()
        self._section.delete()

    def fail(self, said: str, again: str, ask: Callable[[], object] | None) -> None:
        """There is no answer."""
        self._state.set_text(said)
        self._state.classes("problem")
        self._state.props["role"] = "alert"
        if ask is not None:
            with self._section:
                button(again, ask, outline=True)

    def finish(self, answer: Answer, collection: str, passages: PassageDialog) -> None:
        """The answer is there; it takes the place of what was written until now."""
        seconds = self._words.seconds.format(seconds=f"{sum(answer.seconds.values()):.1f}")
        self._state.set_text(seconds)
        numbered = {c.n: Place.of(answer, c, collection) for c in reversed(answer.citations)}
        self._text.clear()
        with self._text:
            for text, number in segments(answer.text, numbered):
                if number is None:
                    element("span", inert(text))
                else:
                    self._mark(number, numbered[number], passages)
        with self._below:
            self._notes(answer)
            if answer.citations:
                element("h4", self._words.sources)
            for citation in answer.citations:
                place = Place.of(answer, citation, collection)
                with element("div", classes="source"):
                    self._link(f"[{citation.n}] {inert_line(citation.label)}", place, passages)
                    element("blockquote", inert_line(" ".join(citation.text.split())), "quote")

    def _notes(self, answer: Answer) -> None:
        written = self._written.strip()
        if answer.refused:
            element("p", self._words.refused, "refused")
            if written and written not in answer.text:
                element("p", self._words.withdrawn, "hint")
        for note in (*answer.steps, *answer.notes):
            element("p", inert_line(note), "hint")

    def _mark(self, number: int, place: Place, passages: PassageDialog) -> None:
        made = element("button", f"[{number}]", "cite", type="button")
        told = self._words.open_passage.format(n=number, label=inert_line(place.label))
        made.props["aria-label"] = told
        made.on("click", lambda: passages.open(place), args=[])

    def _link(self, text: str, place: Place, passages: PassageDialog) -> None:
        made = element("button", text, "source-link", type="button")
        made.on("click", lambda: passages.open(place), args=[])


def segments(text: str, numbers: Container[int]) -> Iterator[tuple[str, int | None]]:
    """A text in pieces: plain ones, and numbers of passages that it cites."""
    at = 0
    for found in _NUMBER.finditer(text):
        if int(found[1]) in numbers:
            if found.start() > at:
                yield text[at : found.start()], None
            yield found[0], int(found[1])
            at = found.end()
    if at < len(text):
        yield text[at:], None
