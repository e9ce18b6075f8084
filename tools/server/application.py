"""The server as an ASGI application: routes, and what stands around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tools.mcp_server.http_endpoint import add_mcp
from tools.server.access import Access, AccessChecks
from tools.server.bodies import BodyChecks
from tools.server.failures import failed
from tools.server.framework_errors import CLIENT_GONE, use_errors
from tools.server.mailbox import ClientGoneError
from tools.server.metrics import Metrics
from tools.server.native_routes import native_routes
from tools.server.openai_routes import openai_routes
from tools.server.openapi import VERSION, use_schema
from tools.server.replies import JsonReply
from tools.server.service import Service
from tools.server.state_routes import state_routes

if TYPE_CHECKING:
    from tools.server.page.web_page import WebPage


def make_application(service: Service, access: Access, page: WebPage | None = None) -> ASGIApp:
    """The application over a service, with the web page if one is given."""
    app = FastAPI(
        title="yomitoki",
        version=VERSION,
        summary="Answers questions on documents, with citations.",
        docs_url=None,  # it would load scripts of other sites
        redoc_url=None,
        redirect_slashes=False,
    )
    for router in (openai_routes(service), native_routes(service), state_routes(service)):
        app.include_router(router)
    add_mcp(app, service)
    use_schema(app, token=access.token is not None)
    refused = service.metrics.rejection
    use_errors(app, refused)
    guarded: ASGIApp = AccessChecks(BodyChecks(app, refused), access, refused)
    if page is not None:
        from tools.server.page.gate import PageGate

        page.mount(app, service, access)
        guarded = PageGate(guarded, app, access, refused)
    return Outermost(guarded, service.metrics)


class Outermost:
    """Counts responses, and lets no exception out."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, counted)
        except ClientGoneError:
            pass
        except Exception as error:  # noqa: BLE001 - the server's boundary: a bug is a response, too
            # One of a route is a response already, and in the log.
            if status != 500:
                answer = JsonReply.of(failed(error))
                if not status:
                    await answer(scope, receive, counted)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if route != "other" else "other"
            self._metrics.request(method, route, status or CLIENT_GONE)
