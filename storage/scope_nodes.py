"""The nodes of a scope, by their places and metadata in the catalogue."""

from __future__ import annotations

import threading
from collections import OrderedDict

from pipelines.document import clock
from pipelines.errors import QuestionError, YomitokiError
from pipelines.scope import NodeFilter, Scope
from storage.catalogue import Catalogue
from storage.catalogue_scope import last_second, level_names, metadata_values, scoped_nodes

_REMEMBERED = 8
_SHOWN = 8


class ScopeNodes:
    """Finds the ids of a scope's nodes; the last few scopes are remembered. Shared by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[int, Scope], frozenset[str]] = OrderedDict()

    def nodes(self, catalogue: Catalogue, scope: Scope) -> frozenset[str]:
        """Ids of the live nodes of a scope; empty only where its stretches hold none.

        Raises:
            YomitokiError: No node matches its filter, or none is of its level.
        """
        key = (catalogue.index_state().version, scope)
        with self._lock:
            if key not in self._known:
                self._known[key] = self._find(catalogue, scope)
                while len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
            return self._known[key]

    def _find(self, catalogue: Catalogue, scope: Scope) -> frozenset[str]:
        found = frozenset(scoped_nodes(catalogue, scope))
        if found or scope.inside is not None:
            return found
        levels = level_names(catalogue)
        if scope.level and scope.level not in levels:
            there = f"its levels are {', '.join(levels)}" if levels else "its nodes have no levels"
            raise YomitokiError(
                f"collection {catalogue.name!r}: no node is of the level {scope.level!r}: {there}: "
                "use node_parser.kind=hierarchical and ingest again"
            )
        if scope.where:
            raise QuestionError(
                f"where: no passage of collection {catalogue.name!r} matches {scope.where}: "
                + _there(catalogue, scope.where)
            )
        return found


def _there(catalogue: Catalogue, where: NodeFilter) -> str:
    """What the collection has, of the keys that a filter names."""
    parts = []
    for key in ("source", "recording", "speaker"):
        if getattr(where, key):
            values = metadata_values(catalogue, key)
            more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
            parts.append(
                f"{key} is one of {', '.join(values[:_SHOWN])}{more}"
                if values
                else f"no passage has a {key}"
            )
    if where.time:
        last = last_second(catalogue)
        parts.append(
            f"times go up to {clock(last)}" if last is not None else "no passage has a time"
        )
    return "; ".join(parts)
