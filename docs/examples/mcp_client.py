"""A program that starts the MCP server and uses its tools, as a desktop assistant does.

PYTHONPATH=. python docs/examples/mcp_client.py
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from mcp import Client, StdioServerParameters

from pipelines.config import load_config
from pipelines.home import home_directory
from pipelines.indexing import ingest_paths

ROOT = Path(__file__).resolve().parents[2]


async def main() -> None:
    settings = load_config(None, ["collection=examples"])
    ingest_paths(settings, home_directory(), [ROOT / "samples" / "lecture"])
    server = StdioServerParameters(
        command=sys.executable,
        args=[str(ROOT / "main.py"), "mcp", "--collection", "examples"],
        env=dict(os.environ),
    )
    async with Client(server) as client:
        found = await client.call_tool("search", {"question": "川会議", "top_k": 2})
        print(found.content[0].text)  # for a model to read
        place = found.structured_content["nodes"][0]  # for a program
        span = {key: place[key] for key in ("source", "start_char", "end_char")}
        around = await client.call_tool("read_span", {**span, "surroundings": 100})
        for passage in around.structured_content["passages"]:
            print(passage["label"])


if __name__ == "__main__":
    asyncio.run(main())
