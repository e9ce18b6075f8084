from __future__ import annotations

from collections import Counter

from evals.synthesis.candidates import Candidate, candidates
from evals.synthesis.passages import Passage, Sentence
from evals.synthesis.telling_words import TellingWords

SENTENCES = (
    "魚道の勾配の設計が六分の一です。",
    "公民館の座席の定員が八十名です。",
    "浄水場の職員の交代が三回です。",
    "灯台の階段の段数が百九十段です。",
    "水田の用水の水路が五十キロです。",
    "漁協の組合の理事が三十名です。",
)


def passage(source: str, *texts: str) -> Passage:
    sentences = tuple(Sentence(100 * n, 100 * n + len(t), t) for n, t in enumerate(texts))
    return Passage(source, "", "ja", "\n".join(texts), sentences)


def passages_of(source: str) -> list[Passage]:
    """A passage of one sentence each, with one phrase to ask for."""
    return [passage(source, sentence) for sentence in SENTENCES]


def queue(*passages: Passage, seed: int = 0) -> list[Candidate]:
    words = TellingWords([s.shown for p in passages for s in p.sentences])
    return candidates(passages, words, seed)


def test_documents_take_turns_until_one_is_used_up() -> None:
    large = passages_of("large.md")
    small = passage("small.md", "図書館の書庫の蔵書が十四万冊です。")
    sources = [one.passage.source for one in queue(*large, small)]
    assert set(sources[:2]) == {"large.md", "small.md"}
    assert Counter(sources)["small.md"] < Counter(sources)["large.md"]
    last_small = max(n for n, source in enumerate(sources) if source == "small.md")
    turns = sources[: last_small + 1]
    assert abs(turns.count("small.md") - turns.count("large.md")) <= 1


def test_each_phrase_of_a_sentence_comes_once_and_sentences_take_turns() -> None:
    one = passage(
        "a.md", "魚道の勾配は六分の一で幅は三メートルです。", "堰の上流の水深は二メートルです。"
    )
    found = queue(one)
    assert len({(c.asked, c.answer) for c in found}) == len(found)
    assert {found[0].asked, found[1].asked} == {0, 1}
    for candidate in found:
        assert candidate.answer in candidate.sentence.quote


def test_sentences_that_tell_nothing_and_rows_of_tables_are_left_out() -> None:
    found = queue(passage("a.md", "はい、ありがとうございます。", "| 魚道 | 三十メートル |"))
    assert found == []


def test_the_seed_decides_the_order_and_the_ids() -> None:
    passages = passages_of("a.md")
    orders = [[(c.passage.text, c.answer) for c in queue(*passages, seed=s)] for s in (0, 0, 1)]
    assert orders[0] == orders[1] != orders[2]
    ids = [{c.id for c in queue(*passages, seed=seed)} for seed in (0, 1)]
    assert ids[0].isdisjoint(ids[1])
    assert len(ids[0]) == len(orders[0])
