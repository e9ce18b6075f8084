"""What a collection of a config is built with, as far as the node parser decides it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.config import load_config
from pipelines.rag import collection_identity
from storage.identity import ParserIdentity

SMALL = "llm.model=qwen2.5-coder-0.5b"


def parser(tmp_path: Path, *overrides: str) -> ParserIdentity:
    return collection_identity(load_config(None, overrides, {}), tmp_path).parser


def test_another_model_s_tokenizer_makes_another_collection(tmp_path: Path) -> None:
    own = parser(tmp_path, "node_parser={kind: token}")
    assert own.description == "token, counted by qwen2.5-coder-1.5b"
    assert parser(tmp_path, "node_parser={kind: token}", SMALL).fingerprint != own.fingerprint


def test_the_same_tokenizer_by_another_name_makes_the_same_collection(tmp_path: Path) -> None:
    named = "node_parser={kind: token, tokenizer: qwen2.5-coder-1.5b}"
    assert parser(tmp_path, named, SMALL) == parser(tmp_path, "node_parser={kind: token}")


@pytest.mark.parametrize("kind", ["sentence", "paragraph", "semantic", "hierarchical"])
def test_a_parser_that_counts_no_tokens_does_not_depend_on_the_model(
    tmp_path: Path, kind: str
) -> None:
    override = f"node_parser={{kind: {kind}}}"
    own = parser(tmp_path, override)
    assert own == parser(tmp_path, override, SMALL)
    assert own.description == kind
