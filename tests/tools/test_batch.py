"""A questions file is right as a whole, or every wrong line is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import ConfigError
from tools.batch import Question, read_questions


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(text: str | bytes) -> list[Question]:
    Path("q.jsonl").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_questions(Path("q.jsonl"))


def refusal(text: str | bytes) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return str(caught.value).splitlines()


def test_byte_order_mark_blank_lines_and_further_keys() -> None:
    text = '\ufeff{"id": "a", "question": "何？", "answer": 3}\r\n\n  \n'
    text += '{"id": 2, "question": "x\u2028y"}'
    assert read(text) == [Question("a", "何？"), Question(2, "x\u2028y")]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", 'not JSON, column 2: must be {"id": …, "question": …}'),
        ("[1]", 'must be an object: {"id": …, "question": …}'),
        ("null", "must be an object"),
        ('{"question": "x"}', "id missing"),
        ('{"id": "1"}', "question missing"),
        ('{"id": null, "question": ""}', "id and question missing"),
        ('{"id": true, "question": "x"}', "id: must be text or a whole number"),
        ('{"id": [1], "question": "x"}', "id: must be text or a whole number"),
        ('{"id": 1, "question": 5}', "question: must be text"),
        ('{"id": 1, "question": "  "}', "question: must be text"),
        ('{"id": 1, "question": "\\ud800"}', "half of a surrogate pair"),
        ('{"id": 0, "question": "x"}\n{"id": 0, "question": "y"}', "id 0 stands in line 2 already"),
        ('{"id": 1, "question": "x", "options": "A"}', "options: must be a list of texts"),
        ('{"id": 1, "question": "x", "options": [1, 2]}', "options: must be a list of texts"),
        ('{"id": 1, "question": "x", "options": ["a"]}', "options: 1 given: give 2 to 26"),
        ('{"id": 1, "question": "x", "options": []}', "options: 0 given"),
        ('{"id": 1, "question": "x", "options": ["a", " "]}', "options: one of them is empty"),
        ('{"id": 1, "question": "x", "options": {"A": "a", "C": "c"}}', "options: the keys must"),
        ('{"id": 1, "question": "x", "options": {"A": "a", "a": "c"}}', "options: the keys must"),
        ('{"id": 1, "question": "x", "options": ["a", "\\ud800"]}', "options: NUL or half of"),
        ("[" * 100_000, "not JSON"),
        ("9" * 5_000, "not JSON"),
    ],
)
def test_wrong_lines_are_named(line: str, problem: str) -> None:
    lines = refusal('{"id": "ok", "question": "x"}\n' + line)
    assert len(lines) == 1
    number = 2 + line.count("\n")
    assert lines[0].startswith(f"q.jsonl: line {number}: {problem}") or problem in lines[0]
    assert f"line {number}: " in lines[0]


@pytest.mark.parametrize(
    "options", ['["明治", "大正"]', '{"A": "明治", "B": "大正"}', '{"b": "大正", "a": "明治"}']
)
def test_options_are_a_list_or_texts_by_letter(options: str) -> None:
    (question,) = read(f'{{"id": 1, "question": "x", "options": {options}}}')
    assert question == Question(1, "x", ("明治", "大正"))


def test_at_most_ten_wrong_lines_are_listed() -> None:
    lines = refusal("{}\n" * 30)
    assert lines[0] == "q.jsonl: line 1: id and question missing"
    assert len(lines) == 11
    assert lines[-1] == "q.jsonl: and 20 more"


def test_files_that_hold_no_questions() -> None:
    assert refusal("\n \n") == ['q.jsonl: no questions: write {"id": …, "question": …} a line']
    assert refusal("質問".encode("shift_jis"))[0].startswith("q.jsonl: byte 0: not UTF-8")
    with pytest.raises(ConfigError, match=r"nothing\.jsonl: cannot be read: No such file"):
        read_questions(Path("nothing.jsonl"))
    with pytest.raises(ConfigError, match="cannot be read"):
        read_questions(Path())


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1),
        min_size=1,
    ).filter(lambda questions: all(text.strip() for text in questions.values()))
)
def test_any_questions_come_back_in_order(questions: dict[str, str]) -> None:
    lines = [json.dumps({"id": i, "question": q}) for i, q in questions.items()]
    assert [(q.id, q.question) for q in read("\n".join(lines))] == list(questions.items())


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=100))
def test_any_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(ConfigError):
        read(raw)
