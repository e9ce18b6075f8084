"""Runs an example of docs/examples with a language model that follows a script."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

if __name__ == "__main__":
    from pipelines.llms.huggingface_settings import HuggingFaceLLMSettings
    from tests.tools.server.running_server import TypingLLM

    llm = TypingLLM(answer="毎月第二木曜日の夜七時から公民館でやっています。")
    HuggingFaceLLMSettings.build = lambda *_: llm  # type: ignore[method-assign, assignment, return-value]
    runpy.run_path(sys.argv[1], run_name="__main__")
