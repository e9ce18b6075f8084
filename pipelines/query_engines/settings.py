"""The menu of query engines."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipelines.query_engines.agent.settings import AgentSettings
from pipelines.query_engines.closed_book_settings import ClosedBookSettings
from pipelines.query_engines.corrective_settings import CorrectiveSettings
from pipelines.query_engines.multiple_choice_settings import MultipleChoiceSettings
from pipelines.query_engines.retrieve_and_answer_settings import RetrieveAndAnswerSettings
from pipelines.query_engines.router_settings import RouterSettings
from pipelines.query_engines.sub_question_settings import SubQuestionSettings

QueryEngineSettings = Annotated[
    AgentSettings
    | ClosedBookSettings
    | CorrectiveSettings
    | MultipleChoiceSettings
    | RetrieveAndAnswerSettings
    | RouterSettings
    | SubQuestionSettings,
    Field(discriminator="kind"),
]
