"""One question of a dataset with everything that is known about its right answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Evidence:
    """A passage that proves the answer, quoted word for word from a document."""

    source: str
    quote: str


@dataclass(frozen=True)
class Sample:
    """A question, and what an answer to it is scored against; what is empty is not known.

    `aliases` are accepted spellings of the answer, any one is enough; `alias_groups`, where given,
    decide instead: each needs one hit. All of `evidence` is needed unless `evidence_any`.
    `relevant` maps ids of passages to their gain, over 0. `options` are those of a multiple-choice
    question and `right_option` the place of the right one, from 0. `context` holds passages that
    are known to answer the question where no document does. Questions of one `group` depend on
    each other. `line` is where the question stands in its file.
    """

    id: str
    question: str
    type: str = ""
    lang: str = ""
    group: str = ""
    line: int = 0
    answerable: bool = True
    synthetic: bool = False
    reference: str = ""
    aliases: tuple[str, ...] = ()
    alias_groups: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    evidence_any: bool = False
    relevant: Mapping[str, float] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    right_option: int | None = None
    context: tuple[str, ...] = ()
