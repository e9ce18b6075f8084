"""A pipeline's settings as one question changes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pipelines.config import PipelineSettings
from pipelines.query_engines.agent.settings import AgentSettings
from pipelines.query_engines.engine_settings import EngineSettings
from pipelines.query_engines.router_settings import RouterSettings
from pipelines.retrievers.widening import widened

MOST_TOKENS = "max_new_tokens"
Engine = TypeVar("Engine", bound=EngineSettings)


def with_top_k(settings: PipelineSettings, top_k: int) -> PipelineSettings:
    """The settings with every bound on the number of nodes raised or lowered to `top_k`."""
    wide = settings.retriever
    if top_k > wide.top_k:
        wide = widened(wide, top_k)
    postprocessors = tuple(
        p.model_copy(update={"top_n": top_k}) if "top_n" in type(p).model_fields else p
        for p in settings.postprocessors
    )
    return settings.model_copy(update={"retriever": wide, "postprocessors": postprocessors})


def with_writing(settings: PipelineSettings, options: Mapping[str, object]) -> PipelineSettings:
    """The settings with other options of generation; an answer gets no longer than its engine's.

    Args:
        settings: The pipeline's.
        options: Fields of `GenerationOptions`; `max_new_tokens` lowers that of the answer.

    Raises:
        ConfigError: An option is unknown or out of its range.
    """
    given = dict(options)
    llm = settings.llm
    generation = llm.generation.override(given)
    engine = settings.query_engine
    if MOST_TOKENS in given:
        engine = _shortened(engine, generation.max_new_tokens)
    # Of the language model's own limit nothing changes: it bounds what engines write on the way.
    kept = generation.model_copy(update={MOST_TOKENS: llm.generation.max_new_tokens})
    return settings.model_copy(
        update={"llm": llm.model_copy(update={"generation": kept}), "query_engine": engine}
    )


def most_tokens(engine: EngineSettings) -> int:
    """The tokens that an answer may have: of several engines, those of the longest; 0 for none."""
    if isinstance(engine, RouterSettings):
        return max(most_tokens(route.engine) for route in engine.routes)
    if isinstance(engine, AgentSettings):
        answering = (tool.engine for tool in engine.tools if tool.kind != "calculator")
        return max(map(most_tokens, answering), default=0)
    return int(getattr(engine, MOST_TOKENS, 0))


def _shortened(engine: Engine, most: int) -> Engine:
    if isinstance(engine, RouterSettings):
        routes = tuple(
            route.model_copy(update={"engine": _shortened(route.engine, most)})
            for route in engine.routes
        )
        return engine.model_copy(update={"routes": routes})
    if isinstance(engine, AgentSettings):
        tools = tuple(
            tool
            if tool.kind == "calculator"
            else tool.model_copy(update={"engine": _shortened(tool.engine, most)})
            for tool in engine.tools
        )
        return engine.model_copy(update={"tools": tools})
    own = most_tokens(engine)
    return engine.model_copy(update={MOST_TOKENS: min(own, most)}) if own else engine
