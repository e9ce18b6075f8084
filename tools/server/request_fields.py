"""The fields that requests share: text that can be read, and what a question is asked of."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pipelines.config_yaml import is_text
from pipelines.errors import QuestionError
from pipelines.question import check_question
from pipelines.scope import NodeFilter, parse_time_range

LONGEST_QUESTION = 8_000
MOST_TOP_K = 200


def _readable(text: str) -> str:
    if not is_text(text):
        raise ValueError("NUL or half of a surrogate pair is not text: leave it out")
    return text


def _askable(text: str) -> str:
    try:
        check_question(text)
    except QuestionError as error:
        raise ValueError(str(error).removeprefix("question: ")) from None
    return text


def _time_range(text: str) -> str:
    if text:
        parse_time_range(text)
    return text


Text = Annotated[str, AfterValidator(_readable)]
Name = Annotated[Text, Field(min_length=1, max_length=100)]
Question = Annotated[
    Text,
    Field(max_length=LONGEST_QUESTION, description="In words: it needs a letter or a digit."),
    AfterValidator(_askable),
]
Pattern = Annotated[Text, Field(min_length=1, max_length=500)]
Patterns = Annotated[list[Pattern], Field(max_length=50)]


class Request(BaseModel):
    """A request's body: unknown keys are errors, numbers are finite, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Where(Request):
    """Only passages that match one value of each key that is given."""

    source: Patterns = Field(default=[], description="File names, with * and ?.")
    recording: Patterns = Field(
        default=[], description="Titles or ids of recordings, with * and ?."
    )
    speaker: Patterns = Field(default=[], description="Names of speakers.")
    time: Annotated[Text, Field(max_length=50), AfterValidator(_time_range)] = Field(
        default="", description="A range such as 10:00-12:30, 90- or -5:00."
    )

    def filter(self) -> NodeFilter:
        """As the pipeline takes it."""
        return NodeFilter(
            source=tuple(self.source),
            recording=tuple(self.recording),
            speaker=tuple(self.speaker),
            time=self.time,
        )


class Asked(Request):
    """What a question is asked of."""

    collection: Name | None = Field(default=None, description="Else the one of the model's config.")
    where: Where | None = Field(default=None, description="Else the filter of the model's config.")

    def filter(self) -> NodeFilter | None:
        """As the pipeline takes it; None where none is given."""
        return self.where.filter() if self.where else None
