"""The menu of query engines."""

from __future__ import annotations

from pipelines.query_engines.retrieve_and_answer_settings import RetrieveAndAnswerSettings

QueryEngineSettings = RetrieveAndAnswerSettings
