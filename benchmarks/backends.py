"""The same questions on each backend, side by side in one run: passages, answers, tokens a second.

    pip install 'xllamacpp>=2026.10'
    python -m benchmarks.backends [--questions samples/questions.jsonl] [--collection sample]
                                  [--model qwen2.5-coder-1.5b] [--config FILE]... [--limit 4]
                                  [--backends huggingface,llama_cpp,openai_like] [--home DIR]

`openai_like` is llama.cpp's own HTTP server, started here on the same GGUF file; --base-url names
another. --config may be given several times, such as once for each rung of configs/ladder. For
each backend and config: whether the retriever found the same passages as with the first backend,
which answers match an alias, and how many of them are the first backend's letter for letter. Then
the tokens a second of reading a prompt of its own (prefill) and of writing (decode), the median of
--rounds, and their ratios to the first backend.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from llama_index.core.base.llms.types import ChatMessage

from evals.metrics.alias_match import alias_match
from pipelines.config import load_config
from pipelines.home import home_directory
from pipelines.llms.language_model import LanguageModel
from pipelines.llms.model_pool import ModelPool
from pipelines.llms.protocol import Finished
from pipelines.llms.served.in_process import gguf_file
from pipelines.rag import RagPipeline

BACKENDS = ("huggingface", "llama_cpp", "openai_like")
SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "questions.jsonl"
_SERVE = """
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.n_ctx, params.n_parallel, params.verbosity = sys.argv[1], 4096, 1, -1
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class Answered:
    """What one backend made of a question."""

    found: list[str]
    text: str
    matches: bool | None
    seconds: float


@contextmanager
def server_address(file: Path) -> Iterator[str]:
    """llama.cpp's server on loopback, for as long as the block lasts."""
    command = [sys.executable, "-c", _SERVE, str(file)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the server has no pipes")
        try:
            yield child.stdout.readline().strip() + "/v1"
        finally:
            child.stdin.close()


def overrides(backend: str, model: str, base_url: str) -> list[str]:
    """What makes a config use a backend."""
    chosen = {"kind": backend, "model": model}
    if backend == "openai_like":
        chosen |= {"base_url": base_url}
    return [f"llm={json.dumps(chosen)}"]


def answered(pipeline: RagPipeline, samples: Sequence[dict[str, Any]]) -> list[Answered]:
    """The questions, one after the other."""
    answers = []
    for sample in samples:
        started = time.perf_counter()
        answer = pipeline.ask(sample["question"])
        seconds = time.perf_counter() - started
        aliases = sample["answer_aliases"]
        matches = alias_match(answer.text, aliases) if aliases else None
        found = [hit.node.node_id for hit in answer.retrieved]
        answers.append(Answered(found, answer.text, matches, seconds))
        print(f"    {seconds:6.1f} s  {sample['question'][:30]}  {answer.text[:40]!r}", flush=True)
    return answers


def speeds(llm: LanguageModel, tokens: int, written: int, rounds: int) -> tuple[float, float]:
    """Tokens a second of reading a prompt that nothing was read of, and of writing."""
    read, wrote = [], []
    for turn in range(rounds):
        # Every round's prompt begins with other words, so that no cache holds any of it.
        text = f"{turn}回目。" + "川会議は毎月第二木曜日の夜七時からです。" * (tokens // 16)
        messages = [ChatMessage(content=text)]
        llm.forget()
        started = time.perf_counter()
        llm.score_choices([messages], ["はい", "いいえ"])
        read.append(llm.count_prompt_tokens(messages) / (time.perf_counter() - started))
        started = time.perf_counter()
        first = 0.0
        # What is read again is one token; what is counted begins with the first word.
        for event in llm.stream_events(messages, max_new_tokens=written):
            first = first or time.perf_counter()
            if isinstance(event, Finished):
                made = event.completion.usage.completion_tokens
                wrote.append((made - 1) / (time.perf_counter() - first))
    return median(read), median(wrote)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--questions", type=Path, default=SAMPLES)
    parser.add_argument("--collection", default="sample")
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    parser.add_argument("--config", type=Path, action="append")
    parser.add_argument("--set", dest="overrides", action="append", default=[])
    parser.add_argument("--backends", default=",".join(BACKENDS))
    parser.add_argument("--base-url")
    parser.add_argument("--limit", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=400)
    parser.add_argument("--written", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    home = home_directory(given.home)
    lines = given.questions.read_text(encoding="utf-8").splitlines()
    samples = [sample for sample in map(json.loads, lines) if sample.get("answer_aliases")][
        : given.limit
    ]
    backends = given.backends.split(",")
    answers: dict[tuple[str, str], list[Answered]] = {}
    measured: dict[str, tuple[float, float]] = {}
    for backend in backends:
        # One after the other, so that the weights are in memory once.
        with server_of(backend, given, home) as base_url:
            pool = ModelPool()
            changed = [
                *overrides(backend, given.model, base_url),
                f"collection={given.collection}",
                *given.overrides,
            ]
            for config in given.config or [None]:
                settings = load_config(config, changed)
                name = config.stem if config else "default"
                print(f"  {backend}, {name}", flush=True)
                with RagPipeline.open(settings, home, build_llm=pool.build) as pipeline:
                    answers[backend, name] = answered(pipeline, samples)
            llm = pool.build(settings.llm, home, None)
            measured[backend] = speeds(llm, given.tokens, given.written, given.rounds)
            pool.keep_only([])
            del llm
    report(backends, answers, measured)


@contextmanager
def server_of(backend: str, given: argparse.Namespace, home: Path) -> Iterator[str]:
    """Where a backend's server is; "" for one that needs none."""
    if backend != "openai_like" or given.base_url:
        yield given.base_url or ""
        return
    with server_address(gguf_file(given.model, home)) as address:
        yield address


def report(
    backends: Sequence[str],
    answers: dict[tuple[str, str], list[Answered]],
    measured: dict[str, tuple[float, float]],
) -> None:
    """Print the two tables."""
    print("\n| backend | config | same passages | right | as the first | seconds a question |")
    print("|---|---|---|---|---|---|")
    for (backend, config), mine in answers.items():
        first = answers[backends[0], config]
        pairs = list(zip(mine, first, strict=True))
        count = len(mine)
        print(
            f"| {backend} | {config} | {sum(a.found == b.found for a, b in pairs)}/{count} "
            f"| {sum(bool(a.matches) for a in mine)}/{count} "
            f"| {sum(a.text == b.text for a, b in pairs)}/{count} "
            f"| {sum(a.seconds for a in mine) / count:.1f} |"
        )
    print("\n| backend | prefill, tokens/s | ratio | decode, tokens/s | ratio |")
    print("|---|---|---|---|---|")
    read, wrote = measured[backends[0]]
    for backend, (prefill, decode) in measured.items():
        print(
            f"| {backend} | {prefill:.1f} | {prefill / read:.2f} | {decode:.1f} "
            f"| {decode / wrote:.2f} |"
        )


if __name__ == "__main__":
    main()
