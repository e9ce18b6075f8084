"""Collections that others fill and drop while the server runs."""

from __future__ import annotations

from pathlib import Path

from pipelines.config import load_config
from pipelines.indexing import ingest_paths
from storage.listing import drop_collection
from tests.tools.server.running_server import error_of, ingested, running


def test_what_is_ingested_and_dropped_beside_the_server_is_seen(tmp_path: Path) -> None:
    home = ingested(tmp_path)
    with running(home) as server:

        def sources(collection: str) -> set[str]:
            found = server.post("/search", question="堰の高さは？", collection=collection)
            return {node["source"] for node in found.json()["nodes"]}

        assert sources("default") == {"工費.md"}
        missing = server.post("/search", question="堰の高さは？", collection="other")
        assert (missing.status_code, error_of(missing)["code"]) == (404, "collection_not_found")

        (home / "堰.md").write_text("堰の高さは三メートルです。\n", encoding="utf-8")
        ingest_paths(load_config(None, []), home, [home / "堰.md"])
        ingest_paths(load_config(None, ["collection=other"]), home, [home / "堰.md"])
        assert sources("default") == {"工費.md", "堰.md"}
        assert sources("other") == {"堰.md"}
        assert server.post("/ask", question="堰の高さは？", collection="other").is_success

        drop_collection(home, "other")
        for path in ("/search", "/ask"):
            gone = server.post(path, question="堰の高さは？", collection="other")
            assert (gone.status_code, error_of(gone)["code"]) == (404, "collection_not_found")
        assert sources("default") == {"工費.md", "堰.md"}

        ingest_paths(load_config(None, ["collection=other"]), home, [home / "工費.md"])
        assert sources("other") == {"工費.md"}


def test_a_damaged_collection_is_the_servers_fault_and_names_no_file(tmp_path: Path) -> None:
    home = ingested(tmp_path)
    with running(home) as server:
        ingest_paths(load_config(None, ["collection=other"]), home, [home / "工費.md"])
        (catalogue,) = (home / "collections").glob("other*/*/*.sqlite*")
        catalogue.write_bytes(b"no database" * 1000)
        broken = server.post("/search", question="工費", collection="other")
        assert broken.status_code == 500
        assert str(home) not in broken.text
        listed = server.client.get("/collections")
        assert str(home) not in listed.text
        (damaged,) = (one for one in listed.json() if one["name"] == "other")
        assert damaged["problem"]
        assert server.post("/search", question="工費").is_success
