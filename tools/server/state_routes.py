"""/health, /ready and /metrics: how the server is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from tools.server.failures import ApiError
from tools.server.openapi import documented
from tools.server.replies import JsonReply
from tools.server.service import Service


class State(BaseModel):
    """ok or ready."""

    status: str


def state_routes(service: Service) -> APIRouter:
    """The routes over a service."""
    router = APIRouter(tags=["state"])

    @router.get("/health", responses=documented(State))
    async def health() -> Any:
        """200 as long as the process answers; needs no token."""
        return JsonReply({"status": "ok"})

    @router.get("/ready", responses=documented(State))
    async def ready() -> Any:
        """200 when the first model is loaded; 503 before, and when the server shuts down."""
        if not service.ready:
            raise ApiError(503, "server: its model is not loaded (yet): wait", "not_ready")
        return JsonReply({"status": "ready"})

    responses = documented(None)
    responses[200] = {"content": {"text/plain": {"schema": {"type": "string"}}}}

    @router.get("/metrics", responses=responses, response_class=Response)
    async def metrics() -> Any:
        """Counters in Prometheus' text format."""
        return Response(service.metrics.text(), media_type=service.metrics.content_type)

    return router
