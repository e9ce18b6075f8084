"""What the tools take, and what is said of arguments that are wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from pipelines.nearest import did_you_mean
from tools.server.failures import ApiError, wrong
from tools.server.request_fields import MOST_TOP_K, Name, Question, Request, Text, Where

MOST_DOCUMENTS = 500
LONGEST_SPAN = 20_000
MOST_SURROUNDINGS = 5_000

R = TypeVar("R", bound=Request)


class NoArguments(Request):
    """A tool that takes none."""


class InCollection(Request):
    """What is asked of a collection."""

    collection: Name | None = Field(
        default=None, description="A name that list_collections gives; else the default one."
    )


class Narrowed(InCollection):
    """What may be asked of a part of it."""

    where: Where | None = Field(
        default=None,
        description="Look only at passages that match one value of each key that is given.",
    )


class SearchArguments(Narrowed):
    """Of search."""

    question: Question
    top_k: int | None = Field(
        default=None, ge=1, le=MOST_TOP_K, description="Passages at most; else the config's number."
    )


class AskArguments(Narrowed):
    """Of ask."""

    question: Question


class DocumentsArguments(InCollection):
    """Of list_documents."""

    offset: int = Field(default=0, ge=0, description="Documents to skip: next_offset of a page.")
    limit: int = Field(default=100, ge=1, le=MOST_DOCUMENTS, description="Documents at most.")


class SpanArguments(InCollection):
    """Of read_span."""

    source: Text = Field(
        min_length=1, max_length=1_000, description="A document, as passages and citations name it."
    )
    start_char: int = Field(ge=0, description="Its first character, counted from 0.")
    end_char: int = Field(
        ge=1, description=f"One past its last; at most {LONGEST_SPAN:,} after start_char."
    )
    surroundings: int = Field(
        default=200,
        ge=0,
        le=MOST_SURROUNDINGS,
        description="Characters to read before and after it, too.",
    )


def checked(takes: type[R], given: Mapping[str, Any] | None) -> R:
    """Arguments, checked: nothing is coerced.

    Raises:
        ApiError: One is wrong, missing or unknown; the message says which, and what is allowed.
    """
    try:
        return takes.model_validate(dict(given or {}))
    except ValidationError as error:
        raise _refusal(takes, error) from None


def _refusal(takes: type[BaseModel], error: ValidationError) -> ApiError:
    """The first thing that is wrong, without what it was."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = [str(part) for part in first["loc"]]
    where = ".".join(place)[:200] or "arguments"
    match first["type"]:
        case "extra_forbidden":
            known = list((Where if len(place) > 1 else takes).model_fields)
            hint = did_you_mean(place[-1], known)
            return wrong(where, f"unknown.{hint} Known: {', '.join(known) or 'none'}")
        case "missing":
            return wrong(where, "missing: the tool needs it")
        case "too_long":
            return wrong(where, f"too long: at most {first['ctx']['max_length']:,}")
    return wrong(where, str(first["msg"]).removeprefix("Value error, "))
