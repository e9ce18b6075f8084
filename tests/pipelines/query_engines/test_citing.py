from __future__ import annotations

from llama_index.core.schema import NodeWithScore, TextNode

from pipelines.query_engines.citing import cite, quotes


def hit(text: str, start: int = 0, **metadata: object) -> NodeWithScore:
    node = TextNode(
        text=text,
        start_char_idx=start,
        end_char_idx=start + len(text),
        metadata={"source": "lecture.md", **metadata},
    )
    return NodeWithScore(node=node, score=1.0)


def test_citation_is_the_sentence_with_its_span_in_the_document() -> None:
    document = "昼食はうどんだった。改修は第二案に決まった。夕食は未定だ。"
    context = [hit("関係のない話。"), hit(document[10:], start=10)]
    (citation,) = cite("第二案です。", "改修はどうなった？", context, most=1)
    assert citation.n == 2
    assert citation.text == "改修は第二案に決まった。"
    assert document[citation.start_char : citation.end_char] == citation.text


def test_time_is_interpolated_inside_the_passage() -> None:
    # Twenty characters in 40 seconds from 1:00 on: the second sentence is the second half.
    context = [hit("昼食はうどんだったよ。改修は第二案だ。"[:20], t_start=60.0, t_end=98.0)]
    (citation,) = cite("第二案だ。", "改修は？", context, most=1)
    # 19 characters, two seconds each; the sentence goes from 11 to 19.
    assert citation.label == "lecture.md [01:22–01:38]"


def test_sentence_that_fits_the_question_best_is_cited_beside_the_answers() -> None:
    context = [
        hit("千回から百件に減らすと定着した知識は半分に減る。"),
        hit("確実に定着させるには数百件を準備する。"),
    ]
    asked = "千回から百件に減らすと知識はどうなる？"
    cited = cite("数百件を準備する必要がある。", asked, context, most=2)
    assert [c.n for c in cited] == [1, 2]


def test_the_same_words_are_cited_once() -> None:
    cited = cite("著者はsugupoko。", "著者は？", [hit("sugupoko"), hit("sugupoko")], most=2)
    assert len(cited) == 1


def test_sentences_far_behind_the_best_one_are_not_cited() -> None:
    context = [
        hit("改修の費用は三億円だった。"),
        hit("改修の話。"),
        hit("費用は三億円だった、改修で。"),
    ]
    cited = cite("費用は三億円だった。", "費用は？", context, most=3)
    assert [c.n for c in cited] == [1, 3]
    assert len(cite("費用は三億円だった。", "費用は？", context, most=1)) == 1


def test_answer_in_another_language_cites_the_best_ranked_passage() -> None:
    (citation,) = cite(
        "The second.", "Which?", [hit("昼食の話。"), hit("改修は第二案。", 7)], most=2
    )
    assert (citation.n, citation.start_char, citation.end_char) == (2, 7, 14)


def test_no_answer_and_no_passage_cite_nothing() -> None:
    assert cite("", "何？", [hit("話。")], most=2) == []
    assert cite("話。", "何？", [], most=2) == []


def test_quotes_are_one_line_each_and_inert() -> None:
    context = [hit("部分切り下げ の 案で\x1b[31mいく  the plan。")]
    assert quotes(cite("切り下げの案", "何？", context, most=1)) == (
        "「部分切り下げの案で[31mいく the plan。」[1]"
    )
