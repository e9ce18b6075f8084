"""`config show`, `config validate` and `config schema`."""

from __future__ import annotations

from pathlib import Path

from pipelines.config import load_pipeline, pipeline_schema
from pipelines.config_files import SHIPPED_CONFIGS, shown
from pipelines.errors import ConfigError
from tools.command_line import Invocation


def show(run: Invocation) -> None:
    """Print all settings, defaults too, as a config file that loads as the same settings."""
    loaded = run.load()
    if run.output.json:
        run.output.record(loaded.resolved())
    else:
        run.output.piece(loaded.yaml())


def validate(run: Invocation, files: list[Path] | None) -> int:
    """Check files, or the --config; returns 2 if any of them is wrong."""
    results = []
    for path in files or [run.config or SHIPPED_CONFIGS / "default.yaml"]:
        errors: list[str] = []
        try:
            load_pipeline(path, run.overrides)
        except ConfigError as error:
            errors = str(error).splitlines()
        results.append({"file": str(path), "valid": not errors, "errors": errors})
        if not run.output.json:
            for line in errors or [f"{shown(path)}: valid"]:
                (run.output.note if errors else run.output.line)(line)
    if run.output.json:
        run.output.record(results)
    return 0 if all(result["valid"] for result in results) else ConfigError.exit_code


def schema(run: Invocation) -> None:
    """Print the JSON Schema of config files, which editors check and complete with."""
    if run.output.json:
        run.output.record(pipeline_schema())
    else:
        run.output.line(pretty(pipeline_schema()))


def pretty(value: object) -> str:
    """JSON over several lines."""
    import json

    return json.dumps(value, ensure_ascii=False, indent=2)
