from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import ConfigError, YomitokiError
from pipelines.models.repository import named_folder, repository


def test_a_hub_id_is_no_folder_unless_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert named_folder("owner/name", "x.model", "a hub id") is None
    folder = tmp_path / "owner" / "name"
    folder.mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"x\.model: owner/name holds no model"):
        named_folder("owner/name", "x.model", "a hub id")
    (folder / "config.json").write_text("{}")
    assert named_folder("owner/name", "x.model", "a hub id") == Path("owner/name")


@pytest.mark.parametrize("model", ["./none", "/none", "~/none-of-this", "a/b/c"])
def test_a_folder_that_is_not_there_is_never_asked_of_the_hub(model: str) -> None:
    with pytest.raises(ConfigError, match=f"x.model: no folder {model}: name a folder, or Q"):
        named_folder(model, "x.model", "or Q")


def test_what_is_no_hub_id_and_what_the_hub_does_not_deliver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ConfigError, match=r"x\.model: '-/-' is no hub id"):
        repository("-/-", None, "x.model", "do this")
    with pytest.raises(YomitokiError, match=r"owner/name: not in the .* cache .*: do this$"):
        repository("owner/name", None, "x.model", "do this")
