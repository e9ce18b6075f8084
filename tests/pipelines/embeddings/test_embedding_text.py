"""Text that engines can take: nothing lost that has a meaning, nothing left that breaks them."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from pipelines.embeddings.text import embeddable, ends


def test_nul_goes_and_the_rest_of_the_text_stays() -> None:
    assert embeddable("強化\0学習\0") == "強化学習"


def test_surrogates_pair_up_or_become_the_replacement_character() -> None:
    assert embeddable("a\ud83d\ude00b") == "a😀b"
    assert embeddable("a\ud83d b\ude00") == "a\ufffd b\ufffd"


def test_the_salutation_is_written_out() -> None:
    assert embeddable("x\ufdfay") == "x" + unicodedata.normalize("NFKC", "\ufdfa") + "y"
    assert len(embeddable("\ufdfa")) == 18


@given(st.text())
def test_well_formed_text_is_unchanged_but_for_nul_and_the_salutation(text: str) -> None:
    plain = text.replace("\0", "").replace("\ufdfa", "")
    assert embeddable(plain) == plain


@given(st.text(st.characters()) | st.text(st.sampled_from("\0\ud800\udc00\ufdfaあa")))
def test_the_result_is_always_utf8_without_nul_and_stable(text: str) -> None:
    clean = embeddable(text)
    assert b"\0" not in clean.encode("utf-8")
    assert embeddable(clean) == clean


def test_of_a_text_that_is_too_long_both_ends_are_left() -> None:
    assert ends("abcdefghij", 10, len) == "abcdefghij"
    assert ends("abcdefghij", 4, len) == "ab\nij"
    assert ends("abcdefghij", 5, len) == "ab\nij", "half of the room each"


@given(
    st.text(st.characters(exclude_characters="\n"), max_size=60),
    st.integers(0, 20),
    st.integers(0, 5),
)
def test_ends_fit_by_a_count_that_adds_a_prefix(text: str, most: int, prefix: int) -> None:
    def count(part: str) -> int:
        return prefix + len(part)

    left = ends(text, most, count)
    if count(text) <= most:
        assert left == text
    else:
        head, tail = left.split("\n")
        assert len(head) == len(tail) == max(0, most // 2 - prefix)
        assert text.startswith(head)
        assert text.endswith(tail)
