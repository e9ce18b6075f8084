"""main.py with a language model that writes what an attacker would have it write."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
sys.path.insert(0, str(ROOT))

if __name__ == "__main__":
    from main import app
    from pipelines.llms.huggingface_settings import HuggingFaceLLMSettings
    from tests.tools.server.running_server import TypingLLM
    from tools.process import run_and_end

    llm = TypingLLM(answer=os.environ["TYPED_ANSWER"])
    HuggingFaceLLMSettings.build = lambda *_: llm  # type: ignore[method-assign, assignment, return-value]
    run_and_end(app)
