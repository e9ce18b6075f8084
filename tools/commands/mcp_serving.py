"""`mcp`: one config, served over this process's standard streams."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import BinaryIO

from tools.command_line import Invocation
from tools.commands.serving import Collections, check_seconds, served_models
from tools.mcp_server.server import make_server
from tools.mcp_server.stdio import serve_stdio
from tools.process import DONE
from tools.server.service import Service

QUEUE = 16
LAST_SECONDS = 2.0


def serve(run: Invocation, seconds: float, collection: str | None) -> int:
    """Serve until the client closes stdin.

    Returns:
        The exit code.

    Raises:
        ConfigError: Wrong config or timeout.
    """
    check_seconds(seconds)
    configs = [] if run.config is None else [run.config]
    models = served_models(run, configs, collection)
    service = Service(models, run.home, Collections(run.home), QUEUE, seconds)
    server = make_server(service, local=True)
    if run.output.interactive:
        run.output.note("waiting for the messages of an MCP client: Ctrl-D or Ctrl-C ends it")
    lines = _own_stdin()
    service.start()
    try:
        asyncio.run(serve_stdio(server, lines, run.output.out))
    finally:
        service.stop()
        service.join(LAST_SECONDS)
    return DONE


def _own_stdin() -> BinaryIO:
    """What is written to this process; whatever else reads stdin finds it empty."""
    descriptor = sys.stdin.fileno()
    lines = os.fdopen(os.dup(descriptor), "rb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, descriptor)
    os.close(nothing)
    return lines
