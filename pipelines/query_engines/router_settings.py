"""Settings of the engine that hands a question to one of several others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from pipelines.parts import Parts
from pipelines.query_engines.closed_book_settings import ClosedBookSettings
from pipelines.query_engines.corrective_settings import CorrectiveSettings
from pipelines.query_engines.engine_settings import EngineSettings, SearchSettings
from pipelines.query_engines.options import MOST_OPTIONS
from pipelines.query_engines.retrieve_and_answer_settings import RetrieveAndAnswerSettings
from pipelines.query_engines.sub_question_settings import SubQuestionSettings

if TYPE_CHECKING:
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.retrievers import BaseRetriever

    from pipelines.query_engines.router import Router

LeafEngineSettings = Annotated[
    ClosedBookSettings | CorrectiveSettings | RetrieveAndAnswerSettings | SubQuestionSettings,
    Field(discriminator="kind"),
]


class RouteSettings(SearchSettings):
    """An engine with what the model reads about it when it chooses."""

    name: str = Field(min_length=1, max_length=100)
    description: str = Field(min_length=1, max_length=1000)
    engine: LeafEngineSettings


class RouterSettings(EngineSettings):
    """The model chooses the route that fits a question; its engine answers.

    The choice is read from the logits of the routes' letters, with the `description`s in `orders`
    cyclic orders (a pass of the model each, over a short prompt), averaged: a small model prefers
    a letter whatever stands there. A route may have a `retriever` and `postprocessors` of its own.
    """

    kind: Literal["router"]
    routes: tuple[RouteSettings, ...] = Field(min_length=2, max_length=MOST_OPTIONS)
    orders: int = Field(default=MOST_OPTIONS, ge=1, le=MOST_OPTIONS)

    @model_validator(mode="after")
    def _names_differ(self) -> RouterSettings:
        names = [route.name for route in self.routes]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"routes: {', '.join(twice)}: stands twice: give each its own name")
        return self

    def build(
        self,
        parts: Parts,
        retriever: BaseRetriever,
        postprocessors: Sequence[tuple[str, BaseNodePostprocessor]],
    ) -> Router:
        """The engine; routes without parts of their own use `retriever` and `postprocessors`.

        Raises:
            ConfigError: No language model is configured, or what a route needs is not.
        """
        from pipelines.query_engines.router import Route, Router

        llm = self.language_model(parts)
        routes = [
            Route(
                route.name,
                route.description,
                route.engine.build(parts, *route.build_search(parts, retriever, postprocessors)),
            )
            for route in self.routes
        ]
        return Router(routes, llm, self.orders)
