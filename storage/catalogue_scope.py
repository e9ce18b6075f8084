"""The nodes of a scope in the catalogue, and what there is to choose from."""

from __future__ import annotations

from pipelines.scope import Scope
from storage.catalogue import Catalogue

_LIVE = "FROM nodes JOIN documents ON documents.id = document WHERE state = 'live' AND "
# Between the names of a node's speakers (pipelines.node_parsers.blocks).
_AND = ", "
_RECORDING = ("recording", "recording_id")


def scoped_nodes(catalogue: Catalogue, scope: Scope) -> list[str]:
    """Ids of the live nodes of a scope."""
    conditions, values = _conditions(scope)
    return [row[0] for row in catalogue.rows(f"SELECT node_id {_LIVE}{conditions}", values)]


def level_names(catalogue: Catalogue) -> list[str]:
    """The names of the levels that live nodes are of, in order."""
    return _distinct(catalogue, "level_name")


def metadata_values(catalogue: Catalogue, key: str) -> list[str]:
    """The values that live nodes have for a key of their metadata, in order, each speaker apart."""
    values = _distinct(catalogue, "source" if key == "source" else _metadata(key))
    if key == "speaker":
        return sorted({name for value in values for name in value.split(_AND)})
    return values


def last_second(catalogue: Catalogue) -> float | None:
    """Where the longest recording ends, in seconds; None without a recording."""
    ((last,),) = catalogue.rows(f"SELECT max({_metadata('t_end')}) {_LIVE} TRUE")
    return None if last is None else float(last)


def _distinct(catalogue: Catalogue, column: str) -> list[str]:
    rows = catalogue.rows(f"SELECT DISTINCT {column} {_LIVE} {column} <> '' ORDER BY 1")
    return [str(row[0]) for row in rows]


def _conditions(scope: Scope) -> tuple[str, list[str | float]]:
    """A condition over `nodes` joined with `documents`, and its parameters."""
    conditions: list[str] = ["level_name = ?" if scope.level else "leaf"]
    values: list[str | float] = [scope.level] if scope.level else []

    def any_of(tests: list[str]) -> None:
        conditions.append(f"({' OR '.join(tests)})")

    where = scope.where
    if where.source:
        any_of(["documents.source GLOB ?"] * len(where.source))
        values.extend(_pattern(pattern) for pattern in where.source)
    if where.recording:
        tests = [f"{_metadata(key)} GLOB ?" for key in _RECORDING for _ in where.recording]
        any_of(tests)
        values.extend([_pattern(pattern) for pattern in where.recording] * len(_RECORDING))
    if where.speaker:
        speaker = f"'{_AND}' || {_metadata('speaker')} || '{_AND}'"
        any_of([f"instr({speaker}, ?) > 0"] * len(where.speaker))
        values.extend(f"{_AND}{name}{_AND}" for name in where.speaker)
    if (seconds := where.seconds()) is not None:
        conditions.append(f"{_metadata('t_end')} >= ? AND {_metadata('t_start')} <= ?")
        values.extend(seconds)
    if scope.inside is not None:
        tests = ["(documents.source = ? AND start_char >= ? AND start_char < ?)"]
        any_of(tests * len(scope.inside) or ["0"])
        for stretch in scope.inside:
            values.extend((stretch.source, stretch.start, stretch.end))
    return " AND ".join(conditions), values


def _metadata(key: str) -> str:
    return f"json_extract(nodes.metadata, '$.{key}')"


def _pattern(pattern: str) -> str:
    """A pattern of * and ? for GLOB, to which brackets mean something else, too."""
    return pattern.replace("[", "[[]")
