"""/v1: models, chat completions and embeddings, as OpenAI's clients ask for them."""

from __future__ import annotations

import base64
from array import array
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from fastapi import Request as HttpRequest
from pydantic import BaseModel, Field

from tools.server.chat_requests import ChatRequest
from tools.server.chat_responses import Completion, Reply
from tools.server.event_stream import EventStream
from tools.server.failures import wrong
from tools.server.mailbox import while_there
from tools.server.openapi import documented
from tools.server.replies import JsonReply
from tools.server.request_fields import Name, Request, Text
from tools.server.served_model import ServedModel
from tools.server.service import Embedded, Service

MOST_INPUTS = 2048


class ModelRecord(BaseModel):
    """A config that answers."""

    id: str
    object: str
    created: int
    owned_by: str


class ModelList(BaseModel):
    """All of them, the default first."""

    object: str
    data: list[ModelRecord]


class EmbeddingsRequest(Request):
    """Texts to embed as the collections of a model's config are."""

    model: Name = Field(description="A config's name; its embedding is used.")
    input: Text | Annotated[list[Text], Field(min_length=1, max_length=MOST_INPUTS)]
    encoding_format: Literal["float", "base64"] | None = None
    input_type: Literal["query", "passage"] = Field(
        default="passage", description="An embedding may read questions and passages differently."
    )
    dimensions: int | None = Field(default=None, description="The embedding's own, or nothing.")
    user: Any = None


class EmbeddingRecord(BaseModel):
    """A vector: numbers, or base64 of little-endian float32."""

    object: str
    index: int
    embedding: list[float] | str


class EmbeddingList(BaseModel):
    """The vectors of a request, in the order of its texts."""

    object: str
    data: list[EmbeddingRecord]
    model: str
    usage: dict[str, int]


def openai_routes(service: Service) -> APIRouter:
    """The routes over a service."""
    router = APIRouter(prefix="/v1", default_response_class=JsonReply, tags=["openai"])

    @router.get("/models", responses=documented(ModelList))
    async def models() -> Any:
        """The configs that answer."""
        return JsonReply({"object": "list", "data": [_record(m) for m in service.models]})

    @router.get("/models/{model}", responses=documented(ModelRecord, 400, 404))
    async def model(model: Annotated[Name, Path(description="A config's name.")]) -> Any:
        """One of them."""
        return JsonReply(_record(service.models.named(model)))

    @router.post("/chat/completions", responses=_completion())
    async def chat(body: ChatRequest, request: HttpRequest) -> Any:
        """Answers the last message from the documents."""
        body.check_supported()
        asked = body.yomitoki
        target = service.target(body.model, asked.collection, asked.filter())
        if target.model.ranks_options:
            raise wrong("model", f"{target.model.name} ranks options: use /ask with options")
        mailbox = service.ask(target, body.question(), body.history(), body.writing())
        reply = Reply(body, target)
        if body.stream:
            return EventStream(mailbox, reply.chunks, reply.begin())
        return JsonReply(reply.whole(await while_there(mailbox.result(), request.receive)))

    @router.post("/embeddings", responses=documented(EmbeddingList, 400, 404, 429, 504))
    async def embeddings(body: EmbeddingsRequest, request: HttpRequest) -> Any:
        """Vectors of texts, by the side of passages unless `input_type` is query."""
        served = service.models.named(body.model)
        texts = [body.input] if isinstance(body.input, str) else body.input
        mailbox = service.embed(served, texts, body.input_type == "query")
        embedded: Embedded = await while_there(mailbox.result(), request.receive)
        own = len(embedded.vectors[0])
        if body.dimensions not in (None, own):
            raise wrong("dimensions", f"{body.dimensions}: vectors of {served.name} have {own}")
        return JsonReply(_embeddings(embedded, served, body.encoding_format or "float"))

    return router


def _record(model: ServedModel) -> dict[str, Any]:
    return {
        "id": model.name,
        "object": "model",
        "created": model.created,
        "owned_by": "yomitoki",
    }


def _embeddings(embedded: Embedded, model: ServedModel, encoding: str) -> dict[str, Any]:
    return {
        "object": "list",
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": vector if encoding == "float" else _packed(vector),
            }
            for index, vector in enumerate(embedded.vectors)
        ],
        "model": model.name,
        "usage": {"prompt_tokens": embedded.tokens, "total_tokens": embedded.tokens},
    }


def _packed(vector: list[float]) -> str:
    numbers = array("f", vector)
    if array("H", [1]).tobytes() != b"\x01\x00":
        numbers.byteswap()
    return base64.b64encode(numbers.tobytes()).decode()


def _completion() -> dict[int | str, dict[str, Any]]:
    responses = documented(Completion, 400, 404, 429, 504)
    responses[200]["content"] = {"text/event-stream": {"schema": {"type": "string"}}}
    responses[200]["description"] = "The answer; with `stream`, in chunks."
    return responses
