"""/mcp: the MCP server over streamable HTTP, behind the checks of the HTTP server around it."""

from __future__ import annotations

import asyncio

from fastapi import FastAPI
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tools.mcp_server.server import make_server
from tools.server.bodies import LONGEST_BODY
from tools.server.failures import closing
from tools.server.service import Service

PATH = "/mcp"
# Clients of protocol versions up to 2025-11-25 keep a session open; later ones have none.
MOST_SESSIONS = 500
IDLE_SECONDS = 1800.0
POLL_SECONDS = 0.05
# For what was answered to be sent before sessions are closed.
LAST_WORDS_SECONDS = 0.2


def add_mcp(app: FastAPI, service: Service) -> None:
    """Let an application answer MCP clients, too."""
    app.router.routes.append(McpEndpoint(service).route)


class McpEndpoint:
    """An ASGI application whose sessions end with the service."""

    def __init__(self, service: Service) -> None:
        self.route = Route(PATH, self, methods=["GET", "POST", "DELETE"])
        self._service = service
        self._manager = StreamableHTTPSessionManager(
            make_server(service, local=False),
            session_idle_timeout=IDLE_SECONDS,
            max_request_body_size=LONGEST_BODY,
            max_sessions=MOST_SESSIONS,
        )
        self._sessions: asyncio.Task[None] | None = None
        self._opened = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request.

        Raises:
            ApiError: The server is shutting down.
        """
        scope["route"] = self.route  # for the metrics, as FastAPI's routes do
        if self._service.draining.is_set():
            raise closing()
        if self._sessions is None:
            # Not before there is a loop, and in a task of its own: it outlives this request.
            self._sessions = asyncio.ensure_future(self._keep_open())
        await self._opened.wait()
        await self._manager.handle_request(scope, receive, send)

    async def _keep_open(self) -> None:
        """Keep sessions until the service ends and what it still does is done or broken off."""
        async with self._manager.run():
            self._opened.set()
            await self._service.draining.wait()
            while self._service.busy:
                await asyncio.sleep(POLL_SECONDS)
            await asyncio.sleep(LAST_WORDS_SECONDS)
