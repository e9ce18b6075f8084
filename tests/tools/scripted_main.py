"""main.py with a scripted engine in the place of pipelines.rag: run by the tests as a process."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

ATTACK = "\x1b]52;c;cm0gLXJmIH4=\x07\x1b[2Jsafe\rOVER\u202egpj.exe \x9b31m [bold]markup[/bold]"


class ScriptedEngine:
    """Does what the question says."""

    @classmethod
    def open(cls, settings: Any, _home: Path, on_stage: Callable[[str], None] | None) -> Any:
        from pipelines.errors import YomitokiError

        if settings.collection == "locked":
            raise YomitokiError("collection locked: process 42 is writing: try again later")
        if settings.collection == "slow":
            time.sleep(30)
        if on_stage:
            on_stage("loading \x1b[31mmodel")
        print("a library prints to stdout")  # noqa: T201 - as libraries do
        return cls()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def search(
        self,
        question: str,
        top_k: int | None = None,
        on_stage: Callable[[str], None] | None = None,
    ) -> Any:
        if on_stage:
            on_stage("searching")
        return self._answer(question, "", nodes=top_k or 2)

    def ask(
        self,
        question: str,
        history: Sequence[Any] = (),
        on_stage: Callable[[str], None] | None = None,
        on_token: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        where: Any = None,
    ) -> Any:
        from dataclasses import replace

        from pipelines.errors import YomitokiError

        token = on_token or (lambda _: None)
        stop = cancelled or (lambda: False)
        if on_stage:
            on_stage("rerank")
        match question:
            case "fail":
                raise YomitokiError("llm: prompt of 9,000 tokens: the model reads 4,096")
            case "where":
                return self._answer(question, f"searched: {where or 'everything'}")
            case "bug":
                token("half an ans")
                raise ValueError("a\nbug with \x1b[31m")
            case "interrupt":
                raise KeyboardInterrupt
            case "full":
                raise OSError(28, "No space left on device", "/data/x")
            case "slow":
                for number in range(600):
                    if stop():
                        break
                    token(f"t{number} ")
                    time.sleep(0.05)
                return self._answer(question, "never finished")
            case "native":
                # Some seconds of C code that no signal handler can enter.
                hashlib.pbkdf2_hmac("sha256", b"x", b"y", 4_000_000)
                if not stop():
                    token("not stopped")
                return self._answer(question, "not stopped")
            case "holding":
                sum(range(150_000_000))  # native code that keeps the interpreter to itself
                return self._answer(question, "done")
            case "deaf":
                time.sleep(30)
                return self._answer(question, "late")
            case "attack":
                for piece in ATTACK:
                    token(piece)
                return self._answer(question, ATTACK)
            case "history":
                text = " | ".join(f"{m.role.value}={m.content}" for m in history)
                return self._answer(question, f"remembers {len(history)}: {text}")
            case "refuse":
                return self._answer(question, "資料からは分かりません。", refused=True, nodes=0)
            case "それは？":
                return replace(self._answer(question, "答"), asked="報酬とは\x1b[2J？")
            case "differs":
                token("draft")
                return self._answer(question, "final")
        for piece in ("こたえ", "は", "42", "です。"):
            token(piece)
        return self._answer(question, "こたえは42です。")

    def choose(
        self,
        question: str,
        options: Sequence[str],
        on_stage: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,  # noqa: ARG002
    ) -> Any:
        """The longer an option, the likelier."""
        from dataclasses import replace

        from pipelines.answer import RankedOption

        if on_stage:
            on_stage("scoring the options")
        letters = sum(map(len, options))
        ranked = [RankedOption(n, text, len(text) / letters) for n, text in enumerate(options)]
        ranked.sort(key=lambda option: -option.probability)
        best = f"{'ABC'[ranked[0].option]}. {ranked[0].text}"
        return replace(self._answer(question, best, nodes=0), ranking=ranked)

    def _answer(self, question: str, text: str, refused: bool = False, nodes: int = 2) -> Any:
        from llama_index.core.schema import NodeWithScore, TextNode

        from pipelines.answer import Answer, Citation, Usage

        hostile = question == "attack"
        source = f"講義{ATTACK}.md" if hostile else "講義.md"
        passage = f"報酬は{ATTACK}" if hostile else "報酬は設計者が決める。\n二行目。"
        found = [
            NodeWithScore(
                node=TextNode(
                    text=passage,
                    start_char_idx=10 * n,
                    end_char_idx=10 * n + 9,
                    metadata={"source": source, "page": n + 1, "sections": [[0, 9, {}]]},
                ),
                score=0.9 - n / 10,
            )
            for n in range(nodes)
        ]
        return Answer(
            question=question,
            text=text,
            refused=refused,
            retrieved=found * 3,
            stages=[("cutoff", found)],
            context=found,
            prompt="the prompt",
            citations=[Citation(1, source, 0, 9, f"{source} p.1", passage)] if nodes else [],
            usage=Usage(100, 7),
            seconds={"retrieve": 0.25, "generate": 1.5},
        )


if __name__ == "__main__":
    # Here and not above, where it would stay for all tests of a process that imports this file.
    rag = ModuleType("pipelines.rag")
    rag.RagPipeline = ScriptedEngine  # type: ignore[attr-defined]
    sys.modules["pipelines.rag"] = rag
    from main import app

    app()
