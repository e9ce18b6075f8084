"""The MCP server over a service: the same for stdio and for HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.session import ServerSession
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    TextContent,
)

from pipelines.errors import YomitokiError
from tools.console import inert, inert_line
from tools.mcp_server.arguments import checked
from tools.mcp_server.resources import Documents, templates
from tools.mcp_server.served_tools import INSTRUCTIONS, ServedTool, plain, served_tools
from tools.server.failures import LONGEST_MESSAGE, ApiError, failed
from tools.server.mailbox import Mailbox
from tools.server.openapi import VERSION
from tools.server.service import Service

Context = ServerRequestContext[Any, Any]
T = TypeVar("T")


class Waiting:
    """Waits for the jobs of one request, and tells its client what they are at.

    Whoever stops waiting cancels the job: the SDK cancels the task of a request when its client
    says so or closes the connection.
    """

    def __init__(self, session: ServerSession) -> None:
        self._session = session
        self._told = 0

    async def __call__(self, mailbox: Mailbox) -> Any:
        """What the job returns.

        Raises:
            ApiError: It failed, or took too long.
        """
        stages: asyncio.Queue[str | None] = asyncio.Queue()
        mailbox.on_stage = stages.put_nowait
        telling = asyncio.ensure_future(self._tell(stages))
        try:
            value = await mailbox.result()
            stages.put_nowait(None)
            await telling
            return value
        finally:
            telling.cancel()

    async def _tell(self, stages: asyncio.Queue[str | None]) -> None:
        while (stage := await stages.get()) is not None:
            self._told += 1
            await self._session.report_progress(self._told, message=inert_line(stage))


class Handlers:
    """What is answered to each request of the protocol.

    Args:
        service: What does the work.
        local: Whether the client's user is this process's user, who may read of its files.
    """

    def __init__(self, service: Service, *, local: bool) -> None:
        self._service = service
        self._local = local
        self._tools = served_tools(service)
        self._documents = Documents(service)

    async def list_tools(self, _: Context, __: PaginatedRequestParams | None) -> ListToolsResult:
        """All tools; they fit on a page."""
        settings = self._service.models.first.settings
        asks_web = any(part.outside_state() is None for part in settings.parts())
        return ListToolsResult(tools=[t.listed(asks_web=asks_web) for t in self._tools.values()])

    async def call_tool(self, context: Context, params: CallToolRequestParams) -> CallToolResult:
        """A record and its text; what goes wrong is a result, too, for the model to read."""
        tool = self._tools.get(params.name)
        if tool is None:
            known = ", ".join(self._tools)
            name = inert_line(params.name)[:100]
            raise MCPError(INVALID_PARAMS, f"tool {name!r}: unknown: there are {known}")
        try:
            record = await self._record(tool, context, params)
        except ApiError as error:
            return CallToolResult(content=[_text(self._message(error))], is_error=True)
        return CallToolResult(content=[_text(tool.text(record))], structured_content=record)

    async def list_resources(
        self, context: Context, params: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        """A page of documents."""
        cursor = params.cursor if params else None
        return await self._protocol(self._documents.page(cursor, Waiting(context.session)))

    async def list_templates(
        self, _: Context, __: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        """How a document is read on."""
        return templates()

    async def read_resource(
        self, context: Context, params: ReadResourceRequestParams
    ) -> ReadResourceResult:
        """A stretch of a document."""
        return await self._protocol(self._documents.read(params.uri, Waiting(context.session)))

    def schema(self, name: str) -> dict[str, Any] | None:
        """What a tool's arguments must be; None for a tool that there is not."""
        tool = self._tools.get(name)
        return tool.takes.model_json_schema() if tool else None

    async def _record(
        self, tool: ServedTool, context: Context, params: CallToolRequestParams
    ) -> dict[str, Any]:
        """Raises ApiError: Wrong arguments, too much to do, or the work failed."""
        arguments = checked(tool.takes, params.arguments)
        try:
            return plain(await tool.call(arguments, Waiting(context.session)))
        except ApiError as error:
            if error.status == 429:
                self._service.metrics.rejection(error.code)
            raise
        except Exception as error:  # the tool's boundary: a bug is a result, too
            raise failed(error) from error

    async def _protocol(self, work: Awaitable[T]) -> T:
        """What comes of a request that has no result for errors.

        Raises:
            MCPError: Whatever went wrong.
        """
        try:
            return await work
        except ApiError as error:
            code = INVALID_PARAMS if error.status in (400, 404) else INTERNAL_ERROR
            raise MCPError(code, self._message(error)) from error

    def _message(self, error: ApiError) -> str:
        """What the client is told: the whole of it if it runs on the user's own machine."""
        reason = error.__cause__
        if self._local and error.status == 500 and isinstance(reason, YomitokiError):
            return inert(str(reason))[:LONGEST_MESSAGE]
        return inert_line(str(error))[:LONGEST_MESSAGE]


def make_server(service: Service, *, local: bool) -> Server[Any]:
    """The server; see `Handlers`."""
    handlers = Handlers(service, local=local)
    server: Server[Any] = Server(
        "yomitoki",
        version=VERSION,
        title="yomitoki (読み解き)",
        instructions=INSTRUCTIONS,
        get_tool_input_schema=handlers.schema,
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_resources=handlers.list_resources,
        on_list_resource_templates=handlers.list_templates,
        on_read_resource=handlers.read_resource,
    )
    server.middleware.clear()  # it has telemetry only
    return server


def _text(text: str) -> TextContent:
    return TextContent(text=text)
