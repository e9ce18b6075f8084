"""Documents over the page: which there are, files of the browser, and reading them in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from nicegui import events, ui

from pipelines.errors import YomitokiError
from pipelines.indexing import IngestReport
from tools.console import inert_line
from tools.server.failures import ApiError, failed
from tools.server.ingestion import IngestState
from tools.server.page.elements import TextField, Uploader, button, element
from tools.server.page.gate import UPLOAD
from tools.server.page.routes import TICKET
from tools.server.page.uploads import LONGEST_FILE, MEGABYTE, StagedFiles
from tools.server.page.words import Words
from tools.server.service import Record, Service, Target

POLL_SECONDS = 0.5
MOST_LISTED = 500
ENDED_SHOWN = 100


class DocumentsTab:
    """What one page shows of documents.

    Args:
        service: What reads them in.
        words: The page's language.
        staged: The files that this page sent.
        extensions: Of the files that are read.
        target: The config and collection that are chosen on the page.
        changed: Told the name of a collection that has changed, and whether by this page.
    """

    def __init__(
        self,
        service: Service,
        words: Words,
        staged: StagedFiles,
        extensions: Iterable[str],
        target: Callable[[], Target],
        changed: Callable[[str, bool], Awaitable[None]],
    ) -> None:
        self._service = service
        self._words = words
        self._staged = staged
        self._target = target
        self._changed = changed
        self._shown: IngestState | None = None
        self._began: set[int] = set()
        element("h2", words.add_files)
        kinds = sorted(extensions)
        limits = words.limits.format(size=LONGEST_FILE // MEGABYTE, types=" ".join(kinds))
        element("p", limits, "hint")
        headers = {TICKET: staged.ticket}
        self._uploader = Uploader(UPLOAD, words.pick, headers, kinds, LONGEST_FILE)
        self._uploader.on("uploaded", self._sent, args=[])
        self._uploader.on("failed", self._sent, args=[])
        self._uploader.on("rejected", self._rejected, args=[None])
        self._list = ui.element("div").classes("staged")
        with element("div", classes="in-row"):
            self._into = TextField(
                words.into, target().collection, hint=words.into_hint, dense=True
            )
            self._button = button(words.ingest, self._start)
        self._state = ui.element("div").classes("ingest")
        self._state.props["role"] = "status"
        self._documents = ui.element("div").classes("documents")
        ui.timer(POLL_SECONDS, self._poll)

    def choose(self, collection: str) -> None:
        """Another collection was chosen on the page."""
        self._into.set_value(collection)

    async def show(self, collection: str) -> None:
        """List the documents of a collection."""
        try:
            record = await self._service.collection(collection).result()
        except ApiError:
            record = None  # there is none of this name yet
        self._documents.clear()
        with self._documents:
            if record is None or not record["files"]:
                element("p", self._words.no_documents, "hint")
                return
            title = self._words.in_collection.format(collection=inert_line(collection))
            element("h2", title)
            with element("ul"):
                for file in record["files"][:MOST_LISTED]:
                    self._document(file)
            if len(record["files"]) > MOST_LISTED:
                element("p", f"… {len(record['files']) - MOST_LISTED:,}", "hint")

    def _document(self, file: Record) -> None:
        size = self._words.document_size.format(
            chars=f"{file['chars']:,}", nodes=f"{file['nodes']:,}"
        )
        with element("li"):
            element("span", inert_line(file["source"]), "name")
            element("span", size, "hint")

    def _sent(self) -> None:
        """An upload has ended, one way or the other."""
        self._uploader.update()
        for name, error in self._staged.refused():
            reason = self._words.error(error)
            said = self._words.upload_failed.format(name=inert_line(name)[:100], reason=reason)
            ui.notify(said, type="negative", multi_line=True)
        self._show_staged()

    def _rejected(self, event: events.GenericEventArguments) -> None:
        """The browser sent some of the chosen files not at all."""
        count = len(event.args) if isinstance(event.args, list) else 1
        ui.notify(self._words.upload_rejected.format(count=count), type="negative")

    def _show_staged(self) -> None:
        self._list.clear()
        with self._list:
            if not self._staged.names:
                return
            element("h3", self._words.picked)
            with element("ul"):
                for name in self._staged.names:
                    with element("li"):
                        element("span", inert_line(name), "name")
                        label = self._words.remove.format(name=inert_line(name))
                        removing = button("×", partial(self._remove, name), flat=True)
                        removing.props["aria-label"] = label

    def _remove(self, name: str) -> None:
        self._staged.remove(name)
        self._show_staged()

    def _start(self) -> None:
        collection = str(self._into.value or "").strip()
        if not self._staged.names or not collection:
            ui.notify(self._words.nothing_staged, type="warning")
            return
        running = self._service.ingestion.state
        try:
            if running is not None and running.running:
                raise ApiError(409, "ingest: files are being read already", "ingest_running")
            settings = self._target().model.within(collection)
            started = self._service.ingestion.start(settings, self._staged.move(collection))
            self._began.add(started)
        except (ApiError, YomitokiError) as error:
            ui.notify(self._words.error(failed(error)), type="negative")
        self._show_staged()

    async def _poll(self) -> None:
        """Show how the run of this server goes, whoever began it."""
        state = self._service.ingestion.state
        if state is self._shown or state is None:
            return
        before, self._shown = self._shown, state
        self._state.clear()
        with self._state:
            self._show_state(state)
        ended = before is not None and before.running and not state.running
        if ended or (before is not None and state.number != before.number and not state.running):
            await self._changed(state.collection, state.number in self._began)

    def _show_state(self, state: IngestState) -> None:
        words = self._words
        name = inert_line(state.collection)
        if state.running:
            element("p", words.ingesting.format(files=state.files, collection=name), "name")
            ui.linear_progress(share(state), show_value=False).props["aria-label"] = words.ingest
            element("p", progress_line(state, words), "hint")
            button(words.cancel, self._service.ingestion.stop, outline=True)
        elif state.error is not None:
            element("p", words.error(state.error), "problem", role="alert")
        elif state.report is None:
            element("p", words.ingest_stopped)
        else:
            self._show_report(state.report, name)

    def _show_report(self, report: IngestReport, name: str) -> None:
        element("p", report_line(report, name, self._words))
        for notice in report.notices[:ENDED_SHOWN]:
            element("p", inert_line(notice), "hint")
        if report.failed:
            element("h3", self._words.not_read)
            with element("ul", classes="problem"):
                for failure in report.failed[:ENDED_SHOWN]:
                    with element("li"):
                        element("span", inert_line(failure.source), "name")
                        element("span", inert_line(failure.reason), "hint")


def share(state: IngestState) -> float:
    """How far a run is, in 0..1: of its files, then of its index."""
    progress = state.progress
    if progress is None:
        return 0.0
    done, total = progress.documents, state.files
    if progress.stage == "indexing":
        done, total = progress.done, progress.total
    return min(1.0, done / total) if total else 0.0


def progress_line(state: IngestState, words: Words) -> str:
    """Where a run stands."""
    progress = state.progress
    if progress is None:
        return words.ingest_reading
    if progress.stage == "indexing":
        return words.ingest_indexing.format(done=progress.done, total=progress.total)
    return words.ingest_embedding.format(
        documents=progress.documents,
        files=state.files,
        nodes=progress.nodes,
        embeddings=progress.embeddings,
    )


def report_line(report: IngestReport, name: str, words: Words) -> str:
    """What a run did."""
    return words.ingested.format(
        collection=name,
        added=report.added,
        changed=report.changed,
        unchanged=report.unchanged,
        failed=len(report.failed),
        nodes=report.nodes,
        seconds=f"{report.seconds:.1f}",
    )
