"""The page itself: one for each browser tab, over the service that the API has."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from fastapi import FastAPI
from nicegui import Client, app, core, events, ui

from tools.console import inert_line
from tools.server.access import Access
from tools.server.failures import ApiError, failed
from tools.server.page.chat import Conversation
from tools.server.page.documents import DocumentsTab
from tools.server.page.elements import Choice, TextField, button, element
from tools.server.page.gate import ROOT
from tools.server.page.passage import PassageDialog
from tools.server.page.reports import reports
from tools.server.page.routes import page_routes
from tools.server.page.uploads import Staging, clear_leftovers
from tools.server.page.words import WORDS, Words
from tools.server.service import Service, Target

STYLE = Path(__file__).with_name("page.css")
# A page that does not come back within this time is closed, and its answer is broken off.
RECONNECT_SECONDS = 5.0
# What a browser that lost the connection for a moment is sent again.
KEPT_MESSAGES = 300
COLLECTED_PAGES = 20
ENTER_KEYS = ["isComposing", "keyCode"]
# The key of an event that belongs to an input method.
COMPOSING = 229


class WebPage:
    """Mounted once in a process, as NiceGUI has one application in it.

    Args:
        home: Where uploads and reports are.
        extensions: Of the files that are read, lower case, each with its dot.
    """

    def __init__(self, home: Path, extensions: Iterable[str]) -> None:
        self._home = home
        self._extensions = tuple(extensions)
        self._staging = Staging(home, self._extensions)
        self._gone = 0

    def mount(self, api: FastAPI, service: Service, access: Access) -> None:
        """Put the page and what it needs into an application."""
        clear_leftovers(self._home)
        api.include_router(page_routes(access, self._home, self._staging))
        style = STYLE.read_text(encoding="utf-8")
        ui.add_head_html(f"<style>{style}</style>", shared=True)
        for words in WORDS.values():
            self._add(words, service, access)
        app.on_exception(lambda error: failed(error))
        ui.run_with(
            api,
            mount_path=ROOT,
            title="yomitoki",
            tailwind=False,
            show_welcome_message=False,
            reconnect_timeout=RECONNECT_SECONDS,
            message_history_length=KEPT_MESSAGES,
            gzip_middleware_factory=None,  # the policy is made of what a page says
            binding_refresh_interval=None,
        )
        core.sio.eio.transports = ["websocket"]
        core.app.config.socket_io_js_transports = ["websocket"]

    def _add(self, words: Words, service: Service, access: Access) -> None:
        language: Literal["ja", "en-US"] = "ja" if words.language == "ja" else "en-US"

        @ui.page(f"/{words.language}", title="yomitoki 読み解き", language=language)
        def build(client: Client) -> None:
            Tab(client, words, service, self._staging, self._home, access.token is not None)
            client.on_delete(self._closed)

    def _closed(self) -> None:
        """A page is gone. What it was made of refers to itself, and this program looks for such
        garbage very rarely (`tools.process.collect_rarely`)."""
        self._gone += 1
        if self._gone % COLLECTED_PAGES == 0:
            gc.collect()


class Tab:
    """What one browser tab shows."""

    def __init__(
        self,
        client: Client,
        words: Words,
        service: Service,
        staging: Staging,
        home: Path,
        can_log_out: bool,
    ) -> None:
        self._words = words
        self._service = service
        self._home = home
        self._collection = service.models.first.settings.collection
        staged = staging.page()
        client.on_delete(staged.drop)
        self._passages = PassageDialog(service, words)
        with element("div", classes="shell"):
            self._header(can_log_out)
            self._chat_panel = element("main", classes="panel chat")
            with self._chat_panel:
                self._build_chat()
            self._documents_panel = element("main", classes="panel")
            with self._documents_panel:
                self._documents = DocumentsTab(
                    service, words, staged, staging.extensions, self._target, self._changed
                )
            self._reports_panel = element("main", classes="panel")
        client.on_delete(self._conversation.leave)
        self._show("chat")
        ui.timer(0.1, self._load, once=True)

    def _header(self, can_log_out: bool) -> None:
        words = self._words
        with element("header"):
            element("h1", "yomitoki")
            self._tabs = ui.tabs()
            self._tabs.props["no-caps"] = True
            self._tabs.props["dense"] = True
            self._tabs.props["align"] = "left"
            with self._tabs:
                first, *_ = [
                    ui.tab(name, label=getattr(words, name))
                    for name in ("chat", "documents", "reports")
                ]
            self._tabs.set_value(first)
            self._tabs.on_value_change(lambda event: self._opened(str(event.value)))
            element("a", words.switch, "link", href=f"{ROOT}/language/{words.other}")
            if can_log_out:
                with element("form", method="post", action=f"{ROOT}/logout"):
                    element("button", words.log_out, "link", type="submit")

    def _build_chat(self) -> None:
        words = self._words
        answering = [model for model in self._service.models if not model.ranks_options]
        models = {m.name: inert_line(m.name) for m in answering or self._service.models}
        with element("div", classes="choices"):
            self._model = Choice(words.config, models, next(iter(models), ""))
            self._choice = Choice(words.collection, {}, self._collection)
            self._choice.on_value_change(lambda event: self._chosen(str(event.value)))
            button(words.new_chat, self._reset, flat=True, dense=True)
        with element("div", classes="scroll", tabindex=0), element("div"):
            self._hint = ui.label(words.empty).classes("hint")
            log = element("div", role="log", aria_live="polite")
        self._conversation = Conversation(
            self._service, words, self._passages, log, self._show_busy
        )
        with element("div", classes="ask"):
            self._question = TextField(
                words.question, type="textarea", autogrow=True, hint=words.ask_hint, rows=1
            )
            self._question.on("keydown.enter.exact.prevent", self._entered, args=ENTER_KEYS)
            self._send = button(words.send, self._ask)
            self._stop = button(words.stop, self._conversation.stop, outline=True)
            self._stop.set_visibility(False)

    async def _load(self) -> None:
        """What the page can show only when it is connected."""
        await self._load_collections()
        await self._documents.show(self._collection)

    async def _load_collections(self) -> None:
        try:
            records = await self._service.collections().result()
        except ApiError as error:
            ui.notify(self._words.error(error), type="negative")
            return
        names = [record["name"] for record in records if record["documents"]]
        if names and self._collection not in names:
            self._collection = names[0]
        self._hint.set_visibility(not self._conversation.begun)
        if not names:
            self._hint.set_text(self._words.no_documents)
        self._choice.offer({name: inert_line(name) for name in names or [self._collection]})
        self._choice.set_value(self._collection)

    def _target(self) -> Target:
        return self._service.target(str(self._model.value), self._collection)

    async def _chosen(self, collection: str) -> None:
        if collection != self._collection:
            self._collection = collection
            self._documents.choose(collection)
            await self._documents.show(collection)

    async def _changed(self, collection: str, mine: bool) -> None:
        """A collection was read into; of one's own files one wants to ask next."""
        if mine:
            self._collection = collection
            self._documents.choose(collection)
        await self._load_collections()
        await self._documents.show(self._collection)

    def _opened(self, name: str) -> None:
        if name == "reports":
            self._list_reports()
        self._show(name)

    def _show(self, name: str) -> None:
        panels = {
            "chat": self._chat_panel,
            "documents": self._documents_panel,
            "reports": self._reports_panel,
        }
        for other, panel in panels.items():
            panel.set_visibility(other == name)

    def _list_reports(self) -> None:
        self._reports_panel.clear()
        with self._reports_panel:
            element("h2", self._words.reports)
            found = reports(self._home)
            element("p", self._words.report_opens if found else self._words.no_reports, "hint")
            with element("ul"):
                for report in found:
                    with element("li"):
                        link = element("a", inert_line(report.name), "link name", target="_blank")
                        link.props["href"] = f"{ROOT}/reports/{quote(report.name, safe='')}"
                        link.props["rel"] = "noopener noreferrer"
                        written = report.written.strftime("%Y-%m-%d %H:%M UTC")
                        element("span", written, "hint")

    async def _entered(self, event: events.GenericEventArguments) -> None:
        """Enter was pressed in the question; while Japanese is composed it means another thing."""
        pressed = event.args
        if not pressed.get("isComposing") and pressed.get("keyCode") != COMPOSING:
            await self._ask()

    async def _ask(self) -> None:
        question = str(self._question.value or "").strip()
        if not question or self._conversation.busy:
            return
        self._question.set_value("")
        self._hint.set_visibility(False)
        await self._conversation.ask(question, self._target())

    def _reset(self) -> None:
        self._conversation.reset()
        self._hint.set_visibility(True)

    def _show_busy(self, busy: bool) -> None:
        self._send.set_visibility(not busy)
        self._stop.set_visibility(busy)
