from __future__ import annotations

from pathlib import Path

import pytest

from evals.question_lines import Problem, raised, read_questions
from evals.sample import Evidence
from pipelines.errors import ConfigError


def test_every_wrong_line_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(
        '{"id": "a", "question": "何？"}\n\n{"id": "a", "question": "誰？"}\n[1]\n{"id":\n'
        '{"id": "b", "question": "いつ？"}\n',
        encoding="utf-8",
    )
    samples, problems = read_questions(path)
    assert [(sample.id, sample.line) for sample in samples] == [("a", 1), ("b", 6)]
    assert [(problem.line, problem.message) for problem in problems] == [
        (3, "id 'a' stands in line 1 already"),
        (4, "must be an object"),
        (5, "not JSON, column 7"),
    ]


def test_an_empty_file_is_no_dataset(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text("\n")
    assert read_questions(path)[1][0].message.startswith("no questions")


def test_a_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text(
        "\ufeffid,question,answer,answer_aliases,source,quote,answerable\r\n"
        '1,"どこ、いつ？",公民館,公民館|こうみんかん,a.md,"公民館\nで",\r\n'
        "2,株価は？,,,,,FALSE\r\n",
        encoding="utf-8",
    )
    samples, problems = read_questions(path)
    assert not problems
    assert samples[0].aliases == ("公民館", "こうみんかん")
    assert samples[0].evidence == (Evidence("a.md", "公民館\nで"),)
    assert [sample.answerable for sample in samples] == [True, False]


def test_wrong_cells_of_a_spreadsheet_are_named_by_their_line(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text(
        "id,question,answerable,answer_index\n1,何？,maybe,\n2,何？,,x\n3,何？\n4,何？,,,5\n",
        encoding="utf-8",
    )
    problems = read_questions(path)[1]
    assert [problem.line for problem in problems] == [2, 3, 4, 5]
    assert problems[0].message == "answerable: must be true or false"
    assert problems[1].message == "answer_index: must be a whole number"
    assert problems[3].message == "has another number of cells than the header"


def test_another_encoding_is_named_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_bytes("id,question\n1,何？".encode("cp932"))
    with pytest.raises(ConfigError, match=r"byte 14: not UTF-8: save the file as UTF-8"):
        read_questions(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_questions(tmp_path / "none.csv")


def test_problems_become_one_error_that_is_not_endless(tmp_path: Path) -> None:
    raised(tmp_path / "q.jsonl", [])
    with pytest.raises(ConfigError) as caught:
        raised(Path("q.jsonl"), [Problem(line, "wrong") for line in range(1, 26)])
    lines = str(caught.value).splitlines()
    assert (len(lines), lines[0], lines[-1]) == (
        21,
        "q.jsonl: line 1: wrong",
        "q.jsonl: and 5 more",
    )
