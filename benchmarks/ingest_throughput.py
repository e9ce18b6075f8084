"""Ingest with the embedded e5 beside the bare embedder on the very same texts.

    python benchmarks/ingest_throughput.py FOLDER

Both are run in turns, because a machine's speed drifts; ratios are of the sums. Processor time is
printed beside wall time: on a shared machine it is the fairer of the two. Then the unchanged folder
is ingested again, which must embed nothing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from llama_index.core.schema import MetadataMode

from pipelines.embeddings.embedded_e5 import DIMENSION, EmbeddedE5Settings
from pipelines.node_parsers.sentence import SentenceParserSettings
from storage.identity import CollectionIdentity, EmbeddingIdentity, ParserIdentity
from storage.ingestion import ingest, known_files
from storage.readers.discovery import find_files
from storage.readers.reader import read_all
from storage.readers.results import ReadResult
from storage.readers.settings import FileReaderSettings

NAME = "throughput"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--max-nodes", type=int, default=0, help="0 takes all files")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="yomitoki-throughput-") as folder:
        measure(Path(folder), options)
    return 0


def measure(scratch: Path, options: argparse.Namespace) -> None:
    """Rounds of both, then the unchanged re-ingest."""
    embedding = EmbeddedE5Settings(kind="embedded_e5")
    model = embedding.build(scratch)
    node_parser = SentenceParserSettings().build()
    identity = CollectionIdentity(
        EmbeddingIdentity(embedding.fingerprint(), "embedded e5", DIMENSION),
        ParserIdentity(SentenceParserSettings().fingerprint(), "sentence"),
    )
    files = find_files([options.folder]).files
    reads: list[ReadResult] = []
    texts: list[str] = []
    for read in read_all(files, FileReaderSettings()):
        if isinstance(read, ReadResult):
            nodes = node_parser.get_nodes_from_documents([read.document])
            if options.max_nodes and reads and len(texts) + len(nodes) > options.max_nodes:
                continue
            reads.append(read)
            texts += [node.get_content(MetadataMode.EMBED) for node in nodes]
    unique = list(dict.fromkeys(texts))
    print(f"{len(reads)} documents, {len(texts)} nodes, {len(unique)} different texts")
    model.get_text_embedding_batch(unique[:64])

    def run(home: Path) -> Any:
        return ingest(
            reads,
            home=home,
            name=NAME,
            identity=identity,
            node_parser=node_parser,
            embed_model=model,
        )

    bare_wall = bare_cpu = ingest_wall = ingest_cpu = 0.0
    home = scratch
    for number in range(options.rounds):
        home = scratch / f"home{number}"
        wall, cpu, _ = timed(lambda: model.get_text_embedding_batch(unique))
        bare_wall, bare_cpu = bare_wall + wall, bare_cpu + cpu
        wall, cpu, report = timed(lambda h=home: run(h))
        ingest_wall, ingest_cpu = ingest_wall + wall, ingest_cpu + cpu
        assert report.embeddings == len(unique), report
        print(f"round {number + 1}: bare {bare_wall:.1f} s, ingest {ingest_wall:.1f} s (sums)")
    rate = options.rounds * len(unique)
    print(f"bare embedder    {rate / bare_wall:8.1f} texts/s")
    print(f"ingest           {rate / ingest_wall:8.1f} texts/s")
    print(f"ratio, wall      {bare_wall / ingest_wall:8.3f}  (target 0.90)")
    print(f"ratio, processor {bare_cpu / ingest_cpu:8.3f}")
    named = {read.source for read in reads}
    again = [found for found in files if found.source in named]
    wall, cpu, report = timed(lambda: reingest(home, again, identity, node_parser, model))
    assert (report.unchanged, report.embeddings) == (len(reads), 0), report
    print(f"unchanged again  {wall:8.2f} s, processor {cpu:.2f} s, 0 embeddings  (target 3 s)")


def reingest(
    home: Path, files: list[Any], identity: CollectionIdentity, node_parser: Any, model: Any
) -> Any:
    """Reading included, as the command does it."""
    known = known_files(home, NAME, identity)
    return ingest(
        read_all(files, FileReaderSettings(), lambda source, sha: known.get(source) == sha),
        home=home,
        name=NAME,
        identity=identity,
        node_parser=node_parser,
        embed_model=model,
    )


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Wall seconds, processor seconds of this process, and the result."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return time.perf_counter() - wall, time.process_time() - cpu, result


if __name__ == "__main__":
    sys.exit(main())
