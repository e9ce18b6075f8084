"""Lines of a chat: from a prompt with history on a terminal, or plainly from a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TextIO


class Lines(Protocol):
    """Where the next line comes from."""

    def read(self) -> str | None:
        """The next line without its end; None when there are no more.

        Raises:
            KeyboardInterrupt: Ctrl-C.
        """
        ...


class PipedLines:
    """Lines of a stream, without any prompt."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def read(self) -> str | None:
        line = self._stream.readline()
        return line.rstrip("\r\n") if line else None


class PromptedLines:
    """Lines typed at a prompt, with editing and a history that outlives the program.

    Pasted text of several lines stays one entry until Enter is typed.
    """

    def __init__(self, history: Path, commands: Sequence[str]) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import WordCompleter
        from prompt_toolkit.history import FileHistory
        from prompt_toolkit.shortcuts import CompleteStyle

        history.parent.mkdir(parents=True, exist_ok=True)
        # Questions may be private: the file is the user's alone from its first byte.
        os.close(os.open(history, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
        self._session: PromptSession[str] = PromptSession(
            history=FileHistory(history),
            completer=WordCompleter(list(commands), sentence=True),
            complete_while_typing=False,
            complete_style=CompleteStyle.READLINE_LIKE,
            reserve_space_for_menu=0,
        )

    def read(self) -> str | None:
        try:
            typed = self._session.prompt("> ")
        except EOFError:
            return None
        return typed.encode("utf-8", "replace").decode("utf-8")


def open_lines(history: Path, commands: Sequence[str], *, prompted: bool) -> Lines:
    """A prompt when a person types at a terminal, else stdin as it comes, as UTF-8."""
    if prompted:
        return PromptedLines(history, commands)
    reconfigure = getattr(sys.stdin, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8-sig", errors="replace")
    return PipedLines(sys.stdin)
