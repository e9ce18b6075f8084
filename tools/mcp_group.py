"""The `mcp` command: its options and help; the work is in tools.commands.mcp_serving."""

from __future__ import annotations

import typer

from tools.command_line import Invocation, command
from tools.shared_options import CollectionOption, TimeoutOption


def add_mcp_command(app: typer.Typer) -> None:
    """Add `mcp` to the program."""
    command(
        app,
        "mcp",
        "mcp",
        "mcp --collection lectures",
        "mcp --config configs/fast.yaml   # in the settings of an MCP client: see docs/mcp.md",
    )(mcp)


def mcp(
    run: Invocation,
    timeout: TimeoutOption = 300.0,
    collection: CollectionOption = None,
) -> int:
    """Serve an MCP client over stdin and stdout: its model can search, ask and read documents.

    For programs that start it themselves, such as desktop assistants and editors; `serve` has the
    same at /mcp. The language model is loaded by the first question. See docs/mcp.md.
    """
    from tools.commands import mcp_serving

    return mcp_serving.serve(run, timeout, collection)
