"""YAML in and out: the core schema of YAML 1.2, nothing executable, bounded in size.

PyYAML reads YAML 1.1, where `no` is false, `12:34` is 754 and `1e-3` is text. A config of yes/no
choices and learning rates needs the 1.2 rules, so scalars are resolved here. Tags other than the
core ones, duplicate keys and merge keys are errors.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

import yaml

MAX_CHARS = 100_000
MAX_VALUES = 10_000
MAX_DEPTH = 50

_TAG = "tag:yaml.org,2002:"
_TRUE = {"true", "True", "TRUE"}
_CORE_SCALARS = (
    ("null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    ("bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")),
    ("int", re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"), list("-+0123456789")),
    (
        "float",
        re.compile(
            r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
        ),
        list("-+.0123456789"),
    ),
)


class YamlError(Exception):
    """Text that is not acceptable YAML; the message says what, `line` and `column` from 1."""

    def __init__(self, problem: str, line: int = 0, column: int = 0) -> None:
        super().__init__(problem)
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}: " if self.line else ""
        return place + str(self.args[0])


class _CoreLoader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            mark: yaml.Mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise _at(mark, f"nested deeper than {MAX_DEPTH} levels")
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


class _CoreDumper(yaml.SafeDumper):
    yaml_implicit_resolvers = {  # noqa: RUF012
        first: list(resolvers)
        for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
    }

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


_PATTERNS = {name: pattern for name, pattern, _ in _CORE_SCALARS}

# The dumper knows both schemas, so that it quotes text which either would read as something else.
for _name, _pattern, _first in _CORE_SCALARS:
    _CoreLoader.add_implicit_resolver(_TAG + _name, _pattern, _first)
    _CoreDumper.add_implicit_resolver(_TAG + _name, _pattern, _first)


def parse(text: str) -> Any:
    """The value of one YAML document; an empty one is None.

    Mapping keys are always text. Aliases are expanded.

    Raises:
        YamlError: Bad syntax, a second document, a duplicate key, a merge key, a tag outside of
            the core schema, NaN, characters that are not text, or too big: more than 100,000
            characters, 10,000 values with aliases expanded, or 50 levels.
    """
    if len(text) > MAX_CHARS:
        raise YamlError(f"longer than {MAX_CHARS:,} characters")
    try:
        loader = _CoreLoader(text)
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _at(mark, error.problem or "not YAML") from error
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        raise YamlError("a character that YAML does not allow", line, column) from error
    except (ValueError, OverflowError) as error:  # an escape such as "\UFFFFFFFF"
        raise YamlError("a character that does not exist") from error
    return None if root is None else _Expansion().value(root, 0)


def dump(value: Any) -> str:
    """YAML text of a JSON-like value, keys in their order; `parse` gives the value back.

    Characters that could act on a terminal or hide are written as escapes.
    """
    plain = yaml.dump(value, Dumper=_CoreDumper, sort_keys=False, allow_unicode=True, width=100)
    if all(char == "\n" or not unicodedata.category(char).startswith("C") for char in plain):
        return plain
    return yaml.dump(value, Dumper=_CoreDumper, sort_keys=False, allow_unicode=False, width=100)


def _at(mark: yaml.Mark | None, problem: str) -> YamlError:
    return YamlError(problem, mark.line + 1, mark.column + 1) if mark else YamlError(problem)


class _Expansion:
    """Nodes to values; counts what it makes, since aliases multiply."""

    def __init__(self) -> None:
        self.made = 0

    def value(self, node: yaml.Node, depth: int) -> Any:
        self.made += 1
        if self.made > MAX_VALUES:
            raise _at(node.start_mark, f"more than {MAX_VALUES:,} values, aliases expanded")
        if depth > MAX_DEPTH:
            raise _at(node.start_mark, f"nested deeper than {MAX_DEPTH} levels, aliases expanded")
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return [self.value(child, depth + 1) for child in node.value]
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self._mapping(node, depth)
        raise _at(node.start_mark, f"tag {node.tag.replace(_TAG, '!!')} is not allowed")

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _at(key_node.start_mark, "a key must be a word, not a list or a mapping")
            key = _text(key_node)
            if key == "<<" and key_node.style is None:
                raise _at(key_node.start_mark, "merge keys (<<) are not read: use extends")
            if key in mapping:
                raise _at(key_node.start_mark, f"key {key!r} stands here twice")
            mapping[key] = self.value(value_node, depth + 1)
        return mapping


def _scalar(node: yaml.ScalarNode) -> Any:
    value = str(node.value)
    name = node.tag.removeprefix(_TAG)
    if name == "str":
        return _text(node)
    pattern = _PATTERNS.get(name)
    if pattern is None:
        raise _at(node.start_mark, f"tag {node.tag.replace(_TAG, '!!')} is not allowed")
    if not pattern.match(value):
        raise _at(node.start_mark, f"{value[:40]!r} is not of the tagged type {name}")
    match name:
        case "null":
            return None
        case "bool":
            return value in _TRUE
        case "int":
            return _integer(node, value)
    number = float(value.lower().replace(".inf", "inf").replace(".nan", "nan"))
    if math.isnan(number):
        raise _at(node.start_mark, "NaN is not a usable number")
    return number


def _integer(node: yaml.ScalarNode, value: str) -> int:
    try:
        return int(value, 0) if value[:2] in ("0x", "0o") else int(value)
    except ValueError as error:  # Python reads no more than 4,300 digits
        raise _at(node.start_mark, "a number of thousands of digits") from error


def _text(node: yaml.ScalarNode) -> str:
    value = str(node.value)
    if not is_text(value):
        raise _at(node.start_mark, "NUL or half of a surrogate pair is not text")
    return value


def is_text(value: str) -> bool:
    """Whether a string can be written as UTF-8 and handed to an operating system."""
    return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value)
