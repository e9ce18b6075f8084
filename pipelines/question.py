"""What can be asked."""

from __future__ import annotations

from pipelines.errors import YomitokiError
from pipelines.written_list import says_something


def check_question(question: str) -> None:
    """Refuse a question that says nothing: an empty one, one of emoji or punctuation alone.

    Raises:
        YomitokiError: It has no letter and no digit.
    """
    if not question.strip():
        raise YomitokiError("question: it is empty: write a question")
    if not says_something(question):
        raise YomitokiError("question: it has no letter and no digit: ask in words")
