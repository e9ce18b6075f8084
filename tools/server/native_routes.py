"""/search, /ask and /collections: the records of the command line's --json."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi import Request as HttpRequest
from pydantic import Field

from pipelines.query_engines.options import MOST_OPTIONS, wrong_options
from tools.records import ask_record, search_record
from tools.server.failures import wrong
from tools.server.mailbox import while_there
from tools.server.native_records import AskRecord, CollectionRecord, DocumentsRecord, SearchRecord
from tools.server.openapi import documented
from tools.server.replies import JsonReply
from tools.server.request_fields import MOST_TOP_K, Asked, Name, Question, Text
from tools.server.service import Service

Option = Annotated[Text, Field(min_length=1, max_length=2_000)]


class SearchRequest(Asked):
    """Find passages."""

    question: Question
    top_k: int | None = Field(default=None, ge=1, le=MOST_TOP_K, description="Passages at most.")
    model: Name | None = Field(default=None, description="A config's name; else the first one.")


class AskRequest(Asked):
    """Answer a question, or rank its options."""

    question: Question
    options: list[Option] = Field(
        default=[],
        max_length=MOST_OPTIONS,
        description="For a model whose query engine is multiple_choice, and for no other.",
    )
    model: Name | None = Field(default=None, description="A config's name; else the first one.")


def native_routes(service: Service) -> APIRouter:
    """The routes over a service."""
    router = APIRouter(default_response_class=JsonReply, tags=["yomitoki"])

    @router.post("/search", responses=documented(SearchRecord, 400, 404, 429, 504))
    async def search(body: SearchRequest, request: HttpRequest) -> Any:
        """Passages for a question, without an answer: what `search --json` writes."""
        target = service.target(body.model, body.collection, body.filter())
        mailbox = service.search(target, body.question, body.top_k)
        return JsonReply(search_record(await while_there(mailbox.result(), request.receive)))

    @router.post("/ask", responses=documented(AskRecord, 400, 404, 429, 504))
    async def ask(body: AskRequest, request: HttpRequest) -> Any:
        """A cited answer or a refusal: what `ask --json` writes."""
        target = service.target(body.model, body.collection, body.filter())
        if target.model.ranks_options:
            if problem := wrong_options(body.options):
                raise wrong("options", problem)
            mailbox = service.choose(target, body.question, body.options)
        elif body.options:
            raise wrong("options", f"model {target.model.name} ranks none: leave them out")
        else:
            mailbox = service.ask(target, body.question)
        return JsonReply(ask_record(await while_there(mailbox.result(), request.receive)))

    @router.get("/collections", responses=documented(list[CollectionRecord], 429, 504))
    async def collections(request: HttpRequest) -> Any:
        """All collections with their sizes: what `collections list --json` writes, less folders."""
        return JsonReply(await while_there(service.collections().result(), request.receive))

    @router.get("/collections/{name}", responses=documented(DocumentsRecord, 400, 404, 429, 504))
    async def collection(
        name: Annotated[Name, Path(description="A collection's name.")], request: HttpRequest
    ) -> Any:
        """One collection with its documents: what `collections show --json` writes."""
        return JsonReply(await while_there(service.collection(name).result(), request.receive))

    return router
