"""How well an agent chooses its tools, and answers: questions whose source is known.

    python main.py ingest samples/lecture --collection sample
    python -m benchmarks.agent_questions --set collection=sample --out R.jsonl

Asks the questions of samples/agent_questions.jsonl with benchmarks/agent_lecture.yaml; the
web is the recording samples/agent_web.jsonl, so that nothing leaves the machine. Prints Markdown:
how often the first tool was the right one, right answers, tools used and seconds a question, by the
source that is needed. Odd ids are those that the prompt and descriptions were chosen on, even ones
were held out. `--choice-only` stops after the choice, which takes a fraction of the time. A run
that is broken off goes on with the same command; questions of all sources are asked in turns, and
`--print-only` prints the table of what is there.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from benchmarks.intervals import bootstrap_interval, mean
from benchmarks.result_file import ResultFile
from benchmarks.score_answers import held_out
from evals.metrics.alias_match import alias_match
from pipelines.config import PipelineSettings, load_config
from pipelines.errors import YomitokiError
from pipelines.home import home_directory
from pipelines.query_engines.agent.prompts import CHOOSE_TOOL, EXPRESSION
from pipelines.rag import RagPipeline
from pipelines.web.cassette import CassetteSettings

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "samples" / "agent_questions.jsonl"
RECORDING = ROOT / "samples" / "agent_web.jsonl"
CONFIG = ROOT / "benchmarks" / "agent_lecture.yaml"
Open = Callable[[PipelineSettings, Path], AbstractContextManager[Any]]


def with_recording(settings: PipelineSettings, recording: Path) -> PipelineSettings:
    """The settings whose web tools replay a recording."""
    cassette = CassetteSettings(path=recording, mode="replay")
    engine: Any = settings.query_engine
    tools = tuple(
        tool.model_copy(
            update={"retriever": tool.retriever.model_copy(update={"cassette": cassette})}
        )
        if tool.kind == "web"
        else tool
        for tool in engine.tools
    )
    return settings.model_copy(update={"query_engine": engine.model_copy(update={"tools": tools})})


def in_turns(questions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first question of each source, then the second ones, and so on."""
    seen: Counter[str] = Counter()
    placed = []
    for question in questions:
        placed.append((seen[question["source"]], question))
        seen[question["source"]] += 1
    return [question for _, question in sorted(placed, key=lambda pair: pair[0])]


def asked(pipeline: Any, question: str, *, choice_only: bool) -> dict[str, Any]:
    """What came of one question, as plain data."""
    started = time.perf_counter()
    try:
        if choice_only:
            probabilities = pipeline.engine().tool_probabilities(question)
            record = {"probabilities": probabilities}
        else:
            answer = pipeline.ask(question)
            record = {
                "probabilities": answer.routes,
                "answer": answer.text,
                "refused": answer.refused,
                "steps": [
                    {"tool": s.tool, "argument": s.argument, "outcome": s.outcome}
                    for s in answer.trace
                ],
            }
    except YomitokiError as error:
        return {"error": str(error)}
    return {**record, "seconds": time.perf_counter() - started}


def chosen(record: dict[str, Any]) -> str:
    """The tool that was chosen first."""
    probabilities: dict[str, float] = record["probabilities"]
    return max(probabilities, key=lambda name: probabilities[name])


def right(question: dict[str, Any], record: dict[str, Any]) -> bool:
    """Whether the answer says what the reference says; a refusal never does."""
    return not record["refused"] and alias_match(record["answer"], question["answer_aliases"])


def row(name: str, questions: Sequence[dict[str, Any]], records: dict[str, Any], seed: int) -> str:
    """A Markdown row over the questions that have a record without an error."""
    scored = [(q, records[q["id"]]) for q in questions if "error" not in records[q["id"]]]
    if not scored:
        return f"| {name} | 0/{len(questions)} | | | | |"
    cells = [_share([float(chosen(r) == q["source"]) for q, r in scored], seed)]
    if all("answer" in r for _, r in scored):
        cells.append(_share([float(right(q, r)) for q, r in scored], seed))
        cells.append(f"{mean([[len(r['steps']) for _, r in scored]]):.2f}")
    else:
        cells += ["", ""]
    cells.append(f"{mean([[r['seconds'] for _, r in scored]]):.1f}")
    return f"| {name} | {len(scored)}/{len(questions)} | {' | '.join(cells)} |"


def _share(values: list[float], seed: int) -> str:
    low, high = bootstrap_interval([values], mean, seed)
    return f"{mean([values]):.2f} ({low:.2f}–{high:.2f})"


def table(questions: Sequence[dict[str, Any]], records: dict[str, Any], seed: int = 0) -> list[str]:
    """Markdown: a row a source, all, and both halves; then what was chosen in place of what."""
    lines = [
        "| questions | n | right tool first (95 %) | right answer (95 %) | tools used | seconds |",
        "|---|---|---|---|---|---|",
    ]
    done = [q for q in questions if q["id"] in records]
    for source in dict.fromkeys(q["source"] for q in done):
        lines.append(row(source, [q for q in done if q["source"] == source], records, seed))
    odd, even = [q for q in done if not _held(q)], [q for q in done if _held(q)]
    lines.append(row("**all**", done, records, seed))
    lines.append(row("odd ids (chosen on)", odd, records, seed))
    lines.append(row("even ids (held out)", even, records, seed))
    lines += ["", *_wrong(done, records)]
    return lines


def _held(question: dict[str, Any]) -> bool:
    return held_out(question["id"])


def _wrong(questions: Sequence[dict[str, Any]], records: dict[str, Any]) -> list[str]:
    lines = []
    for q in questions:
        record = records[q["id"]]
        if "error" in record:
            lines.append(f"{q['id']}: {record['error']}")
        elif (tool := chosen(record)) != q["source"]:
            said = ", ".join(f"{name} {p:.2f}" for name, p in record["probabilities"].items())
            lines.append(f"{q['id']}: {q['source']} needed, {tool} chosen ({said})")
    return lines


def main(arguments: Sequence[str] | None = None, open_: Open = RagPipeline.open) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--questions", type=Path, default=QUESTIONS)
    parser.add_argument("--recording", type=Path, default=RECORDING)
    parser.add_argument("--config", type=Path, default=CONFIG)
    parser.add_argument("--set", dest="overrides", action="append", default=[])
    parser.add_argument("--home", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--half", choices=("all", "odd", "even"), default="all")
    parser.add_argument("--choice-only", action="store_true")
    parser.add_argument("--print-only", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    lines = given.questions.read_text(encoding="utf-8").splitlines()
    questions = [
        q
        for q in map(json.loads, filter(None, lines))
        if given.half == "all" or _held(q) == (given.half == "even")
    ]
    settings = with_recording(load_config(given.config, given.overrides), given.recording)
    identity = f"{settings.fingerprint()} {CHOOSE_TOOL.version} {EXPRESSION.version}"
    if given.choice_only:
        identity += " choice"
    out = ResultFile(given.out)
    missing = [q for q in in_turns(questions) if f"{identity} {q['id']}" not in out.records]
    if missing and not given.print_only:
        with open_(settings, home_directory(given.home)) as pipeline:
            for number, q in enumerate(missing, start=1):
                record = asked(pipeline, q["question"], choice_only=given.choice_only)
                out.add(f"{identity} {q['id']}", record)
                print(f"{number}/{len(missing)} {q['id']}", file=sys.stderr)
    keys = {q["id"]: f"{identity} {q['id']}" for q in questions}
    records = {id_: out.records[key] for id_, key in keys.items() if key in out.records}
    print("\n".join(table(questions, records, given.seed)))


if __name__ == "__main__":
    main()
