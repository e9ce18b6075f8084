"""The passage that an answer rests on, in its document: who said it when, and what is around."""

from __future__ import annotations

from dataclasses import dataclass

from llama_index.core.schema import Document, MetadataMode
from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from pipelines.answer import Answer, Citation
from pipelines.document import COLLECTION_KEY, WEB_KEY
from tools.console import inert, inert_line
from tools.server.failures import ApiError
from tools.server.page.elements import Dialog, Element, Landmark, button, element
from tools.server.page.turns import Turn, around, marked, turns
from tools.server.page.words import Words
from tools.server.service import Service

BESIDE = 4
MORE = 20
# The dialog moves in before the browser can scroll inside of it.
SCROLL_SECONDS = (0.4, 1.2)


@dataclass(frozen=True)
class Place:
    """Where a cited passage stands; `text` is it as it was found."""

    collection: str
    source: str
    start_char: int
    end_char: int
    label: str
    text: str
    web: bool

    @classmethod
    def of(cls, answer: Answer, citation: Citation, collection: str) -> Place:
        """The place of a citation of an answer from a collection."""
        node = answer.context[citation.n - 1].node
        metadata, web = node.metadata, WEB_KEY in node.metadata
        return cls(
            str(metadata.get(COLLECTION_KEY, collection)),
            citation.source,
            citation.start_char,
            citation.end_char,
            citation.label,
            node.get_content(MetadataMode.NONE) if web else citation.text,
            web,
        )


class PassageDialog:
    """One dialog for all passages of a page; a passage opens in the middle of its surroundings."""

    def __init__(self, service: Service, words: Words) -> None:
        self._service = service
        self._words = words
        self._dialog = Dialog(words.sources)
        with self._dialog, ui.element("div").classes("passage"):
            with element("div", classes="passage-head"):
                self._title = TextElement(tag="h2", text="")
                close = button(words.close, lambda: self._dialog.set_value(False), flat=True)
                close.props["autofocus"] = True
            self._body = ui.element("div").classes("passage-body")
            self._body.props["tabindex"] = 0
            self._body.props["role"] = "document"
        self._document: Document | None = None
        self._turns: list[Turn] = []
        self._range = (0, 0)
        self._place: Place | None = None

    async def open(self, place: Place) -> None:
        """Show a passage; what can't be found any more is shown as it was."""
        self._place, self._document, self._turns = place, None, []
        try:
            if not place.web:
                mailbox = self._service.document(place.collection, place.source)
                self._document = await mailbox.result()
        except ApiError as error:
            ui.notify(self._words.error(error), type="warning")
        document = self._document
        if document and document.text[place.start_char : place.end_char] == place.text:
            self._turns = turns(document)
        self._range = around(self._turns, place.start_char, place.end_char, BESIDE)
        self._show_title(place)
        self._dialog.set_value(True)
        landmark = self._fill()
        if landmark is not None:
            with self._dialog:
                for seconds in SCROLL_SECONDS:
                    ui.timer(seconds, landmark.update, once=True)

    def _show_title(self, place: Place) -> None:
        self._title.set_text(inert_line(place.label))

    def _fill(self) -> Landmark | None:
        place, words = self._place, self._words
        assert place is not None
        self._body.clear()
        landmark: Landmark | None = None
        with self._body:
            if not self._turns or self._document is None:
                element("p", words.passage_web if place.web else words.passage_gone, "hint")
                element("div", inert(place.text), "text")
                return None
            first, last = self._range
            if first > 0:
                button(words.earlier, lambda: self._widen(MORE, 0), flat=True, dense=True)
            for turn in self._turns[first:last]:
                landmark = self._turn(turn, self._document.text, place) or landmark
            if last < len(self._turns):
                button(words.later, lambda: self._widen(0, MORE), flat=True, dense=True)
        return landmark

    def _turn(self, turn: Turn, text: str, place: Place) -> Landmark | None:
        """Show a stretch; the mark in it, if the passage begins there."""
        before, inside, after = marked(turn, text, place.start_char, place.end_char)
        landmark: Landmark | None = None
        with element("section", classes="turn"):
            if turn.time or turn.speaker or turn.heading:
                with element("p", classes="turn-head"):
                    for part, kind in ((turn.time, "time"), (turn.speaker, "who")):
                        if part:
                            element("span", inert_line(part), kind)
                    if turn.heading:
                        element("span", inert_line(turn.heading), "what")
            with element("p", classes="text"):
                _plain(before)
                if inside:
                    landmark = Landmark("mark", inert(inside))
                _plain(after)
        begins = turn.start_char <= place.start_char
        return landmark if begins else None

    def _widen(self, before: int, after: int) -> None:
        first, last = self._range
        self._range = (max(0, first - before), min(len(self._turns), last + after))
        self._fill()


def _plain(text: str) -> Element | None:
    return element("span", inert(text)) if text else None
