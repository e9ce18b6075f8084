"""What the parsing process gives up before it reads a foreign file."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_DENIED = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork",
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate",
    "os.chmod", "os.chown", "os.utime", "os.kill", "os.startfile", "os.putenv", "shutil.",
    "tempfile.", "ctypes.dlopen", "http.", "urllib.", "ftplib.", "smtplib.", "webbrowser.",
    "winreg.", "sqlite3.connect",
)  # fmt: skip
_SYSTEM_DATA = ("/etc/localtime", "/usr/share/zoneinfo", "/etc/mime.types", os.devnull)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_OPEN_FILES = 64


def confine(memory_mb: int) -> None:
    """Limit memory, and give up writing, the network and files other than Python's own.

    The limits of memory and of writing are the kernel's (not on Windows, where the parent watches
    the memory); so is the loss of the network where Linux allows it. What Python itself does is
    refused everywhere by an audit hook, which cannot be taken off again.
    """
    _set_limits(memory_mb)
    _leave_network()
    sys.addaudithook(_hook())


def _set_limits(memory_mb: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = {
        resource.RLIMIT_AS: memory_mb << 20,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
    }
    for limit, value in limits.items():
        hard = resource.getrlimit(limit)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (most, most))


def _leave_network() -> None:
    """Move into a network namespace without interfaces, where the kernel lets us."""
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None)
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _hook() -> Callable[[str, tuple[Any, ...]], None]:
    readable = tuple(
        {
            os.path.realpath(folder)
            for folder in (*sys.path, sys.prefix, sys.base_prefix, *_SYSTEM_DATA)
            if folder
        }
    )

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            writes = flags & _WRITING or set(mode or "") & set("wax+")
            if isinstance(path, int):
                return
            if writes or not _is_below(os.fsdecode(path), readable):
                raise PermissionError("the parsing process opens no files")
        elif event.startswith(_DENIED):
            raise PermissionError(f"the parsing process may not use {event}")

    return hook


def _is_below(path: str, folders: tuple[str, ...]) -> bool:
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(folder) for folder in folders)
