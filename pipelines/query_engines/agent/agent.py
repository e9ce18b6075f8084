"""A query engine that chooses its sources: an agent over tools."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.tools import QueryEngineTool

from pipelines.answer import Answer, OnStage, OnToken
from pipelines.llms.protocol import ChoiceLLM
from pipelines.query_engines.agent.calling_thread import CallingThread
from pipelines.query_engines.agent.choosing import tool_probabilities
from pipelines.query_engines.agent.running import AgentRun, Limits
from pipelines.query_engines.agent.tool import AgentTool
from pipelines.query_engines.agent.workflow import AgentWorkflow
from pipelines.query_engines.answering_engine import AnsweringEngine
from pipelines.query_engines.searching import Stopwatch
from pipelines.question import check_question


class Agent(AnsweringEngine):
    """See AgentSettings. `Answer.trace` tells each step, `Answer.routes` the tools' probabilities.

    The other fields are those of the tool that answered; of several that refused, the first one's.
    """

    def __init__(self, tools: Sequence[AgentTool], llm: ChoiceLLM, limits: Limits) -> None:
        super().__init__()
        self._tools = list(tools)
        self._llm = llm
        self._limits = limits

    @property
    def tools(self) -> list[QueryEngineTool]:
        """The tools, for another agent of LlamaIndex."""
        return [tool.for_llama_index() for tool in self._tools]

    def tool_probabilities(
        self, question: str, history: Sequence[ChatMessage] = ()
    ) -> dict[str, float]:
        """How probable it is that a question needs each tool, in 0..1, by its name; uses none.

        Raises:
            YomitokiError: The question is empty, or the model would choose none.
        """
        check_question(question)
        return tool_probabilities(self._llm, self._tools, question, history, self._limits.orders)

    def ask(
        self,
        question: str,
        history: Sequence[ChatMessage] = (),
        on_stage: OnStage | None = None,
        on_token: OnToken | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Answer:
        """See `AnsweringEngine.ask`; it may be called inside a running event loop, too."""
        check_question(question)
        run = AgentRun(
            tools=self._tools,
            llm=self._llm,
            limits=self._limits,
            question=question,
            history=history,
            watch=Stopwatch(on_stage),
            on_stage=on_stage,
            on_token=on_token,
            cancelled=cancelled,
        )
        thread = CallingThread()

        async def work() -> None:
            await AgentWorkflow(run, thread).run()

        thread.run(work)
        return run.answer()
