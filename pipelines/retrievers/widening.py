"""A retriever that returns more, or fewer, nodes."""

from __future__ import annotations

from typing import Any, TypeVar

from pipelines.component import ComponentSettings

Settings = TypeVar("Settings", bound=ComponentSettings)


def widened(retriever: Settings, top_k: int) -> Settings:
    """The settings with `top_k` nodes; one over others can return no more than they find."""
    changed: dict[str, Any] = {}
    for key, value in retriever:
        if key in ("inner", "fine", "retriever"):
            changed[key] = widened(value, top_k)
        elif key in ("children", "sources"):
            changed[key] = tuple(widened(child, top_k) for child in value)
    if "top_k" in type(retriever).model_fields:
        changed["top_k"] = top_k
    return retriever.model_copy(update=changed)
