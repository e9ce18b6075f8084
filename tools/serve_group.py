"""The `serve` command: its options and help; the work is in tools.commands.serving."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tools.command_line import Invocation, command
from tools.shared_options import CollectionOption, TimeoutOption


def add_serve_command(app: typer.Typer) -> None:
    """Add `serve` to the program."""
    command(
        app,
        "serve",
        "serve",
        "serve --config configs/default.yaml --config configs/fast.yaml --port 8501",
        "serve --host 0.0.0.0 --allow-host docs.lan   # with a token in YOMITOKI_TOKEN",
    )(serve)


def serve(
    run: Invocation,
    config: Annotated[
        list[Path] | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="Config file, or a folder of them: each is a model called by its file's name. "
            "Repeatable; the first is the default one.  [default: configs/default.yaml]",
        ),
    ] = None,
    host: Annotated[
        str, typer.Option("--host", metavar="HOST", help="Where to listen.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="0: any that is free.")
    ] = 8500,
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            metavar="TOKEN",
            envvar="YOMITOKI_TOKEN",
            show_envvar=False,
            help="Wanted of every request; must be set for a --host that other machines reach. "
            "Better in YOMITOKI_TOKEN: a command line can be read by others.",
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host",
            metavar="NAME",
            help="A name by which it is reached, beside localhost and --host. Repeatable.",
        ),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-origin",
            metavar="ORIGIN",
            help="A site whose pages may ask, such as https://docs.lan. Repeatable.",
        ),
    ] = None,
    queue: Annotated[
        int, typer.Option("--queue", metavar="N", min=1, max=10_000, help="Requests that may wait.")
    ] = 16,
    timeout: TimeoutOption = 300.0,
    collection: CollectionOption = None,
) -> int:
    """Answer over HTTP: a web page, OpenAI's API for chat and embeddings, search and ask.

    Ctrl-C ends it, after what is being answered. See docs/server.md and docs/web-page.md.
    """
    from tools.commands import serving

    return serving.serve(
        run,
        config or [],
        serving.Listening(host, port, token, tuple(allow_host or ()), tuple(allow_origin or ())),
        serving.Limits(queue, timeout),
        collection,
    )
