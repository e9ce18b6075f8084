"""The pipeline as a retriever and as a tool in LangChain.

PYTHONPATH=. python docs/examples/langchain_parts.py
"""

from __future__ import annotations

from pathlib import Path

from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda

from pipelines.config import load_config
from pipelines.home import home_directory
from pipelines.indexing import ingest_paths
from pipelines.rag import RagPipeline
from tools.langchain import YomitokiRetriever, yomitoki_tool

LECTURE = Path(__file__).resolve().parents[2] / "samples" / "lecture"
QUESTION = "毎月の川会議は、いつ、どこで開かれていますか？"


def cited(documents: list[Document]) -> str:
    """Passages for a prompt of your own."""
    return "\n".join(f"{each.metadata['label']}: {each.page_content}" for each in documents)


def main() -> None:
    settings, home = load_config(None, ["collection=examples"]), home_directory()
    ingest_paths(settings, home, [LECTURE])
    with RagPipeline.open(settings, home) as pipeline:
        chain = YomitokiRetriever(pipeline=pipeline, top_k=3) | RunnableLambda(cited)
        print(chain.invoke(QUESTION))

        tool = yomitoki_tool(
            pipeline, "river_lecture", "Answers questions about the lecture on the river."
        )
        # An agent of yours: create_agent(model, tools=[tool]). It would do this:
        call = {"type": "tool_call", "id": "1", "name": tool.name, "args": {"question": QUESTION}}
        message = tool.invoke(call)
        print(message.content)
        print(message.artifact["citations"][0]["label"])


if __name__ == "__main__":
    main()
