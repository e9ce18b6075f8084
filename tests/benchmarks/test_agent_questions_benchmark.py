from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.agent_questions import in_turns, main, right, table, with_recording
from pipelines.config import PipelineSettings, load_config
from pipelines.parts import Parts
from pipelines.query_engines.agent.settings import AgentSettings
from tests.pipelines.query_engines.engine_doubles import ChoosingLLM, Finds, node

QUESTIONS: list[dict[str, Any]] = [
    {"id": id_, "question": question, "source": source, "answer_aliases": [alias]}
    for id_, question, source, alias in (
        ("a-1", "24個が17箱でいくつ？", "calculator", "408"),
        ("a-2", "堰は24年と17年のどちらにできた？", "documents", "2.4"),
        ("a-3", "17日と24日の天気は？", "web", "晴れ"),
    )
]


class Pipeline:
    """The real agent over a model that thinks everything is a calculation."""

    def __init__(self, settings: PipelineSettings) -> None:
        llm = ChoosingLLM("24 * 17", weigh=lambda _, line: 9.0 if "電卓" in line else 1.0)
        self._engine = settings.query_engine.build(Parts(llm=llm), Finds([node("2.4")]), ())
        self.asked: list[str] = []

    def engine(self) -> Any:
        return self._engine

    def ask(self, question: str) -> Any:
        self.asked.append(question)
        return self._engine.ask(question)


@pytest.fixture
def opened() -> tuple[list[Pipeline], Callable[..., Any]]:
    pipelines: list[Pipeline] = []

    @contextmanager
    def open_(settings: PipelineSettings, _home: Path) -> Iterator[Pipeline]:
        pipelines.append(Pipeline(settings))
        yield pipelines[-1]

    return pipelines, open_


def test_a_run_prints_a_table_and_goes_on_where_it_was(
    tmp_path: Path,
    opened: tuple[list[Pipeline], Callable[..., Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    pipelines, open_ = opened
    questions, recording = tmp_path / "q.jsonl", tmp_path / "web.jsonl"
    questions.write_text("\n".join(map(json.dumps, QUESTIONS)) + "\n", encoding="utf-8")
    recording.write_text("", encoding="utf-8")
    out = tmp_path / "out.jsonl"
    arguments = ["--questions", str(questions), "--recording", str(recording), "--out", str(out)]
    main([*arguments, "--half", "odd"], open_)
    capsys.readouterr()
    main([*arguments, "--print-only"], open_)
    assert "| **all** | 2/2 |" in capsys.readouterr().out
    main(arguments, open_)
    printed = capsys.readouterr().out
    assert [pipeline.asked for pipeline in pipelines] == [
        [QUESTIONS[0]["question"], QUESTIONS[2]["question"]],
        [QUESTIONS[1]["question"]],
    ]
    assert "| calculator | 1/1 | 1.00 (1.00–1.00) | 1.00 (1.00–1.00) | 1.00 |" in printed
    assert "| documents | 1/1 | 0.00 (0.00–0.00) | 0.00 (0.00–0.00) | 1.00 |" in printed
    assert "| **all** | 3/3 | 0.33 (0.00–1.00) |" in printed
    assert "| even ids (held out) | 1/1 | 0.00" in printed
    wrong = "a-2: documents needed, calculator chosen (documents 0.35, web 0.06, calculator 0.53"
    assert wrong in printed
    steps = [json.loads(line)["steps"] for line in out.read_text("utf-8").splitlines()]
    assert steps[0] == [{"tool": "calculator", "argument": "24 * 17", "outcome": "answered"}]


def test_the_choice_alone_is_kept_apart(
    tmp_path: Path,
    opened: tuple[list[Pipeline], Callable[..., Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    pipelines, open_ = opened
    questions = tmp_path / "q.jsonl"
    questions.write_text(json.dumps(QUESTIONS[0]) + "\n", encoding="utf-8")
    arguments = ["--questions", str(questions), "--out", str(tmp_path / "out.jsonl")]
    main([*arguments, "--choice-only"], open_)
    assert "| calculator | 1/1 | 1.00 (1.00–1.00) |  |  |" in capsys.readouterr().out
    main(arguments, open_)
    assert [pipeline.asked for pipeline in pipelines] == [[], [QUESTIONS[0]["question"]]]


def test_questions_of_all_sources_are_asked_in_turns() -> None:
    sources = [{"source": source} for source in "aabbbc"]
    assert [question["source"] for question in in_turns(sources)] == list("abcabb")


def test_a_failed_question_is_counted_apart_and_named() -> None:
    lines = table([QUESTIONS[0]], {"a-1": {"error": "index: broken"}})
    assert "| calculator | 0/1 | | | | |" in lines
    assert "a-1: index: broken" in lines


def test_a_refusal_is_never_right() -> None:
    record = {"answer": "408", "refused": False}
    assert right(QUESTIONS[0], record)
    assert not right(QUESTIONS[0], {**record, "refused": True})
    assert not right(QUESTIONS[0], {**record, "answer": "24 * 17 = 4080"})


def test_the_web_is_replayed() -> None:
    path = Path(__file__).resolve().parents[2] / "configs" / "agent.yaml"
    settings = with_recording(load_config(path, [], {}), Path("web.jsonl")).query_engine
    assert isinstance(settings, AgentSettings)
    [web] = [tool for tool in settings.tools if tool.kind == "web"]
    assert web.retriever.cassette is not None
    assert (web.retriever.cassette.mode, str(web.retriever.cassette.path)) == (
        *("replay", "web.jsonl"),
    )
