"""The Python of docs/parts.md runs, with a scripted model and made-up vectors for real ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from llama_index.core.base.llms.types import ChatMessage

from benchmarks.synthetic_corpus import ClusteredEmbedding, identity
from pipelines.llms.protocol import Likelihood
from pipelines.node_parsers.sentence import SentenceParserSettings
from storage.collection import Collection
from storage.ingestion import ingest
from storage.readers.discovery import find_files
from storage.readers.reader import read_all
from storage.readers.settings import FileReaderSettings
from tests.pipelines.scripted_llm import ScriptedLLM

ROOT = Path(__file__).resolve().parent.parent
BLOCKS = re.findall(
    r"^```python\n(.*?)^```$", (ROOT / "docs" / "parts.md").read_text("utf-8"), re.DOTALL | re.M
)


class LikelyLLM(ScriptedLLM):
    """Every text is as likely as it is short."""

    def log_likelihoods(
        self,
        messages: Sequence[ChatMessage],  # noqa: ARG002
        texts: Sequence[str],
    ) -> list[Likelihood]:
        return [Likelihood(-float(len(text)), len(text)) for text in texts]


def test_every_block_runs_after_the_one_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    embed_model = ClusteredEmbedding()
    files = find_files([ROOT / "samples" / "lecture"]).files
    report = ingest(
        read_all(files, FileReaderSettings()),
        home=tmp_path,
        name="sample",
        identity=identity(),
        node_parser=SentenceParserSettings().build(),
        embed_model=embed_model,
    )
    assert not report.failed
    opening, *blocks = BLOCKS
    assert "Collection(home" in opening
    names: dict[str, object] = {}
    exec("from pipelines.parts import Parts", names)
    with Collection(tmp_path, "sample") as collection:
        names |= {
            "collection": collection,
            "documents": [collection.document("lecture.md")],
            "embed_model": embed_model,
            "llm": LikelyLLM("1. 川会議は木曜日ですか？\n2. 川会議は公民館ですか？"),
        }
        for block in blocks:
            exec(block, names)
    printed = capsys.readouterr().out
    for kind in ("dense", "bm25", "phonetic", "fusion", "cascade", "multi_query", "hyde", "web"):
        assert re.search(rf"^{kind} [1-9]", printed, re.M), printed
    assert "RankedOption" in printed
