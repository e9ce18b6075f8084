from __future__ import annotations

import pytest
from llama_index.core.schema import BaseNode, Document, MetadataMode
from pydantic import ValidationError

from pipelines.document import Section, make_document, span
from pipelines.node_parsers.hierarchical import HierarchicalParserSettings

TEXT = "# 章\n一つ。二つ。\n\n三つ。\n# 次\n四つ。"
SECTIONS = [Section(0, 16, {"heading": "章"}), Section(16, len(TEXT), {"heading": "次"})]
ALL = ("document", "section", "paragraph", "sentence")


def parse(document: Document, **settings: object) -> list[BaseNode]:
    settings = {"min_chars": 0, **settings}
    return HierarchicalParserSettings.model_validate(settings).build()([document])


def outline(nodes: list[BaseNode]) -> list[tuple[str, str]]:
    return [(node.metadata["level"], node.get_content()) for node in nodes]


def test_parents_stand_before_their_children() -> None:
    assert outline(parse(make_document(TEXT, "a.md", SECTIONS), levels=ALL)) == [
        ("document", TEXT),
        ("section", "# 章\n一つ。二つ。\n\n三つ。"),
        ("paragraph", "# 章\n一つ。二つ。"),
        ("sentence", "# 章\n一つ。"),
        ("sentence", "二つ。"),
        ("paragraph", "三つ。"),
        ("sentence", "三つ。"),
        ("section", "# 次\n四つ。"),
        ("paragraph", "# 次\n四つ。"),
        ("sentence", "# 次\n四つ。"),
    ]


def test_links_lead_up_down_and_along() -> None:
    nodes = parse(make_document(TEXT, "a.md", SECTIONS))
    first, second = (n for n in nodes if n.metadata["level"] == "section")
    assert first.parent_node is None
    assert first.next_node is not None
    assert first.next_node.node_id == second.node_id
    paragraphs = [n for n in nodes if n.metadata["level"] == "paragraph"]
    assert [child.node_id for child in first.child_nodes or []] == [
        node.node_id for node in paragraphs[:2]
    ]
    for paragraph, parent in zip(paragraphs, (first, first, second), strict=True):
        assert paragraph.parent_node is not None
        assert paragraph.parent_node.node_id == parent.node_id
    assert paragraphs[1].next_node is not None
    assert paragraphs[1].next_node.node_id == paragraphs[2].node_id, "across sections"


def test_the_same_span_on_several_levels_is_several_nodes() -> None:
    nodes = parse(Document(text="一つ。"))
    assert [node.metadata["level"] for node in nodes] == ["section", "paragraph", "sentence"]
    assert {span(node) for node in nodes} == {(0, 3)}
    assert len({node.node_id for node in nodes}) == 3


def test_levels_may_be_left_out() -> None:
    document = make_document(TEXT, "a.md", SECTIONS)
    found = outline(parse(document, levels=("section", "sentence")))
    assert [level for level, _ in found] == ["section", *["sentence"] * 3, "section", "sentence"]
    assert [text for level, text in found if level == "section"] == [
        text for level, text in outline(parse(document)) if level == "section"
    ], "the others are cut as before"


def test_a_long_section_is_cut_between_paragraphs() -> None:
    # Four paragraphs of 20 and a blank line between: 86 characters, at most 50 a section.
    paragraph = "今日は川まで歩いた。今日は川まで歩いた。"
    nodes = parse(Document(text="\n\n".join([paragraph] * 4)), section_chars=50, max_chars=50)
    sections = [text for level, text in outline(nodes) if level == "section"]
    assert sections == [f"{paragraph}\n\n{paragraph}"] * 2


def test_nodes_have_their_sections_metadata_and_the_level_is_not_embedded() -> None:
    nodes = parse(make_document(TEXT, "a.md", SECTIONS), levels=ALL)
    assert nodes[0].metadata == {"source": "a.md", "level": "document"}
    assert nodes[1].metadata == {"source": "a.md", "heading": "章", "level": "section"}
    assert nodes[5].get_content(MetadataMode.EMBED) == "章\n三つ。"


def test_nodes_of_a_transcript_know_who_spoke_and_when() -> None:
    text = "はい。そうです。"
    sections = [
        Section(0, 3, {"recording": "R", "speaker": "A", "t_start": 0, "t_end": 1}),
        Section(3, 8, {"recording": "R", "speaker": "B", "t_start": 1, "t_end": 3}),
    ]
    section, *rest = parse(make_document(text, "t.md", sections))
    assert (section.metadata["speaker"], section.metadata["t_end"]) == ("A, B", 3)
    assert [n.metadata["speaker"] for n in rest if n.metadata["level"] == "paragraph"] == ["A", "B"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"levels": []}, "at least 1"),
        ({"levels": ["sentence", "section"]}, "in the order document, section, paragraph"),
        ({"levels": ["section", "section"]}, "each at most once"),
        ({"levels": ["document"]}, "must end below document"),
        ({"section_chars": 300}, "section_chars must be at least max_chars, got 300 and 400"),
        ({"min_chars": 500}, "min_chars must be at most max_chars, got 500 and 400"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(
    settings: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        HierarchicalParserSettings.model_validate(settings)


def test_sections_may_begin_where_the_topic_changes() -> None:
    river = "川の堰と魚道について話します。\n\n魚は堰を越えて川を上ります。\n\n" * 4
    model = "強化学習の報酬を設計します。\n\n報酬の設計は学習の結果を変えます。\n\n" * 4
    document = make_document(river + model, "a.md", [])
    sections = [
        node.get_content().strip()
        for node in parse(document, sections="topics")
        if node.metadata["level"] == "section"
    ]
    assert sections == [river.strip(), model.strip()]
    assert len(parse(document, levels=("section",))) == 1


def test_a_long_topic_is_cut_by_its_length() -> None:
    document = make_document("川の堰と魚道の話です。\n\n" * 30, "a.md", [])
    nodes = parse(document, sections="topics", levels=("section",), section_chars=100, max_chars=50)
    assert len(nodes) > 2
    assert max(len(node.get_content()) for node in nodes) <= 100
