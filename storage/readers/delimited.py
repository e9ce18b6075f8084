"""CSV and TSV files: each record becomes lines of "column: value"."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from storage.readers.encoding import decode
from storage.readers.parsed import Parsed, ParseOptions, ReadError, TextBuilder, storable

_DELIMITERS = ",;\t|"
_SAMPLED_LINES = 50
_MOST_WARNINGS = 5
_NUMBER = re.compile(r"[-+]?[\d,. ]*\d[%円]?")


@dataclass(frozen=True)
class Table:
    """The header's column names, unique and not empty, and the records below it.

    A record may have fewer or more fields than there are columns.
    """

    columns: list[str]
    records: list[list[str]]
    ragged: list[int]


def parse(data: bytes, options: ParseOptions) -> Parsed:
    """Read a CSV file whose delimiter is a comma, semicolon, tab or bar, whichever fits best.

    Sections have the number of the record as `row`, from 1; the header is not counted.
    """
    decoded = decode(data)
    return _rendered(decoded.text, None, options, decoded.encoding, decoded.warning)


def parse_tsv(data: bytes, options: ParseOptions) -> Parsed:
    """Read a file of tab-separated values, as `parse` does."""
    decoded = decode(data)
    return _rendered(decoded.text, "\t", options, decoded.encoding, decoded.warning)


def read_table(text: str, delimiter: str | None = None) -> Table:
    """Split a text into columns and records; `delimiter` is found out when it is not given.

    The first record is the header unless one of its fields is empty, repeated or a number; then
    the columns are called "column 1", "column 2" and so on.
    """
    clean = storable(text)
    records = list(_records(clean, delimiter or _likely_delimiter(clean)))
    if not records:
        return Table([], [], [])
    columns = [c.strip() for c in records[0]]
    if _is_header(columns):
        records = records[1:]
    else:
        columns = [f"column {i}" for i in range(1, max(map(len, records)) + 1)]
    ragged = [n for n, record in enumerate(records, start=1) if len(record) != len(columns)]
    return Table(columns, records, ragged)


def _rendered(
    text: str, delimiter: str | None, options: ParseOptions, encoding: str, warning: str | None
) -> Parsed:
    try:
        table = read_table(text, delimiter)
    except csv.Error as error:
        raise ReadError("damaged", f"not a table ({error}): check its quotes") from error
    builder = TextBuilder(options.max_chars)
    for number, record in enumerate(table.records, start=1):
        fields = [(_column(table.columns, i), v.strip()) for i, v in enumerate(record)]
        lines = [f"{name}: {value}" for name, value in fields if value]
        if lines:
            with builder.section({"row": number}):
                builder.add("\n".join(lines))
            builder.add("\n\n")
    warnings = [warning] if warning else []
    if table.ragged:
        rows = ", ".join(map(str, table.ragged[:_MOST_WARNINGS]))
        more = ", …" if len(table.ragged) > _MOST_WARNINGS else ""
        warnings.append(
            f"{len(table.ragged)} of {len(table.records)} rows do not have "
            f"{len(table.columns)} fields as the header has: rows {rows}{more}"
        )
    if not builder.length and table.columns:
        builder.add("\n".join(table.columns))
    return Parsed(builder.text, builder.sections, encoding=encoding, warnings=warnings)


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    """The records that are not blank."""
    csv.field_size_limit(max(len(text), 1))
    for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        if any(field.strip() for field in record):
            yield record


def _likely_delimiter(text: str) -> str:
    """The delimiter that gives the most records the same, largest number of fields."""
    sample = "\n".join(text.split("\n", _SAMPLED_LINES)[:_SAMPLED_LINES])

    def agreement(delimiter: str) -> tuple[float, int]:
        try:
            counts = [len(record) for record in _records(sample, delimiter)]
        except csv.Error:
            return 0.0, 0
        if not counts or counts[0] < 2:
            return 0.0, 0
        return sum(c == counts[0] for c in counts) / len(counts), counts[0]

    best = max(_DELIMITERS, key=agreement)
    return best if agreement(best)[1] else ","


def _is_header(fields: Sequence[str]) -> bool:
    named = all(f and not _NUMBER.fullmatch(f) for f in fields)
    return named and len(set(fields)) == len(fields)


def _column(columns: Sequence[str], index: int) -> str:
    return columns[index] if index < len(columns) else f"column {index + 1}"
