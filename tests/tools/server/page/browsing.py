"""A served page as a process, and what a browser says over its socket, without a browser."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
from pydantic import SecretStr
from websockets.sync.client import ClientConnection, connect

from tests.tools.server.running_server import SETTINGS, wait_until
from tools.server.page.login import COOKIE, page_key

TOKEN = "0123456789abcdef-page"
KEY = page_key(SecretStr(TOKEN))
PAGE_MAIN = Path(__file__).parent / "page_main.py"
LONG = (*SETTINGS, "query_engine.max_new_tokens=500")
OVERRIDES = [part for setting in LONG for part in ("--set", setting)]
SECONDS = 120.0


@dataclass
class Served:
    """A server with the page; `client` has the token, `browser` the cookie."""

    url: str
    client: httpx2.Client
    browser: httpx2.Client

    def metric(self, line: str) -> bool:
        return line in self.client.get("/metrics").text

    def writes_nothing(self) -> bool:
        return self.metric('working{worker="answer"} 0.0')


@contextmanager
def served(home: Path, answer: str) -> Iterator[Served]:
    """The process, when its model is loaded."""
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "YOMITOKI_TOKEN": TOKEN,
        "TYPED_ANSWER": answer,
    }
    command = [sys.executable, str(PAGE_MAIN), "serve", "--home", str(home), "--port", "0"]
    with subprocess.Popen(
        [*command, *OVERRIDES], stderr=subprocess.PIPE, encoding="utf-8", env=environment
    ) as process:
        try:
            assert process.stderr is not None
            first = process.stderr.readline()
            match = re.search(r"http://127\.0\.0\.1:(\d+)/ui: the page", first)
            assert match, first + process.stderr.read()
            url = f"http://127.0.0.1:{match[1]}"
            threading.Thread(target=process.stderr.read, daemon=True).start()
            bearer = {"Authorization": f"Bearer {TOKEN}"}
            cookie = {"Cookie": f"{COOKIE}={KEY}"}
            with (
                httpx2.Client(base_url=url, timeout=60, headers=bearer) as client,
                httpx2.Client(base_url=url, timeout=60, headers=cookie) as browser,
            ):
                wait_until(lambda: client.get("/ready").status_code == 200, SECONDS)
                yield Served(url, client, browser)
        finally:
            process.kill()


@dataclass
class OpenPage:
    """A page as its script would have it: elements by their number, kept up to date."""

    client_id: str
    elements: dict[str, dict[str, Any]]
    socket: ClientConnection
    sent: list[str] = field(default_factory=list)

    def find(self, tag: str, label: str = "") -> dict[str, Any]:
        """The first element of a tag with a label."""
        for number, element in self.elements.items():
            named = element.get("props", {}).get("label") or element.get("text") or ""
            if element["tag"] == tag and label in str(named):
                return {"number": int(number), **element}
        raise AssertionError(f"no {tag} {label!r} on the page:\n{self.texts()}")

    def texts(self) -> str:
        """All that stands on the page as text."""
        return "\n".join(str(e["text"]) for e in self.elements.values() if e.get("text"))

    def happen(self, element: dict[str, Any], kind: str, *args: object) -> None:
        """What a person does with an element."""
        listener = next(e["listener_id"] for e in element["events"] if e["type"] == kind)
        told = {
            "id": element["number"],
            "client_id": self.client_id,
            "listener_id": listener,
            "args": [json.dumps(argument) for argument in args],
        }
        self.socket.send("42" + json.dumps(["event", told]))

    def type(self, label: str, value: str) -> None:
        self.happen(self.find("q-input", label), "update:modelValue", value)

    def click(self, label: str) -> None:
        self.happen(self.find("q-btn", label), "click")

    def until(self, true: Callable[[], bool], seconds: float = SECONDS) -> None:
        """Take what the server sends until something is so."""
        deadline = time.monotonic() + seconds
        while not true():
            left = deadline - time.monotonic()
            assert left > 0, self.texts()
            try:
                message = self.socket.recv(timeout=min(left, 1.0))
            except TimeoutError:
                continue
            self._take(str(message))

    def _take(self, message: str) -> None:
        if message == "2":
            self.socket.send("3")
        if not message.startswith("42"):
            return
        name, data = json.loads(message[2:])
        self.sent.append(name)
        if name == "update":
            for number, element in data.items():
                if number == "_id":
                    continue
                if element is None:
                    self.elements.pop(number, None)
                else:
                    self.elements[number] = element


def elements_of(html: str) -> dict[str, dict[str, Any]]:
    """The elements that a page begins with."""
    match = re.search(r"parseElements\(String\.raw`(.*?)`\)", html, re.DOTALL)
    assert match
    text = match[1].replace("&#36;", "$").replace("&#96;", "`")
    text = text.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")
    elements: dict[str, dict[str, Any]] = json.loads(text)
    return elements


def socket_address(url: str, client_id: str) -> str:
    query = {
        "client_id": client_id,
        "next_message_id": 0,
        "implicit_handshake": "true",
        "document_id": uuid.uuid4(),
        "tab_id": uuid.uuid4(),
        "EIO": 4,
        "transport": "websocket",
    }
    return f"ws{url.removeprefix('http')}/ui/_nicegui_ws/socket.io/?{urlencode(query)}"


@contextmanager
def open_page(server: Served, language: str = "en") -> Iterator[OpenPage]:
    """A page that is open; it is closed at the end."""
    html = server.browser.get(f"/ui/{language}").text
    match = re.search(r"'client_id': '([0-9a-f-]+)'", html)
    assert match, html[:500]
    with connect(
        socket_address(server.url, match[1]),
        origin=server.url,  # type: ignore[arg-type]
        additional_headers={"Cookie": f"{COOKIE}={KEY}"},
        open_timeout=60,
    ) as socket:
        socket.recv(timeout=60)
        socket.send("40")
        yield OpenPage(match[1], elements_of(html), socket)
