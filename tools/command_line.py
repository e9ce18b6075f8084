"""What all commands share: their options, their help's shape, and how they end."""

from __future__ import annotations

import functools
import inspect
import json as json_module
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from tools.output import Output
from tools.process import collect_rarely, guarded, only_results_on_stdout, quieten

if TYPE_CHECKING:
    from pipelines.config import PipelineSettings
    from pipelines.config_loading import Loaded

Command = Callable[..., int | None]


@dataclass(frozen=True)
class Invocation:
    """How a command was called: the options that every command takes.

    `config` is None for the shipped default, `home` None for the environment's or the platform's.
    """

    output: Output
    config: Path | None = None
    overrides: tuple[str, ...] = ()
    chosen_home: Path | None = None
    debug: bool = False

    @property
    def home(self) -> Path:
        """The directory that holds models and collections."""
        from pipelines.home import home_directory

        return home_directory(self.chosen_home)

    def where(self, conditions: list[str] | None) -> Invocation:
        """The same with a filter in place of the config's.

        Raises:
            ConfigError: A condition is none; see `read_filter`.
        """
        if not conditions:
            return self
        from pipelines.scope import read_filter

        filter_ = f"where={read_filter(conditions).model_dump_json()}"
        return replace(self, overrides=(*self.overrides, filter_))

    def load(self, collection: str | None = None) -> Loaded[PipelineSettings]:
        """The config with its overrides.

        Raises:
            ConfigError: A file or an override is wrong.
        """
        from pipelines.config import load_pipeline

        chosen = () if collection is None else (f"collection={json_module.dumps(collection)}",)
        return load_pipeline(self.config, (*self.overrides, *chosen))


_CONFIG = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Config file.  [default: configs/default.yaml]"),
]
_SET = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Override a setting, e.g. retriever.top_k=5. Repeatable."
    ),
]
_HOME = Annotated[
    Path | None,
    typer.Option(
        "--home",
        metavar="DIR",
        help="Models and collections.  [default: $YOMITOKI_HOME, else the platform's data folder]",
    ),
]
_JSON = Annotated[bool, typer.Option("--json", help="Write JSON alone to stdout.")]
_DEBUG = Annotated[bool, typer.Option("--debug", help="Show tracebacks and library logs.")]

_SHARED = [
    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)
    for name, kind, default in (
        ("config", _CONFIG, None),
        ("set_", _SET, None),
        ("home", _HOME, None),
        ("json", _JSON, False),
        ("debug", _DEBUG, False),
    )
]


def command(app: typer.Typer, name: str, *examples: str) -> Callable[[Command], Command]:
    """Register a function of an `Invocation` and its own options as a command.

    The shared options are added to its own, its docstring and the examples are its help, and
    the process ends with the exit code of `process.guarded`. One that has an option `config` of
    its own gets that in place of the shared one.

    Args:
        app: The group that it belongs to.
        name: As typed.
        examples: Command lines without ``python main.py``.
    """

    def register(function: Command) -> Command:
        signature = inspect.signature(function, eval_str=True)
        own = list(signature.parameters.values())[1:]

        @functools.wraps(function)
        def run(**values: Any) -> None:
            raise typer.Exit(_run(function, values))

        named = {p.name for p in own}
        shared = [p for p in _SHARED if p.name not in named]
        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + shared
        run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        app.command(name, help=_help(function, examples))(run)
        return function

    return register


def _run(function: Command, values: dict[str, Any]) -> int:
    json, debug = values.pop("json"), values.pop("debug")
    overrides, home = values.pop("set_"), values.pop("home")
    several = isinstance(values.get("config"), list)
    config = None if several else values.pop("config")
    quieten(sys.stderr, debug=debug)
    collect_rarely()

    def work() -> int | None:
        records = json or values.get("questions") is not None
        with _results(records=records) as out:
            invocation = Invocation(
                Output(out, sys.stderr, json=json), config, tuple(overrides or ()), home, debug
            )
            return function(invocation, **values)

    return guarded(work, sys.stderr, debug=debug)


def _results(*, records: bool) -> AbstractContextManager[TextIO]:
    """Where results go; what a library prints is kept out of a file, a pipe and of JSON."""
    if records or not sys.stdout.isatty():
        return only_results_on_stdout("utf-8" if records else sys.stdout.encoding)
    return nullcontext(sys.stdout)


def _help(function: Command, examples: tuple[str, ...]) -> str:
    lines = "\n".join(f"  python main.py {example}" for example in examples)
    return f"{inspect.getdoc(function)}\n\n\b\nExamples:\n{lines}"
