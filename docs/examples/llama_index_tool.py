"""The query engine as a tool of a LlamaIndex agent.

PYTHONPATH=. python docs/examples/llama_index_tool.py
"""

from __future__ import annotations

from pathlib import Path

from llama_index.core.tools import QueryEngineTool

from pipelines.config import load_config
from pipelines.home import home_directory
from pipelines.indexing import ingest_paths
from pipelines.rag import RagPipeline

LECTURE = Path(__file__).resolve().parents[2] / "samples" / "lecture"


def main() -> None:
    settings, home = load_config(None, ["collection=examples"]), home_directory()
    ingest_paths(settings, home, [LECTURE])
    with RagPipeline.open(settings, home) as pipeline:
        tool = QueryEngineTool.from_defaults(
            query_engine=pipeline.engine(),
            name="river_lecture",
            description="Answers questions about the lecture on the river, with citations.",
        )
        # An agent of yours: FunctionAgent(tools=[tool], llm=…).run("…"). It would do this:
        output = tool.call(input="毎月の川会議は、いつ、どこで開かれていますか？")
        print(output.content)
        for citation in output.raw_output.metadata["citations"]:
            print(f"[{citation['n']}] {citation['label']}")


if __name__ == "__main__":
    main()
