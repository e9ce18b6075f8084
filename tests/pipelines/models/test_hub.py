"""The hub source against a local hub that serves well, stalls, cuts, lies and refuses."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from local_hub import COMMIT, LocalHub, serve_hub
from local_index import model_in_parts, sha256

from pipelines.models.catalogue import HubRepository, ModelFile
from pipelines.models.hub import fetch
from pipelines.models.hub_probe import HubLimits
from pipelines.models.source_error import SourceError

PATIENT = HubLimits(connect_seconds=30, answer_seconds=30, stall_seconds=30, attempts=2)
QUICK = HubLimits(connect_seconds=30, answer_seconds=30, stall_seconds=0.5, attempts=2)
REPOSITORY = HubRepository("someone/tiny", "main")


@pytest.fixture
def file(content: bytes) -> ModelFile:
    return model_in_parts(content, 1).files[0]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "file.hub"


def _fetch(
    hub: LocalHub,
    file: ModelFile,
    target: Path,
    online: pytest.MonkeyPatch,
    limits: HubLimits = PATIENT,
) -> list[int]:
    heard: list[int] = []
    online.setenv("HF_ENDPOINT", hub.endpoint)
    fetch(REPOSITORY, file, target, heard.append, limits)
    return heard


def test_brings_the_file_and_counts_its_bytes(
    content: bytes, file: ModelFile, target: Path, online: pytest.MonkeyPatch
) -> None:
    with serve_hub(LocalHub(content)) as hub:
        heard = _fetch(hub, file, target, online)
    assert target.read_bytes() == content
    assert heard == sorted(heard)
    assert heard[-1] == 60_000
    assert hub.asked[0][:2] == ("HEAD", "/someone/tiny/resolve/main/tiny.gguf")


def test_goes_on_after_the_bytes_that_are_there(
    content: bytes, file: ModelFile, target: Path, online: pytest.MonkeyPatch
) -> None:
    target.write_bytes(content[:20_000])
    with serve_hub(LocalHub(content)) as hub:
        _fetch(hub, file, target, online)
    assert target.read_bytes() == content
    assert hub.ranges_asked() == ["bytes=20000-"]


def test_starts_anew_when_the_server_ignores_the_range(
    content: bytes, file: ModelFile, target: Path, online: pytest.MonkeyPatch
) -> None:
    target.write_bytes(b"x" * 20_000)
    with serve_hub(LocalHub(content, ranges=False)) as hub:
        _fetch(hub, file, target, online)
    assert target.read_bytes() == content


def test_a_connection_cut_again_and_again_still_ends(
    content: bytes, file: ModelFile, target: Path, online: pytest.MonkeyPatch
) -> None:
    with serve_hub(LocalHub(content, cut_after=16_384)) as hub:
        _fetch(hub, file, target, online)
    assert target.read_bytes() == content
    assert hub.ranges_asked() == ["", "bytes=16384-", "bytes=32768-", "bytes=49152-"]


def test_a_server_that_cuts_after_a_few_bytes_is_given_up(
    content: bytes, file: ModelFile, target: Path, online: pytest.MonkeyPatch
) -> None:
    with (
        serve_hub(LocalHub(content, cut_after=1024)) as hub,
        pytest.raises(SourceError, match="closed"),
    ):
        _fetch(hub, file, target, online)
    # The second request may die on the connection that the server is closing, unheard by it.
    assert hub.ranges_asked() in ([""], ["", "bytes=1024-"])


def test_a_stalled_server_is_given_up_and_what_came_is_kept(
    content: bytes, file: ModelFile, target: Path, online: pytest.MonkeyPatch
) -> None:
    with serve_hub(LocalHub(content, stall_after=8192, ranges=False)) as hub:
        started = time.monotonic()
        with pytest.raises(SourceError, match="timed out"):
            _fetch(hub, file, target, online, QUICK)
    assert time.monotonic() - started < 15
    assert target.read_bytes() == content[:8192]


def test_a_server_that_never_answers_is_given_up_in_time(
    content: bytes, file: ModelFile, target: Path, online: pytest.MonkeyPatch
) -> None:
    with serve_hub(LocalHub(content, silent=True)) as hub:
        for connect, answer, said in ((0.5, 30, "timed out"), (30, 0.5, "no answer within")):
            started = time.monotonic()
            with pytest.raises(SourceError, match=said):
                _fetch(hub, file, target, online, HubLimits(connect, answer, 30, 2))
            assert time.monotonic() - started < 5


def test_a_trickle_is_given_up(
    content: bytes, file: ModelFile, target: Path, online: pytest.MonkeyPatch
) -> None:
    limits = HubLimits(30, 30, 30, 2, window_seconds=0.3, slowest_bytes_per_second=1_000_000)
    big = content * 20
    file = ModelFile("tiny.gguf", len(big), sha256(big), "tiny.gguf", ())
    with (
        serve_hub(LocalHub(big, pause_seconds=0.002)) as hub,
        pytest.raises(SourceError, match="too slow"),
    ):
        _fetch(hub, file, target, online, limits)


def test_other_bytes_are_refused_before_they_are_loaded(
    content: bytes, file: ModelFile, target: Path, online: pytest.MonkeyPatch
) -> None:
    with (
        serve_hub(LocalHub(content, etag="f" * 64)) as hub,
        pytest.raises(SourceError, match=r"tiny\.gguf has another digest there"),
    ):
        _fetch(hub, file, target, online)
    with (
        serve_hub(LocalHub(content[:-1])) as hub,
        pytest.raises(SourceError, match=r"has 59,999 bytes there, not 60,000"),
    ):
        _fetch(hub, file, target, online)
    assert not target.exists()
    assert hub.ranges_asked() == []


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_refusal_names_its_status(
    status: int, content: bytes, file: ModelFile, target: Path, online: pytest.MonkeyPatch
) -> None:
    with (
        serve_hub(LocalHub(content, status=status)) as hub,
        pytest.raises(SourceError, match=f"answered {status}"),
    ):
        _fetch(hub, file, target, online)


def test_no_server_is_said_in_a_line(
    file: ModelFile, target: Path, online: pytest.MonkeyPatch
) -> None:
    del online
    with pytest.raises(SourceError, match="not reached") as caught:
        fetch(REPOSITORY, file, target, lambda _: None, PATIENT)
    assert "\n" not in str(caught.value)


def test_switched_off_it_asks_nobody(file: ModelFile, target: Path) -> None:
    with pytest.raises(SourceError, match="HF_HUB_OFFLINE"):
        fetch(REPOSITORY, file, target, lambda _: None, PATIENT)


def test_a_file_in_the_hugging_face_cache_needs_no_network(
    content: bytes,
    file: ModelFile,
    target: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from huggingface_hub import constants

    cache = tmp_path / "hub"
    snapshot = cache / "models--someone--tiny" / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (snapshot / "tiny.gguf").write_bytes(content)
    refs = cache / "models--someone--tiny" / "refs"
    refs.mkdir()
    (refs / "main").write_text(COMMIT)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    fetch(REPOSITORY, file, target, lambda _: None, PATIENT)
    assert target.read_bytes() == content
    target.unlink()
    assert (snapshot / "tiny.gguf").read_bytes() == content
