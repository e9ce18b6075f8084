"""The process that parses foreign files for `storage.readers.sandbox`, one after the other.

It gets a file's bytes through a pipe and answers through another, so it needs neither files nor
network, and gives both up before it reads a byte. Frames are a length (8 bytes, big-endian) and
that many bytes; headers are JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import struct
import sys
from collections.abc import Callable
from typing import IO, Any

from storage.readers.confinement import confine
from storage.readers.parsed import Parsed, ParseOptions, ReadError, one_line

_LENGTH = struct.Struct(">Q")
_GRACE_SECONDS = 30


def write_frame(stream: IO[bytes], payload: bytes) -> None:
    """Write one frame and flush it."""
    stream.write(_LENGTH.pack(len(payload)))
    stream.write(payload)
    stream.flush()


def read_frame(stream: IO[bytes], most_bytes: int) -> bytes:
    """Read one frame.

    Raises:
        EOFError: The other side is gone.
        ValueError: The frame is longer than `most_bytes`.
    """
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > most_bytes:
        raise ValueError(f"a frame of {length:,} bytes is longer than {most_bytes:,}")
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def main(memory_mb: int) -> None:
    """Answer requests until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.dont_write_bytecode = True
    requests, answers = _private_pipes()
    confine(memory_mb)
    write_frame(answers, b'{"state": "ready"}')
    while True:
        try:
            header = json.loads(read_frame(requests, 1 << 20))
            data = read_frame(requests, 1 << 40)
        except EOFError:
            return
        _set_alarm(header["timeout_seconds"] + _GRACE_SECONDS)
        try:
            parse = _parser(header["parser"])
            write_frame(answers, b'{"state": "loaded"}')
            answer, text = _parsed(parse, data, ParseOptions(**header["options"]))
        except MemoryError:
            del data
            answer, text = {"kind": "memory", "reason": ""}, b""
        write_frame(answers, json.dumps(answer).encode())
        write_frame(answers, text)
        _set_alarm(0)
        if answer.get("kind") == "memory":
            return


def _private_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """The pipes to the parent, out of reach of a library that prints."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    return requests, answers


def _set_alarm(seconds: float) -> None:
    """Let the system end this process, should the parent die and nobody watch the deadline."""
    if hasattr(signal, "alarm"):
        signal.alarm(int(seconds) + 1 if seconds else 0)


def _parser(reference: str) -> Callable[[bytes, ParseOptions], Parsed]:
    module, _, function = reference.partition(":")
    found: Callable[[bytes, ParseOptions], Parsed] = getattr(
        importlib.import_module(module), function
    )
    return found


def _parsed(
    parse: Callable[[bytes, ParseOptions], Parsed], data: bytes, options: ParseOptions
) -> tuple[dict[str, Any], bytes]:
    try:
        parsed = parse(data, options)
        answer = {
            "sections": parsed.sections,
            "metadata": parsed.metadata,
            "encoding": parsed.encoding,
            "warnings": parsed.warnings,
        }
        return answer, parsed.text.encode()
    except ReadError as error:
        return {"kind": error.kind, "reason": error.reason}, b""
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the process boundary: parsers raise anything
        name = one_line(f"{type(error).__name__}: {error}", 120)
        return {"kind": "damaged", "reason": f"its parser failed ({name}): save the file anew"}, b""
