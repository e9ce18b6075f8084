"""Model repositories of the Hugging Face hub as folders of this disk."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from pipelines.errors import ConfigError, YomitokiError
from pipelines.models.hub_probe import ask, file_url
from pipelines.models.source_error import SourceError

_UNUSED = ["onnx/*", "openvino/*", "*.onnx", "*.h5", "*.msgpack", "*.ot", "*.gguf", "*.pdf"]


def named_folder(model: str, setting: str, examples: str) -> Path | None:
    """The folder that a config names, or None when the name is not one of a folder.

    Args:
        model: What the config says.
        setting: Key path for messages, such as ``embedding.model``.
        examples: What else may be named, for messages.

    Raises:
        ConfigError: There is no such folder, or no model in it.
    """
    local = Path(model).expanduser()
    if not (local.is_dir() or model.startswith((".", "~", os.sep)) or model.count("/") > 1):
        return None
    if not local.is_dir():
        raise ConfigError(f"{setting}: no folder {model}: name a folder, {examples}")
    if not any((local / name).is_file() for name in ("modules.json", "config.json")):
        raise ConfigError(
            f"{setting}: {model} holds no model: it has no modules.json or config.json"
        )
    return local


def model_folder(model: str, revision: str | None, setting: str, examples: str) -> Path:
    """The folder of a model that a config names: the folder itself, or a hub id's files.

    Args:
        model: What the config says, a folder or ``owner/name``.
        revision: Of a hub id; see `repository`.
        setting: Key path of the part that holds `model` and `revision`, for messages.
        examples: What else may be named, for messages.

    Raises:
        ConfigError: There is no such folder, no model in it, or a folder is given a revision.
        YomitokiError: Not in the cache, and the hub does not deliver it.
    """
    folder = named_folder(model, f"{setting}.model", examples)
    if folder is None and "/" in model:
        instead = f"connect once, or set {setting}.model to a folder that holds it"
        return repository(model, revision, f"{setting}.model", instead)
    if folder is None:
        raise ConfigError(f"{setting}.model: no folder {model}: name a folder, {examples}")
    if revision is not None:
        raise ConfigError(f"{setting}.revision: the folder {model} has none: leave it out")
    return folder


def repository(model: str, revision: str | None, setting: str, instead: str) -> Path:
    """The folder of a hub id's files: from the Hugging Face cache, else downloaded.

    What is in the cache never needs the network. A hub that is not there is given up in seconds.

    Args:
        model: Hub id, ``owner/name``.
        revision: Branch, tag or commit; without it, the commit that was downloaded first.
        setting: Key path for messages.
        instead: What to do when the hub does not deliver, for the message.

    Raises:
        ConfigError: That is no hub id.
        YomitokiError: Not in the cache, and the hub does not deliver it.
    """
    from httpx2 import HTTPError
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        path = Path(snapshot_download(model, revision=revision, local_files_only=True))
        if _has_weights(path):
            return path
    except HFValidationError as error:
        raise ConfigError(f"{setting}: '{model}' is no hub id: {error}") from error
    except LocalEntryNotFoundError:
        pass
    endpoint = os.environ.get("HF_ENDPOINT") or None
    everything = partial(
        snapshot_download, model, revision=revision, etag_timeout=5, endpoint=endpoint
    )
    try:
        ask(file_url(model, "config.json", revision))
        path = Path(everything(ignore_patterns=[*_UNUSED, "*.bin"]))
        if not _has_weights(path):
            everything(ignore_patterns=_UNUSED)
    except (SourceError, HTTPError, OSError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise YomitokiError(
            f"{model}: not in the Hugging Face cache and the hub does not deliver it"
            f" ({first[:120]}): {instead}"
        ) from error
    return path


def _has_weights(path: Path) -> bool:
    return (path / "config.json").is_file() and any(
        next(path.rglob(pattern), None) for pattern in ("*.safetensors", "*.bin")
    )
