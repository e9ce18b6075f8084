"""A config file into settings of any class, and settings back into a config file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from pipelines.config_errors import config_error, place
from pipelines.config_expected import secret_paths
from pipelines.config_files import read_tree
from pipelines.config_tree import ConfigTree, FromEnvironment, KeyPath
from pipelines.config_yaml import dump
from pipelines.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Loaded(Generic[Model]):
    """Settings, and the tree they were read from."""

    settings: Model
    tree: ConfigTree

    def resolved(self) -> dict[str, Any]:
        """All settings, defaults too, as the JSON-like value of a config file.

        Secrets stand as the ``${NAME}`` they were read from, so that reading this again in the
        same environment gives equal settings.
        """
        values: dict[str, Any] = _escaped(self.settings.model_dump(mode="json"))
        for path in secret_paths(self.settings):
            written = self.tree.at(path)
            if isinstance(written, FromEnvironment):
                _parent(values, path)[path[-1]] = written.written
        return values

    def yaml(self) -> str:
        """`resolved` as YAML."""
        return dump(self.resolved())


def load(
    model: type[Model], path: Path, overrides: Sequence[str], env: Mapping[str, str]
) -> Loaded[Model]:
    """Read a config file with its overrides as settings of `model`.

    Args:
        model: The settings class of the file's top level.
        path, overrides, env: As in `config_files.read_tree`.

    Raises:
        ConfigError: The file or an override is wrong; a line a problem, each with the file or
            override, the key path, what is wrong and what is allowed.
    """
    tree = read_tree(path, overrides, env)
    try:
        settings = model.model_validate(tree.plain())
    except ValidationError as error:
        raise config_error(error, model, tree) from None
    for secret in secret_paths(settings):
        written = tree.at(secret)
        if written and not isinstance(written, FromEnvironment):
            raise ConfigError(
                f"{place(tree, secret, secret=True)}: a secret must come from the environment: "
                "write ${NAME} and set NAME"
            )
    return Loaded(settings, tree)


def _escaped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _escaped(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_escaped(child) for child in value]
    return value.replace("${", "$${") if isinstance(value, str) else value


def _parent(values: Any, path: KeyPath) -> Any:
    for part in path[:-1]:
        values = values[part]
    return values
