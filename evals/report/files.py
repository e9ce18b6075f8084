"""The files of a report: HTML to read, Markdown to paste, CSV and JSON Lines to compute with, JUnit
XML for CI."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from evals.evaluation import Evaluation
from evals.outcome import Outcome
from evals.report.page import report_page
from evals.report.plots import Drawn
from evals.report.summary import summary_markdown

REPORT = "report.html"


def write_report(evaluation: Evaluation, plots: Sequence[Drawn] = ()) -> list[Path]:
    """Write all files into the run's folder, each whole or not at all; the page comes first.

    `plots` stand before those of the datasets.
    """
    texts = {
        REPORT: report_page(evaluation, plots),
        "results.md": summary_markdown(evaluation),
        "scores.csv": scores_csv(evaluation),
        "answers.jsonl": answers_jsonl(evaluation),
        "junit.xml": junit_xml(evaluation),
    }
    return [write_whole(evaluation.folder / name, text) for name, text in texts.items()]


def scores_csv(evaluation: Evaluation) -> str:
    """A row for each dataset, arm, question and measure; an empty value has a reason."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(["dataset", "arm", "id", "measure", "value", "reason", "synthetic"])
    synthetic = {
        (dataset.name, sample.id): sample.synthetic
        for dataset in evaluation.datasets
        for sample in dataset.samples
    }
    for dataset, results in evaluation.results.items():
        for result in results:
            for arm, scores in result.scores.items():
                for identity, score in scores.items():
                    value = "" if score.value is None else repr(score.value)
                    row = [dataset, arm, inert_cell(identity), result.metric, value, score.reason]
                    rows.writerow([*row, str(synthetic[dataset, identity]).lower()])
    return written.getvalue()


def answers_jsonl(evaluation: Evaluation) -> str:
    """A line for each dataset, arm, question and time that it was asked: what came of it."""
    lines = []
    for dataset, arms in evaluation.outcomes.items():
        for arm, outcomes in arms.items():
            lines += [
                json.dumps(line, ensure_ascii=False)
                for one in outcomes
                for line in _lines(dataset, arm, one)
            ]
    return "".join(line + "\n" for line in lines)


def _lines(dataset: str, arm: str, outcome: Outcome) -> list[dict[str, object]]:
    asked: dict[str, object] = {
        "dataset": dataset,
        "arm": arm,
        "id": outcome.sample.id,
        "question": outcome.sample.question,
        "synthetic": outcome.sample.synthetic,
        "error": outcome.error,
    }
    if not outcome.answers:
        return [{**asked, "repeat": 0, "answer": None}]
    return [
        {**asked, "repeat": repeat, "answer": answer.as_json()}
        for repeat, answer in enumerate(outcome.answers)
    ]


def junit_xml(evaluation: Evaluation) -> str:
    """A test case for each arm, failed if a gate of it did not hold or a question of it failed."""
    suites = ElementTree.Element("testsuites", name=evaluation.suite.name)
    for dataset, arms in evaluation.outcomes.items():
        suite = ElementTree.SubElement(suites, "testsuite", name=dataset, tests=str(len(arms)))
        failures = 0
        synthetic = sum(outcome.sample.synthetic for outcome in next(iter(arms.values())))
        if synthetic:
            properties = ElementTree.SubElement(suite, "properties")
            ElementTree.SubElement(
                properties, "property", name="synthetic questions", value=str(synthetic)
            )
        for arm, outcomes in arms.items():
            case = ElementTree.SubElement(suite, "testcase", classname=dataset, name=arm)
            said = [
                gate.text
                for gate in evaluation.failed_gates
                if (gate.dataset, gate.arm) == (dataset, arm)
            ]
            said += [f"{one.sample.id}: {one.error}" for one in outcomes if one.answer is None]
            failures += bool(said)
            if said:
                failure = ElementTree.SubElement(case, "failure", message=_printable(said[0]))
                failure.text = _printable("\n".join(said))
        suite.set("failures", str(failures))
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _printable(text: str) -> str:
    """Without the control characters that XML can't hold."""
    return "".join(c for c in text if c in "\n\t" or c.isprintable())


def inert_cell(cell: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def write_whole(path: Path, text: str) -> Path:
    """Write a file, whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8", errors="replace") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return path
