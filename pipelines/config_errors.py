"""What a user reads when settings do not fit: place, what is wrong, what is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pipelines.config_expected import Expected, expected_at
from pipelines.config_files import SHIPPED_CONFIGS
from pipelines.config_tree import ConfigTree, FromEnvironment, KeyPath, dotted
from pipelines.errors import ConfigError
from pipelines.nearest import did_you_mean

MAX_PROBLEMS = 10


def config_error(error: ValidationError, model: type[BaseModel], tree: ConfigTree) -> ConfigError:
    """Say in a line a problem what the settings do not accept, at most ten of them.

    Args:
        error: What validating `tree.plain()` as `model` raised.
        model: The settings class.
        tree: Knows for each key path which file or override wrote it.
    """
    details = error.errors(include_url=False)
    lines = list(dict.fromkeys(_lines(details, model, tree)))
    if sum(detail["type"] == "missing" and len(detail["loc"]) == 1 for detail in details) > 1:
        base = SHIPPED_CONFIGS / "default.yaml"
        lines.append(f"{tree.file}: to change some parts only, begin with extends: {base}")
    if len(lines) > MAX_PROBLEMS:
        lines = [*lines[:MAX_PROBLEMS], f"{tree.file}: and {len(lines) - MAX_PROBLEMS} more"]
    return ConfigError("\n".join(lines))


def place(tree: ConfigTree, path: KeyPath, *, secret: bool = False) -> str:
    """``configs/local.yaml: retriever.top_k``, or the override that set exactly this key."""
    origin = tree.origin(path)
    if origin.startswith("--set "):
        key, _, value = origin.partition("=")
        if secret:
            origin = f"{key}=..."
        elif len(value) > 60:
            origin = f"{key}={value[:60]}..."
        if key == f"--set {dotted(path)}":
            return origin
    return f"{origin}: {dotted(path)}" if path else origin


def _lines(
    details: Iterable[ErrorDetails], model: type[BaseModel], tree: ConfigTree
) -> Iterable[str]:
    details = list(details)
    for detail in details:
        if detail["type"] == "too_short" and _holds_another(detail, details):
            continue  # Only because an element is wrong, which is said by itself.
        path, expected = expected_at(model, detail["loc"])
        kind = _is_kind(path, expected, detail["type"])
        at = path[:-1] if kind else path
        problem = _unknown_kind(detail, expected, tree.at(path)) if kind else None
        problem = problem or _problem(detail, path, expected, tree)
        if detail["type"] == "value_error":
            at, problem = _of_key(at, problem, tree.at(path))
        yield f"{place(tree, at, secret=expected.secret)}: {problem}"


def _of_key(at: KeyPath, problem: str, written: Any) -> tuple[KeyPath, str]:
    """A problem of several settings that begins with the name of one is told at that one.

    So that ``weights: 2 for 1 children`` names the file that wrote the weights.
    """
    key, colon, rest = problem.partition(": ")
    if colon and isinstance(written, dict) and key in written:
        return (*at, key), rest
    return at, problem


def _holds_another(detail: ErrorDetails, details: Iterable[ErrorDetails]) -> bool:
    at = detail["loc"]
    return any(len(d["loc"]) > len(at) and d["loc"][: len(at)] == at for d in details)


def _is_kind(path: KeyPath, expected: Expected, error: str) -> bool:
    return (
        bool(path)
        and path[-1] == "kind"
        and expected.literals != ()
        and (error in ("literal_error", "missing"))
    )


def _unknown_kind(detail: ErrorDetails, expected: Expected, written: Any) -> str:
    """A kind that a discriminator, or the literal of a lone settings class, did not accept."""
    known = sorted(str(kind) for kind in expected.kinds or expected.literals)
    if detail["type"] in ("union_tag_not_found", "missing"):
        return f"missing kind. Known: {', '.join(known)}"
    name = written.get("kind") if isinstance(written, dict) else written
    hint = did_you_mean(name, known) if isinstance(name, str) else ""
    return f"unknown kind {shown_value(name)}.{hint} Known: {', '.join(known)}"


def _problem(detail: ErrorDetails, path: KeyPath, expected: Expected, tree: ConfigTree) -> str:
    written = tree.at(path)
    match detail["type"]:
        case "union_tag_invalid" | "union_tag_not_found":
            return _unknown_kind(detail, expected, written)
        case "extra_forbidden":
            hint = did_you_mean(str(path[-1]), expected.fields)
            return f"unknown key.{hint} Allowed: {', '.join(expected.fields)}"
        case "missing":
            return f"missing: must be {expected.description}"
        case "value_error" | "assertion_error":
            return " ".join(str(detail.get("ctx", {}).get("error", detail["msg"])).split())
    got = "" if expected.secret else f", got {shown_value(written)}"
    if expected.literals and isinstance(written, str):
        hint = did_you_mean(written, [x for x in expected.literals if isinstance(x, str)])
        got = f"{got}.{hint}" if hint else got
    if expected.description == "":
        return detail["msg"][:1].lower() + detail["msg"][1:] + got
    if expected.description.startswith("text") and isinstance(written, bool | int | float):
        got += ": put it in quotes"
    return f"must be {expected.description}{got}"


def shown_value(value: Any) -> str:
    """A written value, short; one from the environment only by the variable's name."""
    if isinstance(value, FromEnvironment):
        return value.written
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
