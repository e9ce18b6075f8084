"""What the README and the guides tell a user to type exists, and their links lead somewhere."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer
from typer.core import TyperGroup

import bootstrap
import main

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def without_fences(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(text: str) -> set[str]:
    """The headings' anchors as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+?) *$", without_fences(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_links_lead_somewhere(page: Path) -> None:
    text = without_fences(page.read_text(encoding="utf-8"))
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


def shell_lines(page: Path) -> Iterator[str]:
    """The commands in a page's fenced blocks, continuation lines joined."""
    blocks = re.findall(
        r"^```[^\n]*\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    for block in blocks:
        yield from block.replace("\\\n", " ").splitlines()


def main_arguments(line: str) -> list[str] | None:
    """What a line gives to main.py; None when it does not start it."""
    call = re.match(r"(?:\$ )?\S*python3? main\.py(?P<arguments>.*)", line)
    if call is None:
        return None
    lexer = shlex.shlex(call["arguments"], posix=True, punctuation_chars="|<>&;")
    lexer.whitespace_split = True
    words = list(lexer)
    end = next((i for i, word in enumerate(words) if set(word) <= set("|<>&;")), len(words))
    return words[:end]


def check_usage(words: list[str]) -> None:
    """Fail when a command or an option among the words does not exist."""
    command = typer.main.get_command(main.app)
    rest = list(words)
    while isinstance(command, TyperGroup) and rest and not rest[0].startswith("-"):
        assert rest[0] in command.commands, f"no command {rest[0]!r}: {words}"
        command = command.commands[rest.pop(0)]
    known = {"--help", "-h"}.union(*(parameter.opts for parameter in command.params))
    for word in rest:
        if re.match(r"--?[A-Za-z]", word):
            assert word.split("=")[0] in known, f"no option {word!r}: {words}"


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_commands_exist(page: Path) -> None:
    for line in shell_lines(page):
        words = main_arguments(line)
        if words is not None:
            check_usage(words)


def test_a_wrong_command_or_option_is_found() -> None:
    assert main_arguments('.venv/bin/python main.py ask "a > b" --json > out.json  # so') == [
        *("ask", "a > b", "--json")
    ]
    with pytest.raises(AssertionError, match="no command 'aks'"):
        check_usage(["aks", "?"])
    with pytest.raises(AssertionError, match="no option '--top'"):
        check_usage(["search", "?", "--top", "3"])


def test_the_two_commands_are_the_readmes_first_and_ci_runs_the_second() -> None:
    lines = [line for line in shell_lines(ROOT / "README.md") if "bootstrap.py" in line]
    assert [line.split("#")[0].strip() for line in lines[:2]] == [
        "python3 bootstrap.py demo",
        "python3 bootstrap.py test",
    ]
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert script[-1] == "exec python3 bootstrap.py test"


def test_the_readme_names_every_preset() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for config in (ROOT / "configs").glob("*.yaml"):
        assert f"configs/{config.name}" in readme


def test_the_demo_uses_commands_that_exist_and_stops_at_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    codes = iter([0, 0, 0, 0, 1])
    calls: list[list[str]] = []

    def run(*arguments: str) -> int:
        calls.append(list(arguments))
        return next(codes)

    monkeypatch.setattr(bootstrap, "in_environment", run)
    assert bootstrap.demo() == 0
    assert [call[:2] for call in calls] == [
        ["main.py", "models"],
        ["main.py", "ingest"],
        ["main.py", "ask"],
    ]
    for call in calls:
        check_usage(call[1:])
    assert bootstrap.demo() == 1
    assert len(calls) == 5
