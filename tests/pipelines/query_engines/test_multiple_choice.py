from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from pipelines.errors import ConfigError, StoppedError, YomitokiError
from pipelines.parts import Parts
from pipelines.query_engines.multiple_choice import Member, MultipleChoice
from pipelines.query_engines.multiple_choice_settings import MultipleChoiceSettings
from pipelines.query_engines.option_scoring import OptionScores, softmax, weighted_mean
from tests.pipelines.query_engines.engine_doubles import (
    ChoosingLLM,
    Drops,
    Finds,
    KeepsFirst,
    node,
)

OPTIONS = ["明治", "大正", "昭和"]
NODES = [node("堰は大正にできた。"), node("橋は昭和にできた。")]


def engine(
    llm: ChoosingLLM,
    retriever: Finds | None = None,
    scorer: dict[str, object] | None = None,
    **settings: object,
) -> MultipleChoice:
    chosen = MultipleChoiceSettings.model_validate(
        {
            "kind": "multiple_choice",
            "scorer": {"kind": "likelihood", **(scorer or {"letter_weight": 1})},
            **settings,
        }
    )
    return chosen.build(Parts(llm=llm), retriever or Finds(NODES), (("first", KeepsFirst()),))


def knows(option: str) -> ChoosingLLM:
    """Weights 1 to the others and 2 to an option."""
    return ChoosingLLM(weigh=lambda _, line: 2.0 if line == option else 1.0)


def test_options_are_ranked_and_the_best_is_named() -> None:
    answer = engine(knows("大正")).choose("堰はいつできた？", OPTIONS)
    assert [(o.option, o.text) for o in answer.ranking] == [(1, "大正"), (0, "明治"), (2, "昭和")]
    assert [o.probability for o in answer.ranking] == pytest.approx([0.5, 0.25, 0.25])
    assert (answer.text, answer.refused) == ("B. 大正", False)
    assert answer.question == "堰はいつできた？"
    assert answer.steps == ["member 1: B 0.50, A 0.25, C 0.25"]
    assert (answer.retrieved, answer.context) == (NODES, NODES[:1])
    assert [kind for kind, _ in answer.stages] == ["first"]
    assert {"retrieving", "first", "scoring the options"} == set(answer.seconds)


@pytest.mark.parametrize(
    ("query", "searched"),
    [
        ("question", ["いつ？"]),
        ("question_and_options", ["いつ？ 明治 大正 昭和"]),
        ("closed_book", []),
    ],
)
def test_what_is_searched_for(query: str, searched: list[str]) -> None:
    llm, retriever = knows("大正"), Finds(NODES)
    answer = engine(llm, retriever, query=query).choose("いつ？", OPTIONS)
    assert retriever.asked == searched
    assert [answer.asked] == (searched or [""])
    assert ("堰は大正にできた。" in llm.judged[0]) == bool(searched)
    assert ("[参考資料]" in llm.judged[0]) == bool(searched)


def test_options_stand_behind_what_all_their_orders_share() -> None:
    llm = knows("大正")
    scorer = {"letter_weight": 1, "permutations": 3}
    answer = engine(llm, scorer=scorer).choose("いつ？", OPTIONS)
    assert len(llm.judged) == 3
    shared = llm.judged[0].index("A. 明治")
    assert len({prompt[:shared] for prompt in llm.judged}) == 1
    assert answer.ranking[0].probability == pytest.approx(0.5)


LENGTHS = {"明治": -4.0, "大正時代": -4.0, "昭和": -8.0}


@pytest.mark.parametrize("way", ["per_token", "per_character"])
def test_texts_by_hand_normalised_by_length(way: str) -> None:
    # A token a character: -4/2, -4/4 and -8/2.
    llm = ChoosingLLM(likely=lambda _, text: LENGTHS[text])
    scorer = {"letter_weight": 0, "option_score": way}
    answer = engine(llm, scorer=scorer).choose("いつ？", list(LENGTHS))
    total = math.exp(-2) + math.exp(-1) + math.exp(-4)
    expected = [math.exp(-1) / total, math.exp(-2) / total, math.exp(-4) / total]
    assert [o.option for o in answer.ranking] == [1, 0, 2]
    assert [o.probability for o in answer.ranking] == pytest.approx(expected)
    assert answer.prompt == llm.judged[-1]


def test_pmi_takes_out_what_a_text_is_worth_without_the_question() -> None:
    # 明治: -4 asked, -2 anyway; 大正: -5 asked, -6 anyway: -2 against +1.
    asked, anyway = {"明治": -4.0, "大正": -5.0}, {"明治": -2.0, "大正": -6.0}
    llm = ChoosingLLM(likely=lambda prompt, text: (asked if "いつ？" in prompt else anyway)[text])
    scorer = {"letter_weight": 0, "option_score": "pmi"}
    answer = engine(llm, scorer=scorer).choose("いつ？", ["明治", "大正"])
    assert answer.ranking[0].option == 1
    assert answer.ranking[0].probability == pytest.approx(1 / (1 + math.exp(-3)))
    assert "堰" in llm.judged[0]
    assert "堰" not in llm.judged[1]


def test_letters_and_texts_are_averaged_with_their_weights() -> None:
    # Letters: 2/3 for 大正. Texts: equal. 0.25 * 2/3 + 0.75 * 1/2.
    answer = engine(knows("大正"), scorer={"letter_weight": 0.25}).choose(
        "いつ？", ["明治", "大正"]
    )
    assert answer.ranking[0].probability == pytest.approx(0.25 * 2 / 3 + 0.75 / 2)


class FindsSaid:
    """A scorer that believes the passages; without one it prefers the first option."""

    def count_tokens(self, text: str) -> int:
        return len(text)

    def score(self, question: str, options: list[str], passages: str) -> OptionScores:  # noqa: ARG002
        said = [option in passages for option in options]
        chosen = said.index(True) if any(said) else 0
        rest = 0.2 / (len(options) - 1)
        return OptionScores([0.8 if i == chosen else rest for i in range(len(options))])


def test_members_search_in_their_own_way_and_are_averaged_with_weights() -> None:
    weir, bridge = Finds(NODES[:1]), Finds(NODES[1:])
    members = [
        Member(weir, weight=1.0),
        Member(bridge, query="question", weight=2.0),
        Member(weir, (("drops", Drops()),), query="closed_book"),
    ]
    answer = MultipleChoice(members, FindsSaid(), 500).choose("いつ？", OPTIONS)
    # 大正 (.1 .8 .1), 昭和 (.1 .1 .8) twice, 明治 (.8 .1 .1); over a weight of 4.
    expected = {2: (0.1 + 1.6 + 0.1) / 4, 0: (0.1 + 0.2 + 0.8) / 4, 1: (0.8 + 0.2 + 0.1) / 4}
    assert {o.option: o.probability for o in answer.ranking} == pytest.approx(expected)
    assert answer.text == "C. 昭和"
    assert len(answer.steps) == 3
    assert answer.stages == [("members", NODES)]
    assert answer.context == NODES
    assert bridge.asked == ["いつ？"]


def test_members_of_a_config_take_the_pipelines_parts_where_they_have_none() -> None:
    retriever = Finds(NODES)
    members = [{}, {"postprocessors": []}, {"query": "closed_book", "weight": 0.5}]
    answer = engine(knows("大正"), retriever, members=members).choose("いつ？", OPTIONS)
    assert len(retriever.asked) == 2
    assert len(answer.steps) == 3
    assert answer.ranking[0].probability == pytest.approx(0.5)
    assert answer.context == [NODES[0], NODES[1]]


def test_nothing_found_is_answered_from_what_the_model_knows() -> None:
    llm = knows("大正")
    answer = engine(llm, Finds([])).choose("いつ？", OPTIONS)
    assert (answer.text, answer.refused) == ("B. 大正", False)
    assert "[参考資料]" not in llm.judged[0]


def test_asked_as_text_the_options_stand_below_the_question() -> None:
    answer = engine(knows("大正")).ask("いつ？\nA. 明治\nB. 大正")
    assert (answer.question, answer.text) == ("いつ？", "B. 大正")
    with pytest.raises(ConfigError, match=r"no options.*A\. "):
        engine(knows("大正")).ask("いつ？")


def test_wrong_use_is_said() -> None:
    asking = engine(knows("大正"))
    with pytest.raises(YomitokiError, match="empty"):
        asking.choose(" ", OPTIONS)
    with pytest.raises(ConfigError, match="equal"):
        asking.choose("いつ？", ["明治", "明治"])
    with pytest.raises(StoppedError):
        asking.choose("いつ？", OPTIONS, cancelled=lambda: True)
    with pytest.raises(ConfigError, match=r"set llm, or use encoder"):
        MultipleChoiceSettings(kind="multiple_choice").build(Parts(), Finds([]), ())
    with pytest.raises(ValidationError):
        engine(knows("大正"), members=[{"weight": 0}])


def test_probabilities_by_hand() -> None:
    assert softmax([0.0, math.log(3)]) == pytest.approx([0.25, 0.75])
    assert softmax([-1000.0, -1000.0]) == pytest.approx([0.5, 0.5])
    assert weighted_mean([[0.2, 0.8], [0.5, 0.5]], [1, 2]) == pytest.approx([0.4, 0.6])
