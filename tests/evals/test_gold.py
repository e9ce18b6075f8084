from __future__ import annotations

from evals.gold import locate_gold, missing_passages
from evals.sample import Evidence, Sample


def test_quotes_are_located_and_what_is_missing_is_named_by_its_line() -> None:
    samples = [
        Sample("a", "？", line=1, evidence=(Evidence("doc.md", "川 会議"),)),
        Sample(
            "b", "？", line=2, evidence=(Evidence("doc.md", "山会議"), Evidence("dok.md", "川"))
        ),
        Sample("c", "？", line=3),
    ]
    gold, problems = locate_gold(samples, {"doc.md": "夜の川会議です"})
    assert gold["a"][0].places == ((2, 5),)
    assert gold["b"] == gold["c"] == []
    assert [problem.line for problem in problems] == [2, 2]
    assert problems[0].message == "evidence: quote not found in doc.md: '山会議'"
    assert problems[1].message.startswith("evidence: no document is named 'dok.md'.")
    assert "doc.md" in problems[1].message


def test_relevant_passages_must_be_in_the_corpus() -> None:
    samples = [Sample("a", "？", line=4, relevant={"p1": 1.0, "p9": 1.0})]
    problems = missing_passages(samples, ["p1", "p2"])
    assert [(p.line, p.message) for p in problems] == [
        (4, "relevant passage 'p9' is not in the corpus")
    ]
