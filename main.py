"""The command line: each command names its options and calls its room."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tools.command_line import Invocation, command

_COLLECTION = Annotated[
    str | None, typer.Option("--collection", metavar="NAME", help="Same as --set collection=NAME.")
]
_QUESTION = Annotated[str | None, typer.Argument(metavar="QUESTION", help="In quotes.")]
_QUESTIONS = Annotated[
    Path | None,
    typer.Option(
        "--questions",
        metavar="FILE.jsonl",
        help='Ask each line of a file, {"id": …, "question": …}; writes a JSON object a line.',
    ),
]


def _group(help_: str) -> typer.Typer:
    return typer.Typer(
        help=help_,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,  # importing rich would double the time of --help
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )


app = _group(
    "Ask questions about messy Japanese and English documents: a local model answers and cites."
    "\n\n\b\nTo begin:\n"
    "  python main.py models pull\n"
    "  python main.py ingest samples\n"
    '  python main.py ask "講義の日程は？"\n'
    "\n"
    "COMMAND --help shows what each takes, with examples. Exit codes: 0 done, 1 failed, "
    "2 wrong usage or config, 130 stopped by Ctrl-C."
)
config_app = _group("Show, check and describe config files.")
app.add_typer(config_app, name="config")


@command(
    app,
    "search",
    'search "強化学習の報酬とは"',
    'search "reward design" -k 3 --json',
    "search --questions questions.jsonl > found.jsonl",
)
def search(
    run: Invocation,
    question: _QUESTION = None,
    questions: _QUESTIONS = None,
    top_k: Annotated[
        int | None, typer.Option("-k", metavar="N", min=1, help="Passages to show.")
    ] = None,
    collection: _COLLECTION = None,
) -> int:
    """Find the passages nearest to a question, without answering it."""
    from tools.commands import questions as asking

    return asking.search(run, question, questions, top_k, collection)


@command(
    app,
    "ask",
    'ask "講師は報酬の設計について何と言った？"',
    'ask "What is a reward?" --config configs/fast.yaml',
    "ask --questions questions.jsonl > answers.jsonl",
)
def ask(
    run: Invocation,
    question: _QUESTION = None,
    questions: _QUESTIONS = None,
    collection: _COLLECTION = None,
) -> int:
    """Answer a question from the documents, with citations, or say that they do not tell."""
    from tools.commands import questions as asking

    return asking.ask(run, question, questions, collection)


@command(
    app,
    "chat",
    "chat",
    "chat --config configs/fast.yaml",
    "chat < questions.txt > answers.txt",
)
def chat(run: Invocation, collection: _COLLECTION = None) -> int:
    """Talk with the documents: follow-up questions are understood from what was said.

    On a terminal answers appear as they are written, Ctrl-C stops an answer and Ctrl-D ends the
    chat. From a pipe, each line is a question.
    """
    from tools.commands import chatting

    return chatting.chat(run, collection)


@command(
    config_app,
    "show",
    "config show",
    "config show --config configs/fast.yaml --set retriever.top_k=5",
)
def config_show(run: Invocation) -> None:
    """Print every setting in force, as a config file that gives the same settings again."""
    from tools.commands import configs

    configs.show(run)


@command(config_app, "validate", "config validate my.yaml", "config validate configs/*.yaml --json")
def config_validate(
    run: Invocation,
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE...")] = None,
) -> int:
    """Check config files: every wrong key is named with its place and what is allowed."""
    from tools.commands import configs

    return configs.validate(run, files)


@command(config_app, "schema", "config schema > pipeline.schema.json")
def config_schema(run: Invocation) -> None:
    """Print the JSON Schema of config files, with which an editor checks and completes them."""
    from tools.commands import configs

    configs.schema(run)


if __name__ == "__main__":
    app()
