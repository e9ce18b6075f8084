from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipelines.digest import sha256_of
from pipelines.errors import ConfigError, YomitokiError
from pipelines.home import home_directory
from pipelines.llms.tokenizer_file import find_tokenizer
from pipelines.models.catalogue import CATALOGUE
from pipelines.models.conversion import find_checkpoint

NOWHERE = Path("no such home")
SAMPLE = Path(__file__).resolve().parents[3] / "samples" / "lecture" / "lecture.md"


def test_a_folder_s_tokenizer_counts_as_the_model_s_own(
    tokenizer_folder: Path, tokenizer: Any
) -> None:
    found = find_tokenizer(str(tokenizer_folder), None, NOWHERE)
    count = found.counter()
    # The tokenizer of the fixture has a token a byte, and puts one before each text if asked.
    for text in ("", "ab", "今日は\n雨。", "<|im_end|>"):
        assert count(text) == len(tokenizer(text, add_special_tokens=False).input_ids)
    assert count("あ") == 3
    assert found.digest == sha256_of(tokenizer_folder / "tokenizer.json")


def test_what_no_tokenizer_takes_counts_too(tokenizer_folder: Path) -> None:
    count = find_tokenizer(str(tokenizer_folder), None, NOWHERE).counter()
    assert count("a\ud800b\0") == 4


def test_limits_that_the_file_sets_are_lifted(tokenizer_folder: Path, tmp_path: Path) -> None:
    settings = json.loads((tokenizer_folder / "tokenizer.json").read_text(encoding="utf-8"))
    cut = {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0}
    filled = {"strategy": {"Fixed": 4}, "direction": "Right", "pad_to_multiple_of": None}
    filled |= {"pad_id": 0, "pad_type_id": 0, "pad_token": "<s>"}
    settings |= {"truncation": cut, "padding": filled}
    (tmp_path / "tokenizer.json").write_text(json.dumps(settings), encoding="utf-8")
    count = find_tokenizer(str(tmp_path), None, NOWHERE).counter()
    assert [count("a"), count("a" * 100)] == [1, 100]


def test_a_folder_without_a_tokenizer_or_with_a_broken_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"node_parser\.tokenizer: .* holds no tokenizer\.json"):
        find_tokenizer(str(tmp_path), None, NOWHERE)
    (tmp_path / "tokenizer.json").write_text("{", encoding="utf-8")
    with pytest.raises(YomitokiError, match="no tokenizer that can be read"):
        find_tokenizer(str(tmp_path), None, NOWHERE).counter()


def test_catalogue_models_are_told_apart_before_they_are_there() -> None:
    names = [m.name for m in CATALOGUE if m.role == "llm"] + ["all-minilm-l6-v2"]
    found = [find_tokenizer(name, None, NOWHERE) for name in names]
    assert len({tokenizer.digest for tokenizer in found}) == len(names)
    for tokenizer in found:
        with pytest.raises(YomitokiError, match=f"models pull {tokenizer.name}"):
            tokenizer.counter()


def test_a_model_without_a_tokenizer_of_its_own_names_those_that_have_one() -> None:
    with pytest.raises(ConfigError, match=r"e5-small comes without .* one of qwen2\.5-coder-1\.5b"):
        find_tokenizer("e5-small", None, NOWHERE)


@pytest.mark.parametrize("name", ["nobody/none", "no hub id at all"])
def test_what_the_hub_does_not_deliver(name: str) -> None:
    with pytest.raises(YomitokiError, match=f"{name}: no such folder, not in the Hugging Face"):
        find_tokenizer(name, None, NOWHERE)


def test_counting_loads_neither_torch_nor_transformers(tokenizer_folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from pipelines.llms.tokenizer_file import find_tokenizer\n"
        f"find_tokenizer({str(tokenizer_folder)!r}, None, Path()).counter()('a')\n"
        "assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    root = Path(__file__).resolve().parents[3]
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True, timeout=60)


@pytest.mark.model
@pytest.mark.parametrize("model", [m for m in CATALOGUE if m.role == "llm"], ids=lambda m: m.name)
def test_counts_are_those_of_transformers(model: Any) -> None:
    checkpoint = find_checkpoint(model, home_directory(), "nf4")
    if checkpoint is None:
        pytest.skip(f"{model.name} was not pulled")
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(checkpoint))
    count = find_tokenizer(model.name, None, home_directory()).counter()
    for line in SAMPLE.read_text(encoding="utf-8").splitlines():
        assert count(line) == len(tokenizer(line, add_special_tokens=False).input_ids)
