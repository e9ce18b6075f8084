from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from storage_doubles import clustered_vector

from storage.chroma_index import ChromaIndex, IndexUnusableError
from storage.manifest import copy_verified, make_manifest, matches

VECTORS = np.array([clustered_vector(f"文{n}") for n in range(50)], dtype=np.float32)
IDS = [f"n{n:02d}" for n in range(50)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index").mkdir()
    return tmp_path / "index"


@pytest.fixture
def index(folder: Path) -> ChromaIndex:
    index = ChromaIndex(folder, "mine", create=True)
    index.upsert(IDS, VECTORS)
    return index


def test_what_was_put_in_is_found(index: ChromaIndex) -> None:
    assert index.count() == 50
    assert index.present([*IDS, "stranger"]) == set(IDS)
    answers = index.query(VECTORS[:3], 2)
    for n, hits in enumerate(answers):
        assert hits[0][0] == IDS[n]
        assert hits[0][1] == pytest.approx(1, abs=1e-5)
        expected = sorted(VECTORS @ VECTORS[n], reverse=True)[:2]
        assert [score for _, score in hits] == pytest.approx(expected, abs=1e-5)
    index.close()


def test_the_same_id_again_replaces(index: ChromaIndex) -> None:
    index.upsert([IDS[0]], -VECTORS[:1])
    assert index.count() == 50
    ((best, *_),) = index.query(-VECTORS[:1], 1)
    assert best[0] == IDS[0]
    index.close()


def test_what_is_deleted_is_not_found(index: ChromaIndex) -> None:
    index.delete([*IDS[:10], "stranger"])
    assert index.count() == 40
    assert index.present(IDS) == set(IDS[10:])
    (hits,) = index.query(VECTORS[:1], 40)
    assert {node_id for node_id, _ in hits} == set(IDS[10:])
    index.close()


def test_more_than_chroma_takes_at_once(folder: Path) -> None:
    index = ChromaIndex(folder, "mine", create=True)
    many = index.max_batch + 7
    vectors = np.eye(8, dtype=np.float32)[np.arange(many) % 8] + np.float32(0.01)
    ids = [f"{n}" for n in range(many)]
    index.upsert(ids, vectors)
    assert index.count() == many
    assert len(index.present(ids)) == many
    index.delete(ids)
    assert index.count() == 0
    index.close()


def test_it_opens_again_and_only_for_its_catalogue(index: ChromaIndex, folder: Path) -> None:
    assert index.close()
    assert index.close()
    again = ChromaIndex(folder, "mine")
    assert again.count() == 50
    again.close()
    with pytest.raises(IndexUnusableError, match="belongs to another catalogue"):
        ChromaIndex(folder, "yours")


def test_a_closed_one_is_unusable(index: ChromaIndex) -> None:
    index.close()
    with pytest.raises(IndexUnusableError):
        index.count()


def test_every_failure_is_the_same_error(index: ChromaIndex, folder: Path) -> None:
    with pytest.raises(IndexUnusableError, match="dimension"):
        index.upsert(["x"], np.ones((1, 3), dtype=np.float32))
    with pytest.raises(IndexUnusableError, match="failed before"):
        index.count()
    index.close()
    (folder / "chroma.sqlite3").write_bytes(b"x" * 10_000)
    with pytest.raises(IndexUnusableError):
        ChromaIndex(folder, "mine")


def test_a_hung_call_ends_at_the_deadline(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chroma's collection is the collaborator: a double of it sleeps."""
    index = ChromaIndex(folder, "mine", create=True, deadline_seconds=5)

    class Asleep:
        def count(self) -> int:
            time.sleep(30)
            return 0

    monkeypatch.setattr(index, "_collection", Asleep())
    monkeypatch.setattr(index, "_deadline", 0.2)
    started = time.monotonic()
    with pytest.raises(IndexUnusableError, match="no answer"):
        index.count()
    assert not index.close()
    assert time.monotonic() - started < 3


def test_files_are_still_after_closing(index: ChromaIndex, folder: Path) -> None:
    """The manifest is made right behind close: nothing may be written later."""
    index.close()
    manifest = make_manifest(folder)
    time.sleep(0.5)
    assert matches(folder, manifest)


def test_a_copy_is_checked_while_it_is_made(index: ChromaIndex, folder: Path) -> None:
    index.close()
    manifest = make_manifest(folder)
    copy = folder.parent / "copy"
    copy.mkdir()
    assert copy_verified(folder, copy, manifest)
    assert matches(copy, manifest)
    (folder / "chroma.sqlite3").write_bytes(b"")
    assert not copy_verified(folder, copy, manifest)
    (folder / "chroma.sqlite3").unlink()
    assert not copy_verified(folder, copy, manifest)
    assert not matches(folder, manifest)


def test_no_settings_are_taken_from_the_current_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text(
        "CHROMA_API_IMPL=chromadb.api.fastapi.FastAPI\nANONYMIZED_TELEMETRY=True\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    index = ChromaIndex(folder, "mine", create=True)
    index.upsert(IDS, VECTORS)
    assert not index._client.get_settings().anonymized_telemetry
    index.close()
