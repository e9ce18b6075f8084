"""Decisions of `llm_rerank` on CTranslate2's int8 runtime against our own, in one run.

    pip install ctranslate2==4.8.5
    python -m benchmarks.decision_runtime FOLDER "QUESTION" --work DIR [--nodes 20] [--rounds 2]
                                          [--model qwen2.5-coder-1.5b] [--home DIR]

The same prompts, in turns, the fastest round of each. CTranslate2 converts the model once, into
--work, from the pulled GGUF file; it is asked for one token after each prompt, with the beginning
that all prompts share as its cached static prompt, and the log-odds of yes against no are read from
its logits. Beside the seconds stand those of loading, what it takes on disk and in memory, and how
far its log-odds lie from ours.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import time
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import psutil

from benchmarks.rerank import passages, timed
from evals.statistics.agreement import spearman
from pipelines.config import load_config
from pipelines.home import home_directory, models_directory
from pipelines.models.conversion_worker import dequantise
from pipelines.prompts import RELATED, RELEVANT_JA


def converted(gguf: Path, work: Path) -> Path:
    """The model for CTranslate2, int8 with float32 between the products."""
    from ctranslate2.converters import TransformersConverter  # type: ignore[import-not-found]

    folder = work / "ct2"
    if not (folder / "model.bin").exists():
        plain = work / "plain"
        plain.mkdir(parents=True, exist_ok=True)
        with contextlib.redirect_stdout(io.StringIO()):  # it reports progress for a parent process
            dequantise(gguf, plain, [])
        TransformersConverter(str(plain)).convert(str(folder), quantization="int8", force=True)
    return folder


def bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def shared_beginning(prompts: list[list[int]]) -> int:
    """How many tokens all prompts begin with."""
    columns = zip(*prompts, strict=False)
    return next((at for at, tokens in enumerate(columns) if len(set(tokens)) > 1), 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("question")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--nodes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    import ctranslate2

    home = home_directory(given.home)
    gguf = next((models_directory(home) / given.model / "source").glob("*.gguf"))
    folder = converted(gguf, given.work)
    texts = passages(given.folder, given.nodes)
    asked = [RELEVANT_JA.messages(question=given.question, text=text) for text in texts]
    process = psutil.Process()

    started, before = time.perf_counter(), process.memory_info().rss
    llm = load_config(None, [f"llm.model={given.model}"]).llm.build(home)
    llm.score_choices(asked[:1], RELATED)
    ours_loading = time.perf_counter() - started
    ours_memory = process.memory_info().rss - before
    started, before = time.perf_counter(), process.memory_info().rss
    generator = ctranslate2.Generator(
        str(folder), device="cpu", compute_type="int8", intra_threads=os.cpu_count() or 1
    )
    theirs_loading = time.perf_counter() - started
    tokenizer = llm.tokenizer
    prompts = [tokenizer(llm.render(messages)).input_ids for messages in asked]
    shared = shared_beginning(prompts)
    ends = [[tokenizer.convert_ids_to_tokens(i) for i in prompt[shared:]] for prompt in prompts]
    static = [tokenizer.convert_ids_to_tokens(i) for i in prompts[0][:shared]]
    yes, no = (tokenizer(word, add_special_tokens=False).input_ids[0] for word in RELATED)
    odds: dict[str, list[float]] = {}

    def ours() -> None:
        llm.forget()
        scored = llm.score_choices(asked, RELATED)
        odds["ours"] = [float(pair[0] - pair[1]) for pair in scored]

    def theirs() -> None:
        found: list[float] = []
        for end in ends:
            result: Any = generator.generate_batch(
                [end], max_length=1, include_prompt_in_result=False, static_prompt=static,
                cache_static_prompt=True, return_logits_vocab=True, sampling_topk=1,
            )[0]  # fmt: skip
            logits = np.array(result.logits[0][0], dtype=np.float32)
            found.append(float(logits[yes] - logits[no]))
        odds["theirs"] = found

    theirs()
    theirs_memory = process.memory_info().rss - before
    rounds = [(timed(ours), timed(theirs)) for _ in range(given.rounds)]
    seconds = [min(column) for column in zip(*rounds, strict=True)]
    read = shared + sum(len(prompt) - shared for prompt in prompts)
    print(f"{len(prompts)} nodes, {read} tokens, {shared} of them shared by all\n")
    print("| runtime | seconds | against ours | tokens a second | loading | memory | on disk |")
    print("|---|---|---|---|---|---|---|")
    for name, value, loading, memory, disk in (
        ("ours", seconds[0], ours_loading, ours_memory, bytes_in(gguf.parent.parent / "nf4")),
        ("CTranslate2, int8", seconds[1], theirs_loading, theirs_memory, bytes_in(folder)),
    ):
        print(
            f"| {name} | {value:.1f} | {value / seconds[0]:.2f} | {read / value:.0f} "
            f"| {loading:.1f} s | {memory / 2**30:.1f} GiB | {disk / 2**30:.1f} GiB |"
        )
    apart = fmean(abs(a - b) for a, b in zip(odds["ours"], odds["theirs"], strict=True))
    print(
        f"\nlog-odds apart by {apart:.2f} on the mean; rank correlation "
        f"{spearman(odds['ours'], odds['theirs']):.3f}"
    )


if __name__ == "__main__":
    main()
