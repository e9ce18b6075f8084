from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from pipelines.errors import ConfigError
from pipelines.scope import NodeFilter, Scope, parse_time_range, read_filter


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10:00-12:30", (600, 750)),
        ("1:02:03-2:00:00", (3723, 7200)),
        ("90-", (90, float("inf"))),
        ("-5:00", (0, 300)),
        (" 1:00 – 2:00 ", (60, 120)),
    ],
)
def test_ranges_of_time(text: str, seconds: tuple[float, float]) -> None:
    assert parse_time_range(text) == seconds


@pytest.mark.parametrize("text", ["10:00", "-", "", "ten-twelve", "12:00-10:00", "1:99-2:00"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"range of time|no time|ends before"):
        parse_time_range(text)


def test_conditions_as_they_are_typed() -> None:
    found = read_filter(["speaker=A", "speaker=B", "time=1:00-2:00", "source=a=b.md"])
    assert found == NodeFilter(speaker=("A", "B"), time="1:00-2:00", source=("a=b.md",))
    assert read_filter([]) == NodeFilter()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("speaker", "write it as KEY=VALUE"),
        ("=A", "write it as KEY=VALUE"),
        ("speaker=", "write it as KEY=VALUE"),
        ("speakr=A", "where: speakr=A: unknown key. Did you mean 'speaker'?"),
        ("time=10-5", "where: time=10-5: '10-5' ends before it starts"),
    ],
)
def test_a_wrong_condition_is_shown_as_it_was_typed(wrong: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        read_filter([wrong])


def test_a_filter_takes_one_value_or_several() -> None:
    one = NodeFilter.model_validate({"speaker": "A"})
    assert one == NodeFilter.model_validate({"speaker": ["A"]})
    assert one
    assert not NodeFilter()
    assert str(NodeFilter(source=("a", "b"), time="1-2")) == "source=a or b, time=1-2"
    with pytest.raises(ValidationError, match="ends before it starts"):
        NodeFilter(time="9-1")


def test_only_the_scope_that_leaves_nothing_out_is_everything() -> None:
    assert Scope().everything
    assert not Scope(level="paragraph").everything
    assert not Scope(where=NodeFilter(source=("a",))).everything
    assert not Scope(inside=()).everything
