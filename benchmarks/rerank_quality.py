"""What reranking does to the order of 20 nodes, and in how many seconds: ours and other ways.

    python -m benchmarks.rerank_quality CORPORA QUESTIONS.jsonl --out RESULTS.jsonl
        [--nodes 20] [--limit 10] [--half odd|even] [--ways "A;B"] [--home DIR] [--seed 0]

The nodes are the default retriever's. nDCG@5 on the questions with evidence, whose evidence is
among the nodes (reranking can't bring it there); paired against no reranking. The ways, all with
the same model in the same run:

- none: the retriever's order;
- ours: `llm_rerank` as it is; settled: until four nodes in a row changed nothing about the first
  five; with prior 0: log-odds alone; in English: its English prompt; 0.5B: that model is the
  judge, only when asked for, as it must have been pulled;
- loop: the course's, a `generate` a node; those answered yes first, each group in its order;
- llama_index: its LLMRerank on our model, ten nodes a prompt as is its default.

Prompt and prior of `llm_rerank` were chosen on questions with odd ids; --half takes one half.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

from llama_index.core.postprocessor import LLMRerank
from llama_index.core.schema import NodeWithScore, QueryBundle

from benchmarks.intervals import verdict
from benchmarks.rerank import COURSE, COURSE_TOKENS
from benchmarks.result_file import ResultFile
from benchmarks.retrieval_recall import Question, read_documents, read_questions
from benchmarks.retrieval_table import ranks_of
from evals.metrics.found_ranks import any_of
from evals.metrics.ndcg import ndcg
from pipelines.config import load_config
from pipelines.home import home_directory
from pipelines.indexing import ingest_paths
from pipelines.llms.huggingface import HuggingFaceLLM
from pipelines.parts import Parts
from pipelines.postprocessors.llm_rerank import LLMRerankSettings
from pipelines.rag import RagPipeline

TOP = 5
SMALL, SMALL_MODEL = "ours, 0.5B", "qwen2.5-coder-0.5b"
Rerank = Callable[[str, list[NodeWithScore]], list[NodeWithScore]]


def ours(llm: HuggingFaceLLM, nodes: int, **changes: Any) -> Rerank:
    """`llm_rerank` over all nodes."""
    settings = LLMRerankSettings(candidates=nodes, max_tokens=100_000, top_n=TOP, **changes)
    part = settings.build(Parts(llm=llm))
    return lambda question, hits: part.postprocess_nodes(hits, QueryBundle(question))


def loop(llm: HuggingFaceLLM) -> Rerank:
    """The course's loop."""

    def relevant(question: str, text: str) -> bool:
        messages = COURSE.messages(question=question, text=text)
        prompt = llm.tokenizer(llm.render(messages), return_tensors="pt")
        written = llm.causal_model.generate(**prompt, max_new_tokens=COURSE_TOKENS, do_sample=False)
        said = llm.tokenizer.decode(written[0, prompt["input_ids"].shape[1] :])
        return "yes" in said.lower()

    def rerank(question: str, hits: list[NodeWithScore]) -> list[NodeWithScore]:
        said = [relevant(question, hit.node.get_content()) for hit in hits]
        # Sorting is stable: each group keeps the retriever's order.
        order = sorted(range(len(hits)), key=lambda place: not said[place])
        return [hits[place] for place in order][:TOP]

    return rerank


def llama_index(llm: HuggingFaceLLM) -> Rerank:
    """The stock part; a reply that it can't read is an error there, here its nodes unranked."""
    part = LLMRerank(llm=llm, top_n=TOP)

    def rerank(question: str, hits: list[NodeWithScore]) -> list[NodeWithScore]:
        try:
            return part.postprocess_nodes(hits, QueryBundle(question))
        except (ValueError, IndexError, KeyError) as error:
            print(f"LLMRerank: {type(error).__name__}: {error}", file=sys.stderr)
            return []

    return rerank


def quality(question: Question, hits: Sequence[NodeWithScore]) -> float:
    """nDCG of the first five."""
    ranks = ranks_of(question, hits, False)
    return ndcg(any_of(ranks) if question.any_suffices else ranks, TOP)


WAYS: dict[str, Callable[[HuggingFaceLLM, int], Rerank]] = {
    "none": lambda _llm, _nodes: lambda _question, hits: hits[:TOP],
    "ours": ours,
    "ours, settled": partial(ours, stop_when_settled=4),
    "ours, prior 0": partial(ours, prior=0.0),
    "ours, in English": partial(ours, language="en"),
    SMALL: ours,
    "loop": lambda llm, _nodes: loop(llm),
    "llama_index": lambda llm, _nodes: llama_index(llm),
}


def against(records: Sequence[dict[str, Any]], others: Sequence[dict[str, Any]], seed: int) -> str:
    """The paired gain in nDCG@5 over other records of the same questions; empty over themselves."""
    if records is others:
        return ""
    pairs = zip(records, others, strict=True)
    return verdict([one["ndcg@5"] - other["ndcg@5"] for one, other in pairs], seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--nodes", type=int, default=20)
    parser.add_argument("--limit", type=int, default=10)
    parser.add_argument("--half", choices=("odd", "even"))
    parser.add_argument("--ways", help="of those above, with ; between them; none is always there")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    usual = [way for way in WAYS if way not in ("none", SMALL)]
    chosen = ["none", *(given.ways.split(";") if given.ways else usual)]
    if unknown := [way for way in chosen if way not in WAYS]:
        parser.error(f"--ways: {unknown[0]!r}: must be of {'; '.join(WAYS)}")
    home = home_directory(given.home)
    settings = load_config(None, ["collection=rerank-quality", f"retriever.top_k={given.nodes}"])
    ingest_paths(settings, home, [given.corpora])
    llm = settings.llm.build(home)
    judge = (
        load_config(None, [f"llm.model={SMALL_MODEL}"]).llm.build(home) if SMALL in chosen else llm
    )
    ways = {way: WAYS[way](judge if way == SMALL else llm, given.nodes) for way in chosen}
    out = ResultFile(given.out)
    questions = [
        question
        for question in read_questions(given.questions, read_documents(given.corpora))
        if given.half is None or question.is_odd == (given.half == "odd")
    ]
    kept: list[Question] = []
    with RagPipeline.open(settings, home) as pipeline:
        for question in questions:
            hits = pipeline.search(question.text).retrieved
            if not any(ranks_of(question, hits, False)):
                continue
            kept.append(question)
            for name in chosen:
                key = f"{name} {given.nodes} {question.id}"
                if key in out.records:
                    continue
                llm.forget()
                judge.forget()
                started = time.perf_counter()
                ranked = ways[name](question.text, list(hits))
                seconds = time.perf_counter() - started
                out.add(key, {"ndcg@5": quality(question, ranked), "seconds": seconds})
                print(f"{question.id} {name}: {seconds:.1f} s", file=sys.stderr)
            if len(kept) == given.limit:
                break
    print(f"{len(kept)} questions, {given.nodes} nodes each\n")
    print("| way | ndcg@5 | against none | ours against it | seconds a question |")
    print("|---|---|---|---|---|")
    records = {
        name: [out.records[f"{name} {given.nodes} {question.id}"] for question in kept]
        for name in chosen
    }
    for name, of_way in records.items():
        score = fmean(record["ndcg@5"] for record in of_way)
        seconds = fmean(record["seconds"] for record in of_way)
        over_none = against(of_way, records["none"], given.seed)
        ours_over = against(records.get("ours", of_way), of_way, given.seed)
        print(f"| {name} | {score:.3f} | {over_none} | {ours_over} | {seconds:.1f} |")


if __name__ == "__main__":
    main()
