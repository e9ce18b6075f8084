"""Which cross-encoder a config names, and what is said when it can't be had."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from pydantic import ValidationError

from pipelines.errors import ConfigError, YomitokiError
from pipelines.parts import Parts
from pipelines.postprocessors.cross_encoder import CrossEncoderPostprocessor, CrossEncoderSettings


def test_a_menu_loads_no_heavy_library() -> None:
    root = str(Path(__file__).parents[3])
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\nimport pipelines.postprocessors.settings\n"
        "print([m for m in ('torch', 'transformers', 'sentence_transformers', 'huggingface_hub')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, root], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_a_model_must_be_named() -> None:
    with pytest.raises(ValidationError, match="model"):
        CrossEncoderSettings.model_validate({"kind": "cross_encoder"})
    assert CrossEncoderSettings(model="a/b").trust_remote_code is False


@pytest.mark.parametrize("model", ["./none", "/none/at/all", "reranker"])
def test_a_folder_that_is_not_there(model: str) -> None:
    with pytest.raises(ConfigError, match=rf"cross_encoder\.model: no folder {model}: name a fold"):
        CrossEncoderSettings(model=model).build(Parts())


def test_an_embedding_model_would_get_a_random_head_and_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["BertModel"]}))
    with pytest.raises(ConfigError, match="is a BertModel without a score: name a cross-encoder"):
        CrossEncoderSettings(model=str(tmp_path)).build(Parts())


def test_a_revision_of_a_folder_makes_no_sense(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"cross_encoder\.revision: the folder .* leave it out"):
        CrossEncoderSettings(model=str(tmp_path), revision="main").build(Parts())


def test_a_hub_that_is_not_there_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    started = time.monotonic()
    with pytest.raises(YomitokiError) as caught:
        CrossEncoderSettings(model="someone/reranker").build(Parts())
    assert time.monotonic() - started < 10
    message = str(caught.value)
    assert message.startswith("someone/reranker: not in the Hugging Face cache")
    assert message.endswith("or set cross_encoder.model to a folder that holds it")
    assert "\n" not in message


def test_no_question_is_an_error_and_no_nodes_are_none() -> None:
    part = CrossEncoderPostprocessor(CrossEncoderSettings(model="a/b"), model=None)
    assert part.postprocess_nodes([], QueryBundle("?")) == []
    with pytest.raises(ValueError, match="no question"):
        part.postprocess_nodes([NodeWithScore(node=TextNode(text="a"))])
