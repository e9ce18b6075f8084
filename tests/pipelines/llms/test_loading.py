from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage

from pipelines.errors import ConfigError, YomitokiError
from pipelines.llms.huggingface_settings import HuggingFaceLLMSettings
from pipelines.llms.int8_linear import int8_layer
from pipelines.llms.loading import int8_kernel


@pytest.fixture(scope="module")
def folder(model: Any, tokenizer_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder as anyone may have one: weights, configuration, tokenizer."""
    from transformers import AutoTokenizer

    path = tmp_path_factory.mktemp("model")
    model.save_pretrained(str(path))
    AutoTokenizer.from_pretrained(str(tokenizer_folder)).save_pretrained(str(path))
    return path


@pytest.mark.parametrize("quantization", ["nf4", "int8", "bf16", "fp16", "fp32"])
def test_local_folder_answers_in_every_quantisation(
    folder: Path, tmp_path: Path, quantization: str
) -> None:
    settings = HuggingFaceLLMSettings.model_validate(
        {"kind": "huggingface", "model": str(folder), "quantization": quantization}
    )
    llm = settings.build(tmp_path)
    assert isinstance(llm.complete("東京は？", max_new_tokens=4).text, str)
    rows = llm.score_choices([[ChatMessage(content="東京は？")]], ["a", "b"])
    assert len(rows[0]) == 2


def test_catalogue_model_that_was_not_pulled_names_the_command(tmp_path: Path) -> None:
    settings = HuggingFaceLLMSettings(kind="huggingface")
    with pytest.raises(YomitokiError, match=r"models pull qwen2\.5-coder-1\.5b"):
        settings.build(tmp_path)


def test_unreachable_hub_id_says_what_may_be_named(tmp_path: Path) -> None:
    settings = HuggingFaceLLMSettings(kind="huggingface", model="nobody/no-such-model")
    with pytest.raises(YomitokiError, match=r"nobody/no-such-model.*qwen2\.5-coder-1\.5b"):
        settings.build(tmp_path)


def test_hub_model_in_the_cache_is_loaded_without_the_hub(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    repository = tmp_path / "cache" / "models--someone--tiny"
    commit = "c" * 40
    (repository / "snapshots").mkdir(parents=True)
    (repository / "snapshots" / commit).symlink_to(folder)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(repository.parent))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    settings = HuggingFaceLLMSettings(kind="huggingface", model="someone/tiny", quantization="fp32")
    assert settings.build(tmp_path).metadata.model_name == "someone/tiny"


@pytest.mark.parametrize("name", ["nobody/no-such-model", "/no/such/folder", "not a name!"])
def test_what_is_no_model_is_said_without_waiting_for_the_hub(name: str, tmp_path: Path) -> None:
    settings = HuggingFaceLLMSettings(kind="huggingface", model=name)
    with pytest.raises(YomitokiError, match=r"llm\.model: .* no such folder"):
        settings.build(tmp_path)


def test_folder_without_a_model_is_named(tmp_path: Path) -> None:
    settings = HuggingFaceLLMSettings(kind="huggingface", model=str(tmp_path))
    with pytest.raises(YomitokiError, match="can't be loaded"):
        settings.build(tmp_path)


def test_int8_kernel_belongs_to_nf4_catalogue_models() -> None:
    for wrong in ({"quantization": "bf16"}, {"model": "someone/else"}):
        settings = HuggingFaceLLMSettings.model_validate(
            {"kind": "huggingface", "cpu_kernel": "int8", **wrong}
        )
        with pytest.raises(ConfigError, match="cpu_kernel"):
            int8_kernel(settings)


@pytest.mark.skipif(int8_layer() is None, reason="no fast 8-bit product on this processor")
def test_kernel_that_is_asked_for_is_taken() -> None:
    for kernel, expected in (("int8", int8_layer()), ("bitsandbytes", None)):
        settings = HuggingFaceLLMSettings.model_validate(
            {"kind": "huggingface", "device_map": "cpu", "cpu_kernel": kernel}
        )
        assert int8_kernel(settings) is expected


def test_accelerator_keeps_bitsandbytes() -> None:
    settings = HuggingFaceLLMSettings(kind="huggingface", device_map="cuda:0")
    assert int8_kernel(settings) is None
