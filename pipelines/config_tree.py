"""Merged config values, each with the file or the override that wrote it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.errors import ConfigError

KeyPath = tuple[str | int, ...]


class FromEnvironment(str):
    """Text with environment variables filled in; `written` is how the config has it."""

    written: str

    def __new__(cls, value: str, written: str) -> FromEnvironment:
        text = super().__new__(cls, value)
        text.written = written
        return text


@dataclass(frozen=True)
class Unset:
    """Text that names an environment variable which is not set; an error only if it is used."""

    variable: str


@dataclass
class ConfigTree:
    """The values of a config, and for every key path that was written, what wrote it."""

    file: str
    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[KeyPath, str] = field(default_factory=dict)

    def merge(self, values: Mapping[str, Any], origin: str) -> None:
        """Lay values over these: mappings merge, everything else is replaced.

        A mapping of another `kind` is replaced too: the keys of the old kind mean nothing to it.
        """
        self._merge(self.values, values, (), origin)

    def _merge(
        self, below: dict[str, Any], above: Mapping[str, Any], path: KeyPath, origin: str
    ) -> None:
        for key, value in above.items():
            old = below.get(key)
            if isinstance(old, dict) and isinstance(value, dict) and _same_kind(old, value):
                self._merge(old, value, (*path, key), origin)
            else:
                below[key] = value
                self._mark((*path, key), origin)

    def set(self, parts: tuple[str, ...], value: Any, origin: str) -> None:
        """Set one value; mappings on the way are made, list entries must exist.

        Raises:
            ConfigError: The path runs through a value that is no mapping or list, or past a list.
        """
        here: Any = self.values
        path: KeyPath = ()
        for part in parts[:-1]:
            key = _key(here, part, path, origin)
            path = (*path, key)
            if isinstance(here, dict) and here.get(part) is None:
                here[part] = {}
                self._mark(path, origin)
            here = here[key]
        last = _key(here, parts[-1], path, origin)
        if last == "kind" and here.get("kind") not in (None, value):
            here.clear()
            self._mark(path, origin)
        here[last] = value
        self._mark((*path, last), origin)

    def _mark(self, path: KeyPath, origin: str) -> None:
        below = [known for known in self.origins if known[: len(path)] == path]
        for known in below:
            del self.origins[known]
        self.origins[path] = origin

    def origin(self, path: KeyPath) -> str:
        """What wrote the value at a path, or the nearest thing around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.origins:
                return self.origins[path[:length]]
        return self.file

    def at(self, path: KeyPath) -> Any:
        """The value at a path as the tree holds it, None where nothing was written."""
        here: Any = self.values
        for part in path:
            try:
                here = here[part]
            except (KeyError, IndexError, TypeError):
                return None
        return here

    def plain(self) -> dict[str, Any]:
        """The values as plain data.

        Raises:
            ConfigError: A value names an environment variable that is not set.
        """
        values: dict[str, Any] = self._plain(self.values, ())
        return values

    def _plain(self, value: Any, path: KeyPath) -> Any:
        if isinstance(value, dict):
            return {key: self._plain(child, (*path, key)) for key, child in value.items()}
        if isinstance(value, list):
            return [self._plain(child, (*path, index)) for index, child in enumerate(value)]
        if isinstance(value, Unset):
            name = value.variable
            raise ConfigError(
                f"{self.origin(path)}: {dotted(path)}: environment variable {name} is not set: "
                f"set it, or give a default: ${{{name}:-value}}"
            )
        return str(value) if isinstance(value, FromEnvironment) else value


def dotted(path: KeyPath) -> str:
    """A key path as messages write it and --set reads it: ``retriever.children.1``."""
    return ".".join(str(p) if re.fullmatch(r"[\w-]+", str(p)) else repr(p)[:60] for p in path)


def _key(here: Any, part: str, above: KeyPath, origin: str) -> str | int:
    """The key or index that a part of a --set path means in the value it leads into."""
    if isinstance(here, dict):
        return part
    name = dotted(above)
    if not isinstance(here, list):
        raise ConfigError(f"{origin}: {name} is neither a mapping nor a list: it has no {part!r}")
    if not here:
        raise ConfigError(f"{origin}: {name} is an empty list: set it whole: '{name}=[...]'")
    if not re.fullmatch(r"[0-9]{1,6}", part) or int(part) >= len(here):
        raise ConfigError(f"{origin}: {name} is a list: use an index from 0 to {len(here) - 1}")
    return int(part)


def _same_kind(below: Mapping[str, Any], above: Mapping[str, Any]) -> bool:
    return "kind" not in above or "kind" not in below or below["kind"] == above["kind"]
