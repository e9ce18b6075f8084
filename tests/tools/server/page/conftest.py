"""A home with a note, a transcript and a report, and one server with the page for all tests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipelines.config import load_config
from pipelines.indexing import ingest_paths
from tests.tools.server.page.browsing import Served, served

EVIL = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
ESCAPES = "\x1b]52;c;cm0=\x07\u202egpj.exe"
REPORT = """<!doctype html><html><head><style>p { color: red; }</style></head><body>
<p style="margin: 0">demo report</p><script>document.title = "filtered";</script></body></html>"""


@dataclass
class Canary:
    """A listener that nothing may ask."""

    port: int
    heard: list[bytes] = field(default_factory=list)

    @property
    def markup(self) -> str:
        """What would load from it wherever it is read as markup."""
        at = f"http://127.0.0.1:{self.port}"
        return f'<img src="{at}/tag.png"> ![image]({at}/markdown.png)'


@pytest.fixture(scope="session")
def canary() -> Iterator[Canary]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = Canary(listener.getsockname()[1])

        def listen() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    found.heard.append(connection.recv(1000))

        threading.Thread(target=listen, daemon=True).start()
        yield found


@pytest.fixture(scope="session")
def page_home(tmp_path_factory: pytest.TempPathFactory, canary: Canary) -> Path:
    home = tmp_path_factory.mktemp("page")
    evil = f"{EVIL}{ESCAPES} {canary.markup}"
    turns = "".join(
        f"🎤 SPEAKER_{n % 2} [{n * 10}s - {n * 10 + 10}s]\n{n}番目の話です。\n\n" for n in range(12)
    )
    talk = (
        f"# 第三回の会議\n\n{turns}🎤 SPEAKER_7 [605s - 620s]\n"
        f"魚道の工費は三億円です。{evil}\n\n🎤 SPEAKER_1 [620s - 630s]\n以上です。\n"
    )
    (home / "会議.md").write_text(talk, encoding="utf-8")
    settings = load_config(None, ["collection=default"])
    assert not ingest_paths(settings, home, [home / "会議.md"]).failed
    report = home / "evals" / "runs" / "demo" / "report.html"
    report.parent.mkdir(parents=True)
    report.write_text(REPORT, encoding="utf-8")
    return home


@pytest.fixture(scope="session")
def answer(canary: Canary) -> str:
    """What the model writes."""
    return f"魚道の工費は三億円です。{EVIL}{ESCAPES} {canary.markup}"


@pytest.fixture(scope="session")
def page(page_home: Path, answer: str) -> Iterator[Served]:
    with served(page_home, answer) as started:
        yield started
