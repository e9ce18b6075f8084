"""Retrievers. Those that hold others name the whole menu, which is complete once it is imported."""

from pipelines.retrievers import settings as settings
