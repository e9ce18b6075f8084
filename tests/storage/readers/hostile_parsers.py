"""Parsers that misbehave, for the sandbox to survive; it imports them by name."""

# ruff: noqa: ARG001
from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from storage.readers.parsed import Parsed, ParseOptions, ReadError

KEPT: list[bytearray] = []


def echo(data: bytes, options: ParseOptions) -> Parsed:
    text = data.decode() + options.extension
    return Parsed(text, [(0, 1, {"page": 1})], {"title": "題"}, "utf-8", ["注意"])


def process_id(data: bytes, options: ParseOptions) -> Parsed:
    return Parsed(str(os.getpid()))


def refuse(data: bytes, options: ParseOptions) -> Parsed:
    raise ReadError("encrypted", "encrypted: save it without a password first")


def spin(data: bytes, options: ParseOptions) -> Parsed:
    while True:
        pass


def sleep(data: bytes, options: ParseOptions) -> Parsed:
    time.sleep(600)
    return Parsed("")


def hog(data: bytes, options: ParseOptions) -> Parsed:
    pieces = []
    while True:
        pieces.append(bytearray(16 << 20))


def keep(data: bytes, options: ParseOptions) -> Parsed:
    KEPT.append(bytearray(150 << 20))
    return Parsed("kept")


def abort(data: bytes, options: ParseOptions) -> Parsed:
    os.abort()


def leave(data: bytes, options: ParseOptions) -> Parsed:
    os._exit(3)


def fail(data: bytes, options: ParseOptions) -> Parsed:
    raise KeyError("a\nsecond line")


def recurse(data: bytes, options: ParseOptions) -> Parsed:
    return recurse(data, options)


def chatter(data: bytes, options: ParseOptions) -> Parsed:
    sys.stdout.write("noise " * 10_000)
    os.write(1, b"noise")
    return Parsed("quiet")


def environment(data: bytes, options: ParseOptions) -> Parsed:
    return Parsed(" ".join(sorted(os.environ)) or "none")


def connect(data: bytes, options: ParseOptions) -> Parsed:
    with socket.create_connection(("127.0.0.1", int(data)), timeout=2):
        return Parsed("connected")


def write(data: bytes, options: ParseOptions) -> Parsed:
    Path(data.decode()).write_text("written")
    return Parsed("written")


def write_low(data: bytes, options: ParseOptions) -> Parsed:
    descriptor = os.open(data.decode(), os.O_WRONLY | os.O_CREAT)
    os.write(descriptor, b"written")
    return Parsed("written")


def read(data: bytes, options: ParseOptions) -> Parsed:
    return Parsed(Path(data.decode()).read_text())


def spawn(data: bytes, options: ParseOptions) -> Parsed:
    return Parsed(subprocess.check_output([sys.executable, "-c", "print(1)"]).decode())


def fork(data: bytes, options: ParseOptions) -> Parsed:
    return Parsed(str(os.fork()))


def delete(data: bytes, options: ParseOptions) -> Parsed:
    Path(data.decode()).unlink()
    return Parsed("deleted")


def long_text(data: bytes, options: ParseOptions) -> Parsed:
    return Parsed("x" * int(data))
