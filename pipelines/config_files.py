"""Config files as written: `extends`, `${ENV}` and `--set`, read into one tree."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.config_tree import ConfigTree, FromEnvironment, KeyPath, Unset, dotted
from pipelines.config_yaml import MAX_CHARS, YamlError, is_text, parse
from pipelines.errors import ConfigError
from pipelines.nearest import did_you_mean

SHIPPED_CONFIGS = Path(__file__).resolve().parents[1] / "configs"

_MAX_BYTES = 4 * MAX_CHARS
_REFERENCE = re.compile(r"\$\$\{|\$\{(?P<body>[^}]*)(?P<end>\}?)")
_BODY = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>.*))?", re.DOTALL)


def read_tree(path: Path, overrides: Sequence[str], env: Mapping[str, str]) -> ConfigTree:
    """Read a config file with all that it extends, then lay the overrides over it, in order.

    Args:
        path: A YAML file with a mapping at its top. `extends: other.yaml` in it, relative to its
            own folder, names the file to start from.
        overrides: ``a.b=value`` each, the value in YAML; list entries by index: ``a.0.b=value``.
        env: Where ``${NAME}`` and ``${NAME:-default}`` are looked up; ``$${`` stands for ``${``.

    Raises:
        ConfigError: A file cannot be read or is not acceptable YAML, the files extend each other
            in a circle, a reference is malformed, or an override has no place to go.
    """
    tree = ConfigTree(file=shown(path))
    for origin, values in reversed(_layers(path, env)):
        tree.merge(values, origin)
    for override in overrides:
        _apply(tree, override, env)
    return tree


def shown(path: Path) -> str:
    """A path as messages write it: relative where it lies below the working directory."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def _layers(path: Path, env: Mapping[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """A file and what it extends, nearest first, as (origin, values)."""
    layers: list[tuple[str, dict[str, Any]]] = []
    visited: list[str] = []
    text = _read(path, missing=_missing_config(path))
    while True:
        visited.append(os.path.realpath(path))
        values = _mapping(text, shown(path), env)
        layers.append((shown(path), values))
        if "extends" not in values:
            return layers
        where = f"{shown(path)}: extends"
        parent = values.pop("extends")
        if isinstance(parent, Unset):
            raise ConfigError(f"{where}: environment variable {parent.variable} is not set")
        if not isinstance(parent, str) or not parent:
            raise ConfigError(f"{where}: must be the path of one file, such as default.yaml")
        parent_path = path.parent / parent
        if os.path.realpath(parent_path) in visited:
            circle = " -> ".join(shown(Path(p)) for p in [*visited, os.path.realpath(parent_path)])
            raise ConfigError(f"{where}: the files extend each other in a circle: {circle}")
        siblings = sorted(p.name for p in path.parent.glob("*.yaml") if p.name != path.name)
        hint = did_you_mean(Path(parent).name, siblings)
        text = _read(parent_path, missing=f"{where}: {parent!r}: no such file.{hint}")
        path = parent_path


def _missing_config(path: Path) -> str:
    names = sorted(p.name for p in SHIPPED_CONFIGS.glob("*.yaml"))
    wanted = path.name if path.suffix else path.name + ".yaml"
    hint = did_you_mean(wanted, names, lambda name: shown(SHIPPED_CONFIGS / name))
    shipped = ", ".join(names)
    return f"{shown(path)}: no such file.{hint} In {shown(SHIPPED_CONFIGS)}: {shipped}"


def _read(path: Path, missing: str) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
        if len(raw) > _MAX_BYTES:
            raise ConfigError(f"{shown(path)}: over {_MAX_BYTES:,} bytes: this is no config file")
        return raw.decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(missing) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{shown(path)}: byte {error.start}: not UTF-8: save the file as UTF-8"
        ) from error
    except OSError as error:
        raise ConfigError(f"{shown(path)}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the path
        raise ConfigError(f"{str(path)!r}: not a path") from error


def _mapping(text: str, origin: str, env: Mapping[str, str]) -> dict[str, Any]:
    try:
        values = parse(text)
    except YamlError as error:
        raise ConfigError(f"{origin}: {error}") from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        found = "a list" if isinstance(values, list) else repr(values)[:60]
        raise ConfigError(f"{origin}: must be a mapping of keys to values, got {found}")
    filled: dict[str, Any] = _fill(values, (), origin, env)
    return filled


def _apply(tree: ConfigTree, override: str, env: Mapping[str, str]) -> None:
    origin = f"--set {override}"
    key, equals, text = override.partition("=")
    parts = tuple(key.strip().split("."))
    if not equals or not all(parts):
        raise ConfigError(f"{origin}: must be KEY=VALUE, as in --set retriever.top_k=5")
    try:
        value = parse(text)
    except YamlError as error:
        raise ConfigError(f"{origin}: value: {error}") from error
    tree.set(parts, _fill(value, parts, origin, env), origin)


def _fill(value: Any, path: KeyPath, origin: str, env: Mapping[str, str]) -> Any:
    """Put environment variables into all text below a value."""
    if isinstance(value, dict):
        return {key: _fill(child, (*path, key), origin, env) for key, child in value.items()}
    if isinstance(value, list):
        return [_fill(child, (*path, i), origin, env) for i, child in enumerate(value)]
    if not isinstance(value, str) or "${" not in value:
        return value
    unset: list[str] = []
    used: list[str] = []

    def replacement(match: re.Match[str]) -> str:
        if match["body"] is None:
            return "${"
        body = _BODY.fullmatch(match["body"])
        if not body or not match["end"]:
            raise ConfigError(
                f"{origin}: {dotted(path)}: {match[0][:40]!r}: must be ${{NAME}} or "
                "${NAME:-default}; for a plain ${ write $${"
            )
        name, default = body["name"], body["default"]
        found = env.get(name)
        if default is not None:
            found = found or default
        if found is None:
            unset.append(name)
            return ""
        if not is_text(found):
            raise ConfigError(f"{origin}: {dotted(path)}: environment variable {name}: not UTF-8")
        used.append(name)
        return found

    filled = _REFERENCE.sub(replacement, value)
    if unset:
        return Unset(unset[0])
    return FromEnvironment(filled, value) if used else filled
