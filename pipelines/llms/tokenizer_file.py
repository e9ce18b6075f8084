"""A model's tokenizer alone: what it counts, and which one it is, without the model's weights."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.digest import sha256_of
from pipelines.errors import ConfigError, YomitokiError
from pipelines.models.catalogue import CATALOGUE, Model
from pipelines.models.conversion import FORMS, find_checkpoint
from pipelines.models.folder import ModelFolder
from pipelines.models.hub_probe import ask, file_url
from pipelines.models.source_error import SourceError

FILE = "tokenizer.json"


@dataclass(frozen=True)
class TokenizerFile:
    """A tokenizer; `digest` is the same wherever the same tokenizer lies.

    A catalogue model's digest is known before the model is there: that of the file it comes from.
    """

    name: str
    digest: str
    find: Callable[[], Path]

    def counter(self) -> Callable[[str], int]:
        """Counts the tokens of a text, without special tokens and without a limit.

        Raises:
            YomitokiError: The model was not pulled, or the file is damaged.
        """
        from tokenizers import Tokenizer

        path = self.find()
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # The library raises nothing more precise.
            raise YomitokiError(f"{path}: no tokenizer that can be read: {error}") from error
        tokenizer.no_truncation()
        tokenizer.no_padding()

        def count(text: str) -> int:
            # A lone surrogate, which no tokenizer takes, counts as a question mark.
            clean = text.encode("utf-8", "replace").decode("utf-8")
            return len(tokenizer.encode(clean, add_special_tokens=False))

        return count


def find_tokenizer(model: str, revision: str | None, home: Path) -> TokenizerFile:
    """The tokenizer of a catalogue model, of a folder or of a hub id; nothing is loaded.

    Args:
        model: Catalogue name, folder or hub id.
        revision: Branch, tag or commit of a hub id.
        home: The home directory.

    Raises:
        ConfigError: There is no such model, or it has no tokenizer.json.
        YomitokiError: The hub does not deliver it.
    """
    known = next((m for m in CATALOGUE if m.name == model), None)
    if known is not None:
        return _catalogued(known, home)
    folder = Path(model).expanduser()
    if folder.is_dir():
        path = folder / FILE
        if not path.is_file():
            raise ConfigError(
                f"node_parser.tokenizer: {model} holds no {FILE}: save the tokenizer there with "
                "transformers' save_pretrained, or name another model"
            )
    else:
        path = _from_hub(model, revision)
    return TokenizerFile(model, sha256_of(path), lambda: path)


def _catalogued(model: Model, home: Path) -> TokenizerFile:
    folder = ModelFolder(home, model.name)
    pull = f"{model.name}: not downloaded: run python main.py models pull {model.name}"
    if model.gguf is not None:

        def converted() -> Path:
            for form in FORMS:
                if checkpoint := find_checkpoint(model, home, form):
                    return checkpoint / FILE
            if model.gguf and (folder.source / model.gguf.path).is_file():
                raise YomitokiError(
                    f"{model.name}: its tokenizer comes with its converted form: run python "
                    f"main.py models pull {model.name} --set llm.kind=huggingface"
                )
            raise YomitokiError(pull)

        return TokenizerFile(model.name, model.gguf.sha256, converted)
    for file in model.files:
        if file.path == FILE:

            def downloaded(path: Path = folder.source / file.path) -> Path:
                if not path.is_file():
                    raise YomitokiError(pull)
                return path

            return TokenizerFile(model.name, file.sha256, downloaded)
    usable = [m.name for m in CATALOGUE if m.gguf or any(f.path == FILE for f in m.files)]
    raise ConfigError(
        f"node_parser.tokenizer: {model.name} comes without a {FILE}: use llm, a folder, a hub id, "
        f"or one of {', '.join(usable)}"
    )


def _from_hub(model: str, revision: str | None) -> Path:
    from httpx2 import HTTPError
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        cached = try_to_load_from_cache(model, FILE, revision=revision)
        if isinstance(cached, str):
            return Path(cached)
        ask(file_url(model, FILE, revision))
        endpoint = os.environ.get("HF_ENDPOINT") or None
        return Path(hf_hub_download(model, FILE, revision=revision, endpoint=endpoint))
    except (SourceError, HFValidationError, HTTPError, OSError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise YomitokiError(
            f"node_parser.tokenizer: {model}: no such folder, not in the Hugging Face cache, and "
            f"the hub does not deliver its {FILE} ({first[:120]}): use a folder, a reachable hub "
            f"id, or one of {', '.join(m.name for m in CATALOGUE if m.gguf)}"
        ) from error
