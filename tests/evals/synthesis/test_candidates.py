from __future__ import annotations

from collections import Counter

from evals.synthesis.candidates import Candidate, candidates
from evals.synthesis.passages import Passage, Sentence
from evals.synthesis.telling_words import TellingWords

NAMES = ("魚道", "公民館", "浄水場", "沈砂池", "灯台", "用水路")


def passage(source: str, *texts: str) -> Passage:
    sentences = tuple(Sentence(100 * n, 100 * n + len(t), t) for n, t in enumerate(texts))
    return Passage(source, "", "ja", "\n".join(texts), sentences)


def budgets(source: str) -> list[Passage]:
    """A passage of one sentence for each of the names."""
    return [
        passage(source, f"{name}の定員の予算は{n}百名です。") for n, name in enumerate(NAMES, 2)
    ]


def queue(*passages: Passage, seed: int = 0) -> list[Candidate]:
    words = TellingWords([s.shown for p in passages for s in p.sentences])
    return candidates(passages, words, seed)


def test_documents_take_turns_until_one_is_used_up() -> None:
    large = budgets("large.md")
    small = passage("small.md", "漁協の組合の理事は三十名です。")
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
    passages = budgets("a.md")
    orders = [[(c.passage.text, c.answer) for c in queue(*passages, seed=s)] for s in (0, 0, 1)]
    assert orders[0] == orders[1] != orders[2]
    ids = [{c.id for c in queue(*passages, seed=seed)} for seed in (0, 1)]
    assert ids[0].isdisjoint(ids[1])
    assert len(ids[0]) == len(orders[0])
