"""Real processes against one collection: two writers, and an ingest that is killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from storage_doubles import Shelf, assert_searches_exactly

from pipelines.errors import YomitokiError

ROOT = Path(__file__).resolve().parent.parent.parent

SLOW_WRITER = """
import sys, time
from pathlib import Path
sys.path[:0] = [sys.argv[2], sys.argv[3]]
from storage_doubles import Shelf, ClusteredEmbedding

class Slow(ClusteredEmbedding):
    def _get_text_embedding(self, text):
        print("embedding", flush=True)
        sys.stdin.readline()
        return super()._get_text_embedding(text)

Shelf(Path(sys.argv[1]), embed_model=Slow()).ingest({"slow.md": "遅い"}, command="ingest 遅い資料")
"""


def test_a_second_writer_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    files = {"a.md": "一\n二"}
    shelf.ingest(files)
    first = subprocess.Popen(
        [sys.executable, "-c", SLOW_WRITER, str(tmp_path), str(ROOT), str(Path(__file__).parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert first.stdin is not None
    assert first.stdout is not None
    try:
        assert first.stdout.readline() == "embedding\n"
        started = time.monotonic()
        with pytest.raises(
            YomitokiError,
            match=rf"collection '講義': process {first.pid} \(ingest 遅い資料, since .*\) is "
            "writing to it: wait until it ends",
        ):
            shelf.ingest({"b.md": "三"})
        assert time.monotonic() - started < 1
        assert_searches_exactly(shelf, files, through_index=True)
        first.stdin.write("\n")
        first.stdin.flush()
        assert first.wait(60) == 0
    finally:
        first.kill()
        first.wait()
        first.stdin.close()
        first.stdout.close()
    shelf.ingest({"b.md": "三"})
    assert_searches_exactly(shelf, {**files, "slow.md": "遅い", "b.md": "三"}, through_index=True)


@pytest.mark.timeout(900)  # Under a minute on an idle machine.
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the benchmark kills forks of itself")
def test_killed_ingests_lose_nothing() -> None:
    """The short form of benchmarks/ingest_kill.py."""
    command = [sys.executable, str(ROOT / "benchmarks" / "ingest_kill.py"), "--json"]
    size = ["--kills", "6", "--aimed", "4", "--documents", "15", "--lines", "12"]
    done = subprocess.run([*command, *size], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert result["faults"] == []
    assert result["kills"] == 6
    assert result["aimed at index files"] == 4
