"""The agent as a LlamaIndex workflow: choose a tool, use it, choose again if it did not answer."""

from __future__ import annotations

from llama_index.core.workflow import Event, StartEvent, StopEvent, Workflow, step

from pipelines.query_engines.agent.calling_thread import CallingThread
from pipelines.query_engines.agent.running import AgentRun


class UseTool(Event):
    """A tool was chosen."""

    name: str


class Unanswered(Event):
    """A tool gave no answer."""


class AgentWorkflow(Workflow):
    """Ends when a tool answered, or none is left; the outcome is in the `AgentRun`.

    The limits are the run's: a workflow's own timeout could not stop a model at work.
    """

    def __init__(self, run: AgentRun, thread: CallingThread) -> None:
        super().__init__(timeout=None)
        self._agent_run = run
        self._thread = thread

    @step
    async def choose(self, _event: StartEvent | Unanswered) -> UseTool | StopEvent:
        """Choose among the tools that are left."""
        name = await self._thread.call(self._agent_run.choose)
        return UseTool(name=name) if name else StopEvent()

    @step
    async def use(self, event: UseTool) -> Unanswered | StopEvent:
        """Ask the tool."""
        answered = await self._thread.call(lambda: self._agent_run.call(event.name))
        return StopEvent() if answered else Unanswered()
