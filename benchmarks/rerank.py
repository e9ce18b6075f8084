"""Reranking 20 nodes by log-odds against a `generate` a node and against one full pass a node.

    python -m benchmarks.rerank FOLDER "QUESTION" [--nodes 20] [--rounds 3] [--home DIR]
                                [--loop-kernel bitsandbytes]

The same model and nodes in one run, in turns, the fastest round of each: (a) the course's loop, one
`generate` of transformers a node with the passage before the question; (b) one full forward pass a
node over the prompts that we use; (c) ours: log-odds with the shared beginning of the prompts
computed once. `--loop-kernel bitsandbytes` multiplies the loop's weights as the course's
notebook does.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from llama_index.core.base.llms.types import ChatMessage

from pipelines.config import load_config
from pipelines.home import home_directory
from pipelines.node_parsers.sentence import SentenceParserSettings
from pipelines.prompts import RELATED, RELEVANT_JA, Prompt
from storage.readers.discovery import find_files
from storage.readers.reader import read_all
from storage.readers.results import ReadResult
from storage.readers.settings import FileReaderSettings

# As the notebook has it; an answer ends before, at its end-of-turn token.
COURSE_TOKENS = 256
COURSE = Prompt(
    version="course",
    system=(
        "与えられた参考資料が質問に直接関連しているか？'yes''no'で答えること。"
        "ただし、余計なテキストを生成しないこと。"
    ),
    user=RELEVANT_JA.user,
)


def passages(folder: Path, count: int) -> list[str]:
    """Nodes spread evenly over the folder's documents."""
    reads = read_all(find_files([folder]).files, FileReaderSettings())
    documents = [read.document for read in reads if isinstance(read, ReadResult)]
    nodes = SentenceParserSettings(max_chars=300).build().get_nodes_from_documents(documents)
    step = max(1, len(nodes) // count)
    return [node.get_content() for node in nodes[::step][:count]]


def timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("question")
    parser.add_argument("--nodes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--loop-kernel", default="auto", choices=("auto", "int8", "bitsandbytes"))
    parser.add_argument("--home", type=Path)
    arguments = parser.parse_args()
    question = arguments.question
    texts = passages(arguments.folder, arguments.nodes)
    home = home_directory(arguments.home)
    llm = load_config().llm.build(home)
    kernel = [f"llm.cpu_kernel={arguments.loop_kernel}"]
    theirs = llm if arguments.loop_kernel == "auto" else load_config(None, kernel).llm.build(home)
    loop = [COURSE.messages(question=question, text=text) for text in texts]
    ours = [RELEVANT_JA.messages(question=question, text=text) for text in texts]
    whole = sum(llm.count_prompt_tokens(messages) for messages in ours)

    def generate(conversations: list[list[ChatMessage]] = loop) -> None:
        for messages in conversations:
            prompt = theirs.tokenizer(theirs.render(messages), return_tensors="pt")
            theirs.causal_model.generate(**prompt, max_new_tokens=COURSE_TOKENS, do_sample=False)

    def full_pass() -> None:
        for messages in ours:
            llm.forget()
            llm.score_choices([messages], RELATED)

    def log_odds() -> None:
        llm.forget()
        llm.score_choices(ours, RELATED)

    ways = {
        "generate a node (the course's loop)": generate,
        "one full pass a node": full_pass,
        "log-odds, shared prefix once (ours)": log_odds,
    }
    llm.score_choices(ours[:1], RELATED)
    generate(loop[:1])
    before = llm.model_tokens
    log_odds()
    read = llm.model_tokens - before
    rounds = [{name: timed(way) for name, way in ways.items()} for _ in range(arguments.rounds)]
    seconds = {name: min(round_[name] for round_ in rounds) for name in ways}
    best = seconds["log-odds, shared prefix once (ours)"]
    print(f"{len(texts)} nodes; ours reads {read} of {whole} tokens\n")
    print("| way | seconds | against ours |\n|---|---|---|")
    for name, value in seconds.items():
        print(f"| {name} | {value:.1f} | {value / best:.2f} |")


if __name__ == "__main__":
    main()
