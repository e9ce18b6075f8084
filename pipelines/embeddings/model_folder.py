"""From the model that a config names to the folder that holds it, and to what identifies it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.component import fingerprint
from pipelines.digest import checked_digest, read_json_object
from pipelines.errors import ConfigError, YomitokiError
from pipelines.home import models_directory
from pipelines.models.repository import named_folder, repository

_OFFLINE_MODEL = "all-minilm-l6-v2"


@dataclass(frozen=True)
class ModelFolder:
    """A model on this disk; `revision` identifies its bytes, a commit or a digest of all files."""

    path: Path
    revision: str


def find_folder(model: str, revision: str | None, home: Path) -> ModelFolder:
    """The folder of a model, brought from the hub only when its name is a hub id.

    A folder of this disk is taken as it is; a name without "/" is one that ``models pull``
    brought; a hub id is looked up in the Hugging Face cache and downloaded when it is not there.
    What is on the disk never needs the network.

    Args:
        model: Folder, catalogue name or hub id.
        revision: Branch, tag or commit of a hub id.
        home: The home directory.

    Raises:
        ConfigError: No such folder, or a revision for something that has none.
        YomitokiError: Not downloaded, and the hub does not deliver it.
    """
    local = named_folder(
        model,
        "embedding.model",
        f"a hub id such as intfloat/multilingual-e5-small, or {_OFFLINE_MODEL}",
    )
    if local:
        if revision is not None:
            raise ConfigError(f"embedding.revision: the folder {model} has none: leave it out")
        marker = models_directory(home) / ".folders" / f"{fingerprint(str(local.absolute()))}.json"
        return ModelFolder(local, _digest_of(local, marker))
    if "/" not in model:
        path = models_directory(home) / model / "source"
        if not path.is_dir():
            raise YomitokiError(f"{model}: not downloaded: run python main.py models pull {model}")
        return ModelFolder(path, _digest_of(path, path.parent / "verified.json"))
    path = repository(
        model,
        revision,
        "embedding.model",
        f"connect once, or run python main.py models pull {_OFFLINE_MODEL}"
        f" and set embedding.model: {_OFFLINE_MODEL}",
    )
    return ModelFolder(path, path.name)


def dimension(folder: Path) -> int:
    """Length of the vectors, as the model's own files state it.

    Raises:
        YomitokiError: They don't.
    """
    for module in reversed(_json_list(folder / "modules.json")):
        config = read_json_object(folder / str(module.get("path", "")) / "config.json")
        for key in ("out_features", "word_embedding_dimension", "embedding_dimension"):
            if isinstance(config.get(key), int):
                return int(config[key])
    config = read_json_object(folder / "config.json")
    inner = config.get("text_config")
    for place in (config, inner if isinstance(inner, dict) else {}):
        for key in ("hidden_size", "d_model"):
            if isinstance(place.get(key), int):
                return int(place[key])
    raise YomitokiError(
        f"{folder}: no embedding model: neither modules.json nor config.json states a dimension"
    )


def own_prompts(folder: Path) -> tuple[str, str]:
    """The prompts that the model's files state for questions and for passages; "" when none."""
    prompts = read_json_object(folder / "config_sentence_transformers.json").get("prompts", {})
    if not isinstance(prompts, dict):
        return "", ""
    passage = next((prompts[n] for n in ("document", "passage", "corpus") if prompts.get(n)), "")
    return str(prompts.get("query") or ""), str(passage)


def _json_list(path: Path) -> list[dict[str, Any]]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _digest_of(folder: Path, marker: Path) -> str:
    """Hash of the names and digests of all files, whatever order the disk lists them in."""
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.parts[-2:])
    )
    return fingerprint(
        [[path.relative_to(folder).as_posix(), checked_digest(path, marker)] for path in files]
    )
