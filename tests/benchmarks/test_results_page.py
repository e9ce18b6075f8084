"""The sections of docs/results.md, which are written on different days."""

from __future__ import annotations

from benchmarks.results import HEAD, SUITES, page_of, sections

FOUND = {
    "law": "2026-11-28, commit b.\n\n### lawqa_jp: 66 questions\n\n| arm | mean |\n| --- | --- |",
    "development": "2026-11-27, commit a.\n\n### development: 50 questions\n\n**recall@5**",
}


def test_a_page_is_its_sections_in_alphabetical_order() -> None:
    page = page_of(FOUND)
    assert page.startswith("# Results\n\nWritten by `python -m benchmarks.results`;")
    assert page.index("\n## development\n\n2026-11-27") < page.index("\n## law\n\n2026-11-28")
    assert page.endswith("| --- | --- |\n")


def test_what_is_written_is_read() -> None:
    assert sections(page_of(FOUND)) == FOUND
    assert sections(HEAD) == sections("") == {}


def test_a_part_of_a_section_is_no_section() -> None:
    assert list(sections("# Results\n\n## one\n\n### two\n\n#### three ## four\n")) == ["one"]


def test_a_suite_is_named_as_its_file_so_that_its_section_is_found_again() -> None:
    for path in SUITES.glob("*.yaml"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert f"name: {path.stem}" in lines, path
