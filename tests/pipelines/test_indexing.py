"""What tells one state of the collections that a pipeline searches from another."""

from __future__ import annotations

from pathlib import Path

from pipelines.config import load_config
from pipelines.indexing import collection_state, ingest_paths, read_documents


def test_the_state_changes_with_files_and_parsers_of_every_collection_searched(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.md").write_text("川会議は夜に開かれます。")
    (tmp_path / "b.md").write_text("魚道の工費は四百万円です。")
    home = tmp_path / "home"
    one = load_config(None, ["collection=one"])
    two = load_config(None, ["collection=two", "node_parser.max_chars=0"])
    both = load_config(
        None,
        [
            "collection=one",
            "retriever={kind: collections, sources: [{name: two, retriever: {kind: bm25}}]}",
        ],
    )
    states = [(collection_state(one, home), collection_state(both, home))]
    for settings, name in ((one, "a.md"), (two, "a.md"), (two, "b.md")):
        ingest_paths(settings, home, [tmp_path / name])
        states.append((collection_state(one, home), collection_state(both, home)))
    alone, together = zip(*states, strict=True)
    assert len(set(alone)) == 2  # nothing, then a.md; the other collection is none of its own
    assert len(set(together)) == 4


def test_documents_are_read_as_an_ingest_reads_them(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes("川会議".encode("cp932"))
    (tmp_path / "b.pdf").write_bytes(b"no pdf")
    documents, failed = read_documents(load_config().reader, [tmp_path])
    assert [(d.metadata["source"], d.text) for d in documents] == [("a.md", "川会議")]
    assert [failure.source for failure in failed] == ["b.pdf"]
