"""From files on disk to documents: one outcome a file, whatever is wrong with it."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from llama_index.core.schema import MetadataMode
from minimal_pdf import pdf, show

from pipelines.document import document_sections
from storage.readers.discovery import FoundFile, find_files
from storage.readers.formats import EXTENSIONS, FORMATS
from storage.readers.reader import read_all, read_file
from storage.readers.results import ReadFailure, ReadOutcome, ReadResult, Unchanged
from storage.readers.settings import FileReaderSettings, ReaderSettings

SETTINGS = FileReaderSettings(timeout_seconds=120)


def word_file(text: str) -> bytes:
    document = docx.Document()
    document.add_paragraph(text)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def outcomes(
    folder: Path,
    settings: FileReaderSettings = SETTINGS,
    unchanged: Callable[[str, str], bool] | None = None,
) -> dict[str, ReadOutcome]:
    return {o.source: o for o in read_all(find_files([folder]).files, settings, unchanged)}


def failure(path: Path, settings: FileReaderSettings = SETTINGS) -> ReadFailure:
    found = find_files([path]).files[0]
    outcome = read_file(found, settings)
    assert isinstance(outcome, ReadFailure)
    assert "\n" not in outcome.reason
    assert ": " in outcome.reason
    return outcome


def test_every_format_becomes_a_document(tmp_path: Path) -> None:
    contents = {
        ".txt": "本文です。".encode("cp932"),
        ".srt": "1\n00:00:01,000 --> 00:00:02,000\n字幕です。\n".encode("utf-16"),
        ".vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n字幕です。\n".encode(),
        ".md": "# 題\n本文です。\n".encode(),
        ".markdown": "本文です。".encode(),
        ".html": "<p>本文です。</p>".encode("euc_jp"),
        ".htm": "<p>本文です。</p>".encode(),
        ".xhtml": "<p>本文です。</p>".encode(),
        ".xml": "<a>本文です。</a>".encode(),
        ".pdf": pdf([show("text")]),
        ".docx": word_file("本文です。"),
        ".csv": "題,値\n本文です。,1\n".encode(),
        ".tsv": "題\t値\n本文です。\t1\n".encode(),
        ".jsonl": '{"text": "本文です。"}\n'.encode(),
        ".json": '{"segments": [{"start": 0, "end": 1, "text": "本文です。"}]}'.encode(),
    }
    assert set(contents) == set(EXTENSIONS) == set(FORMATS)
    for extension, data in contents.items():
        (tmp_path / f"file{extension}").write_bytes(data)
        (tmp_path / f"UPPER{extension.upper()}").write_bytes(data)
    found = outcomes(tmp_path)
    assert len(found) == 2 * len(contents)
    for source, outcome in found.items():
        assert isinstance(outcome, ReadResult), outcome
        extension = Path(source).suffix.lower()
        assert outcome.format == FORMATS[extension].name
        assert outcome.sha256 == hashlib.sha256(contents[extension]).hexdigest()
        assert outcome.document.metadata["source"] == source
        expected = {".pdf": "text", ".srt": "字幕です。", ".vtt": "字幕です。"}
        assert expected.get(extension, "本文です。") in outcome.document.text
        length = len(outcome.document.text)
        assert all(
            0 <= s.start_char < s.end_char <= length for s in document_sections(outcome.document)
        )


def test_sections_do_not_reach_what_a_model_reads(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# 題\n本文\n", encoding="utf-8")
    outcome = outcomes(tmp_path)["a.md"]
    assert isinstance(outcome, ReadResult)
    assert [s.metadata for s in document_sections(outcome.document)] == [{"heading": "題"}]
    assert "sections" not in outcome.document.get_content(MetadataMode.LLM)
    assert outcome.document.metadata["title"] == "題"


def test_a_bad_file_never_stops_the_rest(tmp_path: Path) -> None:
    bad = {
        "binary.txt": (b"\x89PNG\r\n" + bytes(range(256)), "binary"),
        "broken.docx": (b"PK\x03\x04 no zip", "damaged"),
        "broken.pdf": (b"%PDF-1.7 no pdf", "damaged"),
        "empty.md": (b"", "empty"),
        "blank.txt": (b" \n\n ", "no_text"),
        "image.png": (b"\x89PNG", "unsupported"),
        "README": (b"text", "unsupported"),
        "korean.txt": ("내일 오전 회의는 어디에서 열립니까?".encode("euc_kr"), "encoding"),
        "lines.jsonl": (b"{not json}\n", "damaged"),
    }
    for name, (data, _) in bad.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "zz good.txt").write_text("本文", encoding="utf-8")
    found = outcomes(tmp_path)
    kinds = {o.source: o.kind for o in found.values() if isinstance(o, ReadFailure)}
    assert kinds == {name: kind for name, (_, kind) in bad.items()}
    assert isinstance(found["zz good.txt"], ReadResult)
    assert not any(o.limit_hit for o in found.values() if isinstance(o, ReadFailure))
    assert ".docx" in str(found["image.png"])


def test_a_file_that_takes_too_long_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a slow.pdf").write_bytes(pdf([show(f"page {n}") for n in range(12_000)]))
    (tmp_path / "b.docx").write_bytes(word_file("本文"))
    found = outcomes(tmp_path, FileReaderSettings(timeout_seconds=1.5))
    slow = found["a slow.pdf"]
    assert isinstance(slow, ReadFailure)
    assert (slow.kind, slow.limit_hit) == ("timeout", True)
    assert isinstance(found["b.docx"], ReadResult)


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    path.write_bytes(b"a" * 1001)
    refused = failure(path, FileReaderSettings(max_file_mb=0.001))
    assert (refused.kind, refused.sha256) == ("too_large", None)
    assert "max_file_mb" in refused.reason
    path.write_bytes(b"a" * 1000)
    settings = FileReaderSettings(max_file_mb=0.001)
    assert isinstance(read_file(find_files([path]).files[0], settings), ReadResult)


def test_text_over_the_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n" + "1,2\n" * 100, encoding="utf-8")
    refused = failure(tmp_path / "a.csv", FileReaderSettings(max_text_chars=200))
    assert (refused.kind, refused.limit_hit) == ("expansion", True)


def test_known_bytes_are_hashed_and_not_parsed(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"not even a pdf")
    digest = hashlib.sha256(b"not even a pdf").hexdigest()
    known = {"a.pdf": digest}
    found = outcomes(tmp_path, unchanged=lambda source, sha256: known.get(source) == sha256)
    assert found == {"a.pdf": Unchanged("a.pdf", digest)}


def test_other_extensions_can_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("本文", encoding="utf-8")
    (tmp_path / "a.csv").write_text("本文", encoding="utf-8")
    found = outcomes(tmp_path, FileReaderSettings(extensions=("TXT",)))
    assert isinstance(found["a.txt"], ReadResult)
    assert isinstance(found["a.csv"], ReadFailure)


@pytest.mark.skipif(os.name != "posix", reason="needs links and pipes")
def test_a_file_that_was_swapped_after_it_was_found_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "outside.txt"
    secret.write_text("secret", encoding="utf-8")
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("link.txt", "pipe.txt", "gone.txt"):
        (folder / name).write_text("text", encoding="utf-8")
    files = find_files([folder]).files
    for name in ("link.txt", "pipe.txt", "gone.txt"):
        (folder / name).unlink()
    (folder / "link.txt").symlink_to(secret)
    os.mkfifo(folder / "pipe.txt")
    kinds = [getattr(outcome, "kind", None) for outcome in read_all(files, SETTINGS)]
    assert kinds == ["unreadable"] * 3


def test_line_ends_become_one_kind_and_the_mark_goes(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("\ufeff一\r\n二\r三\n".encode())
    outcome = outcomes(tmp_path)["a.txt"]
    assert isinstance(outcome, ReadResult)
    assert outcome.document.text == "一\n二\n三\n"


def test_a_guess_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Le café est fermé.".encode("latin-1"))
    outcome = outcomes(tmp_path)["a.txt"]
    assert isinstance(outcome, ReadResult)
    assert outcome.encoding == "cp1252"
    assert "guess" in outcome.warnings[0]


def test_reading_ends_its_process_when_it_is_abandoned(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with SETTINGS.build() as reader:
        found: list[FoundFile] = find_files([tmp_path]).files
        assert isinstance(reader.read(found[0]), ReadResult)
        first = reader.process_id
        assert isinstance(reader.read(found[1]), ReadResult)
        assert reader.process_id == first
    assert reader.process_id is None


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"extensions": ["txt", "docm"]}, "unknown extension '.docm'. Known: .txt"),
        ({"max_file_mb": 0}, "greater than 0"),
        ({"timeout_seconds": -1}, "greater than 0"),
        ({"memory_mb": 10}, "greater than or equal to 256"),
        ({"max_text_chars": 0}, "greater than or equal to 1"),
        ({"kind": "web"}, "files"),
        ({"timeout": 5}, "Extra inputs"),
    ],
)
def test_wrong_settings_are_named(values: dict[str, object], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        ReaderSettings.model_validate(values)


def test_settings_have_a_fingerprint_of_their_own() -> None:
    assert ReaderSettings().fingerprint() != ReaderSettings(extensions=("txt",)).fingerprint()
    assert ReaderSettings().extensions == EXTENSIONS
