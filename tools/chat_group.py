"""The `chat` command: its options and help; the work is in tools.commands.chatting."""

from __future__ import annotations

from typing import Annotated

import typer

from tools.command_line import Invocation, command
from tools.shared_options import CollectionOption, WhereOption


def add_chat_command(app: typer.Typer) -> None:
    """Add `chat` to the program."""
    command(
        app,
        "chat",
        "chat",
        "chat --config configs/fast.yaml",
        "chat --agent --collection lectures",
        "chat < questions.txt > answers",
    )(chat)


def chat(
    run: Invocation,
    agent: Annotated[
        bool,
        typer.Option(
            "--agent",
            help="Let the model choose between documents, web, calculator and its own knowledge: "
            "the query engine of configs/agent.yaml. Questions may leave the machine.",
        ),
    ] = False,
    where: WhereOption = None,
    collection: CollectionOption = None,
) -> int:
    """Talk with the documents; follow-up questions are understood.

    On a terminal answers appear as they are written, Ctrl-C stops an answer and Ctrl-D ends the
    chat. From a pipe, each line is a question.
    """
    from tools.commands import chatting

    run = run.where(where)
    return chatting.chat(chatting.with_agent(run) if agent else run, collection)
