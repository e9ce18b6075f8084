"""Ask the sample lecture from Python: passages, an answer, and a follow-up question.

PYTHONPATH=. python docs/examples/plain_python.py
"""

from __future__ import annotations

from pathlib import Path

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from pipelines.config import load_config
from pipelines.document import label
from pipelines.home import home_directory
from pipelines.indexing import ingest_paths
from pipelines.rag import RagPipeline
from pipelines.scope import NodeFilter

LECTURE = Path(__file__).resolve().parents[2] / "samples" / "lecture"


def main() -> None:
    # A config file, or None for the default one, and overrides as --set takes them.
    settings = load_config(None, ["collection=examples", "retriever.top_k=10"])
    home = home_directory()
    ingest_paths(settings, home, [LECTURE])  # what is there already costs nothing
    with RagPipeline.open(settings, home) as pipeline:
        found = pipeline.search("川会議", top_k=3, where=NodeFilter(source="lecture*"))
        for scored in found.stages[-1][1]:
            print(label(scored.node.metadata), scored.node.get_content()[:40])

        question = "毎月の川会議は、いつ、どこで開かれていますか？"
        answer = pipeline.ask(question, where=NodeFilter())
        print(answer.text)
        for citation in answer.citations:
            print(f"[{citation.n}] {citation.label} {citation.start_char}-{citation.end_char}")

        history = [
            ChatMessage(role=MessageRole.USER, content=question),
            ChatMessage(role=MessageRole.ASSISTANT, content=answer.text),
        ]
        follow_up = pipeline.ask("そこには誰が来ますか？", history)
        print("the documents do not tell" if follow_up.refused else follow_up.text)


if __name__ == "__main__":
    main()
