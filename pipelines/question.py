"""What can be asked."""

from __future__ import annotations

from pipelines.errors import QuestionError
from pipelines.written_list import says_something


def check_question(question: str) -> None:
    """Refuse a question that says nothing: an empty one, one of emoji or punctuation alone.

    Raises:
        QuestionError: It has no letter and no digit.
    """
    if not question.strip():
        raise QuestionError("question: it is empty: write a question")
    if not says_something(question):
        raise QuestionError("question: it has no letter and no digit: ask in words")
