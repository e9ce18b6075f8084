"""What happens on the page, without a browser: answers, their end, and reading files in."""

from __future__ import annotations

import time
from pathlib import Path

from storage.layout import collection_folder
from storage.lock import WriterLock
from tests.tools.server.page.browsing import Served, open_page
from tests.tools.server.running_server import wait_until
from tools.server.page.uploads import folder_name


def test_an_answer_appears_as_it_is_written_with_its_source(page: Served, answer: str) -> None:
    with open_page(page) as opened:
        opened.type("Your question", "魚道の工費は？")
        opened.click("Ask")
        opened.until(lambda: "Sources" in opened.texts())
        said = opened.texts()
        assert answer[:40] in said
        assert "\x1b" not in said
        assert "\u202e" not in said
        assert "\\x1b]52;c" in said, "shown as an escape"
        link = opened.find("button", "[2] 会議.md [")
        assert "SPEAKER_7" in link["text"]
        opened.happen(link, "click")
        opened.until(lambda: any(e["tag"] == "mark" for e in opened.elements.values()))
        assert opened.find("mark")["text"] == "魚道の工費は三億円です。"
        assert "10:05–10:20\nSPEAKER_7" in opened.texts(), "whose turn it is, and when"
        assert "run_javascript" not in opened.sent, "the policy would forbid it"


def test_an_answer_ends_when_it_is_stopped_or_its_page_closed(page: Served) -> None:
    with open_page(page) as opened:
        opened.type("Your question", "slow?")
        opened.click("Ask")
        opened.until(lambda: "語3、" in opened.texts())
        opened.click("Stop")
        opened.until(lambda: "Stopped." in opened.texts())
        wait_until(page.writes_nothing, 30)
        opened.type("Your question", "slow?")
        opened.click("Ask")
        opened.until(lambda: page.metric('working{worker="answer"} 1.0'))
    closed = time.monotonic()
    wait_until(page.writes_nothing, 60)
    assert time.monotonic() - closed < 45, "it would have written for a minute"


def test_a_failure_and_a_question_that_is_none_are_said(page: Served) -> None:
    with open_page(page, "ja") as opened:
        opened.type("質問", "break")
        opened.click("質問する")
        opened.until(lambda: "失敗しました。" in opened.texts())
        assert "/srv" not in opened.texts()
        assert opened.find("q-btn", "もう一度質問する")
        opened.type("質問", "？！")
        opened.click("質問する")
        opened.until(lambda: "できませんでした" in opened.texts())


def test_uploaded_files_are_read_in_with_progress_and_errors_by_file(
    page: Served, page_home: Path
) -> None:
    with open_page(page) as opened:
        given = opened.find("q-uploader")["props"]["headers"]
        headers = {"origin": page.url, **{h["name"]: h["value"] for h in given}}
        for name, content in (("予算.md", "予算は九億円です。".encode()), ("bad.pdf", b"no pdf")):
            sent = page.browser.post("/ui/upload", files={"f": (name, content)}, headers=headers)
            assert sent.status_code == 200
        opened.happen(opened.find("q-uploader"), "uploaded")
        opened.until(lambda: "Ready to be read" in opened.texts())
        opened.type("Into the collection", "upload<b>")
        opened.click("Read them in")
        opened.until(lambda: "Reading 2 files into upload<b>" in opened.texts())
        opened.until(lambda: "1 added, 0 changed, 0 unchanged, 1 not read" in opened.texts())
        assert "bad.pdf" in opened.texts()
        opened.until(lambda: "In upload<b>" in opened.texts())
    found = page.client.get("/collections/upload%3Cb%3E").json()
    assert [file["source"] for file in found["files"]] == ["予算.md"]
    kept = page_home / "uploads" / folder_name("upload<b>")
    assert sorted(path.name for path in kept.iterdir()) == ["bad.pdf", "予算.md"]


def test_another_writer_is_told_of(page: Served, page_home: Path) -> None:
    with (
        open_page(page) as opened,
        WriterLock(collection_folder(page_home, "locked"), "locked", "a test"),
    ):
        given = opened.find("q-uploader")["props"]["headers"]
        headers = {"origin": page.url, **{h["name"]: h["value"] for h in given}}
        sent = page.browser.post("/ui/upload", files={"f": ("a.md", b"text")}, headers=headers)
        assert sent.status_code == 200
        opened.type("Into the collection", "locked")
        opened.click("Read them in")
        opened.until(lambda: "Another program is writing" in opened.texts())
        assert "process" not in opened.texts(), "what holds it names files"


def test_reports_are_listed(page: Served) -> None:
    with open_page(page) as opened:
        opened.happen(opened.find("q-tabs"), "update:modelValue", "reports")
        opened.until(lambda: "demo" in opened.texts())
        assert opened.find("a", "demo")["props"]["href"] == "/ui/reports/demo"
