"""Why a question is rejected: reasons that a machine can count and a person can read."""

from __future__ import annotations

from typing import Literal, get_args

Reason = Literal[
    "model_failed",
    "unreadable",
    "wrong_language",
    "length",
    "refers_to_passage",
    "spoken",
    "contains_answer",
    "vague",
    "asks_otherwise",
    "off_sentence",
    "foreign",
    "not_in_text",
    "unsupported",
    "duplicate",
    "not_read_back",
    "too_few_options",
    "option_in_evidence",
    "another_option",
    "no_clear_option",
    "closed_book",
]
REASONS: tuple[Reason, ...] = get_args(Reason)
# In the order in which they are looked for: what costs nothing first.
MEANINGS: dict[Reason, str] = {
    "model_failed": "the model gave no result",
    "unreadable": "what the model wrote is not one question",
    "wrong_language": "the question is in another language than was asked for",
    "length": "there are enough questions of this length, or it is in no bucket",
    "refers_to_passage": "it speaks of a passage, or of a thing or time that it does not name",
    "spoken": "it is left in the words of speech",
    "contains_answer": "the question contains its own answer",
    "vague": "too few words tell what it is about, or nothing is its subject",
    "asks_otherwise": "it asks for another kind of thing than the answer is",
    "off_sentence": "it is not about the sentence that the answer stands in",
    "foreign": "it states a number that the passage does not",
    "not_in_text": "the supporting sentence does not stand in the document",
    "unsupported": "the answer does not stand in the sentence, or in another one as well",
    "duplicate": "nearly the same as another question",
    "not_read_back": "asked with the passage, the model answers something else",
    "too_few_options": "fewer than four wrong options that differ from all others",
    "option_in_evidence": "wrong options stand in the supporting sentence",
    "another_option": "with the passage, the model prefers another option",
    "no_clear_option": "with the passage, no option wins clearly",
    "closed_book": "the model knows the answer without the passage",
}


class RejectedError(Exception):
    """A question fails a check.

    `reason` is one of REASONS; the message is a line for a person that names what was found.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
