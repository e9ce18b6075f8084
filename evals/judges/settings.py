"""The menu of judges, and of the models that may judge."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from evals.judges.answer_accuracy import AnswerAccuracySettings
from evals.judges.answer_correctness import AnswerCorrectnessSettings
from evals.judges.faithfulness import FaithfulnessSettings
from evals.judges.relevance import RelevanceSettings
from pipelines.llms.settings import LLMSettings

JudgeSettings = Annotated[
    AnswerAccuracySettings | AnswerCorrectnessSettings | FaithfulnessSettings | RelevanceSettings,
    Field(discriminator="kind"),
]
JudgeModelSettings = LLMSettings
