"""Settings of the engine that chooses its sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from pipelines.parts import Parts
from pipelines.query_engines.agent.tool_settings import ToolSettings
from pipelines.query_engines.engine_settings import EngineSettings
from pipelines.query_engines.options import MOST_OPTIONS

if TYPE_CHECKING:
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.retrievers import BaseRetriever

    from pipelines.query_engines.agent.agent import Agent


class AgentSettings(EngineSettings):
    """The model chooses, for each question, which of the `tools` to use.

    The choice is read from the logits of the tools' letters, with their descriptions in `orders`
    cyclic orders, averaged. Where a tool gives no answer the next most probable
    one is used, if it is probable enough to be a fallback; `max_steps` tools at most. After
    `time_limit_seconds` no tool is begun and what is being written ends there; a prompt that is
    being read is read to its end.

    Neither the choice nor what a tool is asked depends on the text of documents and pages.
    """

    kind: Literal["agent"]
    tools: tuple[ToolSettings, ...] = Field(min_length=2, max_length=MOST_OPTIONS)
    orders: int = Field(default=1, ge=1, le=MOST_OPTIONS)
    max_steps: int = Field(default=3, ge=1, le=MOST_OPTIONS)
    time_limit_seconds: float = Field(default=120.0, gt=0.0, le=3600.0)

    @model_validator(mode="after")
    def _names_differ(self) -> AgentSettings:
        names = [tool.name for tool in self.tools]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"tools: {', '.join(twice)}: stands twice: give each its own name")
        return self

    def build(
        self,
        parts: Parts,
        retriever: BaseRetriever,
        postprocessors: Sequence[tuple[str, BaseNodePostprocessor]],
    ) -> Agent:
        """The engine; documents of the config's collection are searched as the pipeline does.

        Raises:
            ConfigError: No language model is configured, or what a tool needs is not.
            YomitokiError: There is no such collection as a tool names.
        """
        from pipelines.query_engines.agent.agent import Agent
        from pipelines.query_engines.agent.running import Limits

        llm = self.language_model(parts)
        tools = [tool.build(parts, retriever, postprocessors) for tool in self.tools]
        limits = Limits(self.orders, self.max_steps, self.time_limit_seconds)
        return Agent(tools, llm, limits)
