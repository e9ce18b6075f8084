from __future__ import annotations

from typing import Any

import pytest

from evals.question_records import RecordError, read_sample
from evals.sample import Evidence


def test_an_id_and_a_question_are_enough() -> None:
    sample = read_sample({"id": 3, "question": "いつ？"}, line=7)
    assert (sample.id, sample.question, sample.line, sample.answerable) == ("3", "いつ？", 7, True)


def test_every_field_of_the_schema_is_read() -> None:
    sample = read_sample(
        {
            "id": "q", "question": "どこ？", "type": "factoid", "lang": "ja", "group": "lecture-3",
            "synthetic": True, "answer": "公民館", "answer_aliases": ["公民館", "こうみんかん"],
            "answer_groups": [["公民館"], ["夜"]], "evidence_any": True,
            "evidence": [{"source": "a.md", "quote": "公民館で"}],
        }
    )  # fmt: skip
    assert (sample.type, sample.lang, sample.group, sample.synthetic) == (
        "factoid", "ja", "lecture-3", True,
    )  # fmt: skip
    assert (sample.reference, sample.aliases) == ("公民館", ("公民館", "こうみんかん"))
    assert sample.alias_groups == (("公民館",), ("夜",))
    assert (sample.evidence, sample.evidence_any) == ((Evidence("a.md", "公民館で"),), True)


def test_the_type_says_what_cannot_be_answered() -> None:
    assert not read_sample({"id": "q", "question": "？a", "type": "unanswerable"}).answerable
    assert not read_sample({"id": "q", "question": "？a", "answerable": False}).answerable


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ({"B": "川", "A": "山"}, {"answer": "B"}),
        (["山", "川"], {"answer": "b"}),
        (["山", "川"], {"answer_index": 1}),
    ],
)
def test_options_have_a_right_one(options: object, answer: dict[str, Any]) -> None:
    sample = read_sample({"id": "q", "question": "どれ？", "options": options, **answer})
    assert (sample.options, sample.right_option) == (("山", "川"), 1)
    assert sample.reference == ""  # a letter is no answer in words


def test_other_sets_keys_are_known() -> None:
    niilc = {"_id": "N-1", "text": "何？", "answers": ["氷", ""], "evidence": "氷である。"}
    sample = read_sample(niilc)
    assert (sample.id, sample.question, sample.aliases, sample.evidence) == (
        "N-1", "何？", ("氷",), (),
    )  # fmt: skip
    jemhop = {
        "qid": "j", "question": "同じ？", "answer": "YES", "derivations": [["市", "地方", ["東北"]]]
    }  # fmt: skip
    assert read_sample(jemhop).context == ("市の地方は東北です。",)
    rationale = {"doc_id": "7", "label": "SUPPORT", "sentences": [4]}
    assert read_sample({"_id": "5", "text": "Ice.", "evidence": [rationale]}).evidence == ()


@pytest.mark.parametrize(
    ("record", "named"),
    [
        ({"question": "何？"}, "id: missing"),
        ({"id": True, "question": "何？"}, "id: missing"),
        ({"id": "q"}, "question: missing"),
        ({"id": "q", "question": " "}, "question: missing"),
        ({"id": "q", "question": "何？", "type": ["a"]}, "type: must be text"),
        ({"id": "q", "question": "何？", "answerable": "no"}, "answerable: must be true or false"),
        ({"id": "q", "question": "何？", "answer_aliases": "氷"}, "answer_aliases: must be a list"),
        ({"id": "q", "question": "何？", "answer_groups": [[]]}, "answer_groups: a group is empty"),
        ({"id": "q", "question": "何？", "evidence": [{"quote": "氷"}]}, "evidence: must be"),
        ({"id": "q", "question": "何？", "options": ["a"]}, "options: 1 given"),
        ({"id": "q", "question": "何？", "options": ["a", "b"]}, "answer: must be the letter"),
        (
            {"id": "q", "question": "何？", "options": ["a", "b"], "answer_index": 2},
            "answer_index: must be 0 to 1",
        ),
        ({"id": "q", "question": "何？", "derivations": [["a"]]}, "derivations: must be"),
        (
            {
                "id": "q", "question": "何？", "answerable": False,
                "evidence": [{"source": "a", "quote": "b"}],
            },
            "answerable: false, but",
        ),
        ({"id": "q", "question": "何\x00"}, "not text"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_key(record: dict[str, Any], named: str) -> None:
    with pytest.raises(RecordError, match=named):
        read_sample(record)
