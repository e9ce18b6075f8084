"""Nodes that are readings of the same words: one of them stays."""

from __future__ import annotations

import copy

from llama_index.core.schema import NodeWithScore, TextNode

from pipelines.also_heard import ALSO_HEARD_KEY
from pipelines.parts import Parts
from pipelines.postprocessors.deduplicate import DeduplicateSettings
from pipelines.postprocessors.heard_again import covered_share, heard_again, replaces
from pipelines.postprocessors.joined_spans import union

# One recording is at 0, what another one heard of it at 1,000.
AWAY = 1000


def reading(
    start: int, end: int, heard: tuple[int, int] | None, better: bool = False, source: str = "a"
) -> TextNode:
    """A node whose letters no other place has, so that nothing but the marks tells of readings.

    `heard` is the span of its other reading, `better` whether that one is.
    """
    other = "2" if start < AWAY else "1"
    marks = [[other, *heard, 0.0, 1.0, better]] if heard else []
    return TextNode(
        text="".join(chr(0x4E00 + place) for place in range(start, end)),
        start_char_idx=start,
        end_char_idx=end,
        metadata={
            "source": source,
            "recording": other,
            **({ALSO_HEARD_KEY: marks} if marks else {}),
        },
    )


def kept(*nodes: TextNode, **settings: float) -> list[NodeWithScore]:
    hits = [NodeWithScore(node=n, score=1 / (i + 1)) for i, n in enumerate(nodes)]
    before = copy.deepcopy(hits)
    done = DeduplicateSettings(**settings).build(Parts()).postprocess_nodes(hits)
    assert hits == before, "the input is not changed"
    return done


def test_the_share_that_stretches_cover() -> None:
    assert covered_share((0, 10), []) == 0
    assert covered_share((0, 10), [(2, 4), (3, 6), (9, 20)]) == 0.5
    assert covered_share((5, 5), [(0, 9)]) == 0


def test_the_worse_reading_of_lower_rank_goes() -> None:
    good = reading(0, 20, (AWAY, AWAY + 20))
    bad = reading(AWAY, AWAY + 20, (0, 20), better=True)
    assert [hit.node for hit in kept(good, bad)] == [good]


def test_the_better_reading_stays_at_the_better_rank() -> None:
    bad = reading(0, 20, (AWAY, AWAY + 20), better=True)
    between = reading(300, 320, None)
    good = reading(AWAY, AWAY + 20, (0, 20))
    first, second = kept(bad, between, good)
    assert (first.node, first.score) == (good, 1.0)
    assert second.node == between


def test_of_readings_alike_the_better_ranked_one_stays() -> None:
    one, other = reading(0, 20, (AWAY, AWAY + 20)), reading(AWAY, AWAY + 20, (0, 20))
    assert [hit.node for hit in kept(other, one)] == [other]
    assert [hit.node for hit in kept(one, other)] == [one]


def test_readings_that_each_call_the_other_better_stay_in_their_order() -> None:
    one = reading(0, 20, (AWAY, AWAY + 20), better=True)
    other = reading(AWAY, AWAY + 20, (0, 20), better=True)
    assert not replaces(other, one)
    assert [hit.node for hit in kept(one, other)] == [one]


def test_a_better_reading_of_half_of_a_node_does_not_take_its_place() -> None:
    long = reading(0, 40, (AWAY, AWAY + 20), better=True)
    half = reading(AWAY, AWAY + 20, (0, 20))
    assert heard_again(long, [half]) == 0.5
    assert heard_again(half, [long]) == 1
    assert [hit.node for hit in kept(long, half)] == [long], "what it says is said already"


def test_nodes_that_share_a_few_words_both_stay() -> None:
    one = reading(0, 20, (AWAY - 15, AWAY + 5))
    other = reading(AWAY, AWAY + 20, (15, 20))
    assert heard_again(other, [one]) == 0.25
    assert len(kept(one, other)) == 2
    assert len(kept(one, other, max_overlap=0.2)) == 1


def test_several_nodes_count_together() -> None:
    first = reading(0, 10, (AWAY, AWAY + 8))
    second = reading(10, 20, (AWAY + 8, AWAY + 16))
    whole = reading(AWAY, AWAY + 20, (0, 20))
    assert [hit.node for hit in kept(first, second, whole)] == [first, second]


def test_one_node_takes_the_best_place_of_several() -> None:
    first = reading(0, 10, (AWAY, AWAY + 10), better=True)
    second = reading(10, 20, (AWAY + 10, AWAY + 20), better=True)
    whole = reading(AWAY, AWAY + 20, (0, 20))
    (only,) = kept(first, second, whole)
    assert (only.node, only.score) == (whole, 1.0)


def test_spans_of_another_document_mean_nothing() -> None:
    one = reading(0, 20, (AWAY, AWAY + 20))
    other = reading(AWAY, AWAY + 20, (0, 20), source="b")
    assert heard_again(other, [one]) == 0
    assert len(kept(one, other)) == 2


def test_a_bound_of_1_switches_it_off() -> None:
    one, other = reading(0, 20, (AWAY, AWAY + 20)), reading(AWAY, AWAY + 20, (0, 20))
    assert len(kept(one, other, max_overlap=1)) == 2


def test_what_is_not_aligned_is_still_compared_by_its_letters() -> None:
    copied = [
        TextNode(
            text="費用は全体の改修の十分の一で済むそうです",
            start_char_idx=start,
            end_char_idx=start + 20,
            metadata={"source": "a", "recording": str(start)},
        )
        for start in (0, 500)
    ]
    assert len(kept(*copied)) == 1


def test_a_union_was_heard_where_its_parts_were() -> None:
    before = reading(0, 12, (AWAY, AWAY + 12))
    after = reading(8, 20, (AWAY + 8, AWAY + 20))
    joined = union(before, after, after)
    assert [mark[1:3] for mark in joined.metadata[ALSO_HEARD_KEY]] == [
        [AWAY, AWAY + 12],
        [AWAY + 8, AWAY + 20],
    ]
    assert heard_again(reading(AWAY, AWAY + 20, None), [joined]) == 1
