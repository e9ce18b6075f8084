"""`main.py serve` as a process: what it says, when it refuses to start, how it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner, Result

from main import app
from pipelines.config import SHIPPED_CONFIGS
from tests.tools.server.running_server import ANSWER, SETTINGS, wait_until

if sys.platform == "win32":
    pytest.skip("needs Unix signals", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[3]
TYPING_MAIN = Path(__file__).parent / "typing_main.py"
TOKEN = "0123456789abcdef"
OVERRIDES = [part for setting in SETTINGS for part in ("--set", setting)]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["serve", *map(str, arguments)])


@contextmanager
def started(
    home: Path, *arguments: str, token: str = ""
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, when it is ready, and its address."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    if token:
        environment["YOMITOKI_TOKEN"] = token
    command = [sys.executable, str(TYPING_MAIN), "serve", "--home", str(home), "--port", "0"]
    with subprocess.Popen(
        [*command, *OVERRIDES, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
    ) as process:
        try:
            assert process.stderr is not None
            first = process.stderr.readline()
            match = re.search(r"http://[\d.]+:(\d+)/v1: models ", first)
            assert match, first + process.stderr.read()
            url = f"http://127.0.0.1:{match[1]}"
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            wait_until(lambda: httpx2.get(f"{url}/ready", headers=headers).status_code == 200, 60)
            yield process, url
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal_and_ends_with_0(home: Path, number: signal.Signals) -> None:
    with started(home) as (process, url):
        answer = httpx2.post(f"{url}/ask", json={"question": "魚道の工費は？"}, timeout=60)
        assert answer.json()["answer"].startswith(ANSWER)
        assert httpx2.get(f"{url}/v1/models").json()["data"][0]["id"] == "default"
        process.send_signal(number)
        assert process.wait(40) == 0
        assert process.stderr is not None
        assert process.stderr.read() == "ended\n"
        assert process.stdout is not None
        assert process.stdout.read() == ""


def test_a_signal_while_it_answers_ends_it_within_seconds(home: Path) -> None:
    with started(home) as (process, url):
        codes: list[int] = []

        def ask() -> None:
            answer = httpx2.post(f"{url}/ask", json={"question": "slow?"}, timeout=60)
            codes.append(answer.status_code)

        asking = threading.Thread(target=ask)
        asking.start()
        wait_until(lambda: 'working{worker="answer"} 1.0' in httpx2.get(f"{url}/metrics").text)
        told = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0
        assert time.monotonic() - told < 25, "the answer would take a minute"
        asking.join(10)
        assert codes == [503]


def test_each_config_is_a_model_called_by_its_file(home: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        text = f"extends: {SHIPPED_CONFIGS / 'default.yaml'}\n"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    given = ("--config", str(tmp_path), "--config", str(SHIPPED_CONFIGS / "fast.yaml"))
    with started(home, *given) as (_, url):
        models = httpx2.get(f"{url}/v1/models").json()["data"]
        assert [model["id"] for model in models] == ["first", "second", "fast"]
        for name in ("first", "fast"):
            body = {"question": "魚道の工費は？", "model": name}
            answer = httpx2.post(f"{url}/ask", json=body, timeout=60)
            assert answer.json()["answer"].startswith(ANSWER)


def test_other_machines_are_served_with_a_token_that_no_list_of_processes_shows(home: Path) -> None:
    with started(home, "--host", "0.0.0.0", token=TOKEN) as (process, url):
        assert httpx2.get(f"{url}/v1/models").status_code == 401
        assert TOKEN not in Path(f"/proc/{process.pid}/cmdline").read_text()


def test_a_port_in_use_is_1(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        failed = run("--home", home, "--port", str(port))
    assert failed.exit_code == 1
    assert f"yomitoki: 127.0.0.1:{port}: the port is in use: choose another" in failed.output


def test_a_host_that_is_none_is_2(home: Path) -> None:
    command = [sys.executable, str(TYPING_MAIN), "serve", "--home", str(home)]
    failed = subprocess.run(
        [*command, "--host", "no such host", "--token", TOKEN],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert failed.returncode == 2
    assert failed.stderr == (
        "yomitoki: --host no such host: not a name or address: such as 127.0.0.1\n"
    )


def test_a_first_model_that_cannot_be_opened_is_1(tmp_path: Path) -> None:
    failed = run("--home", tmp_path, "--port", "0")
    assert failed.exit_code == 1
    assert "yomitoki: collection 'default': not found: run python main.py ingest" in failed.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "other machines can ask there: set a token in YOMITOKI_TOKEN"),
        (["--token", "short"], "--token: must be 16 or more"),
        (["--allow-origin", "docs.lan"], "not an origin"),
        (["--config", "nowhere.yaml"], "nowhere.yaml: no such file"),
        (["--config", str(ROOT / "docs")], "no *.yaml in this folder"),
        (["--config", str(ROOT / "configs" / "default.yaml")] * 2, "two files are called default"),
        (["--set", "retriever.topk=5"], "topk"),
        (["--queue", "0"], "--queue"),
        (["--timeout", "0"], "--timeout 0: must be from 1 to 86,400 seconds"),
        (["--timeout", "nan"], "--timeout nan"),
        (["--port", "65536"], "--port"),
    ],
)
def test_wrong_usage_is_2(home: Path, arguments: list[str], said: str) -> None:
    failed = run("--home", home, *arguments)
    assert failed.exit_code == 2
    assert said in failed.output
