"""What a settings class expects at a key path, in words."""

from __future__ import annotations

import collections.abc
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import annotated_types
from pydantic import BaseModel, Secret, SecretBytes, SecretStr
from pydantic.fields import FieldInfo

from pipelines.config_tree import KeyPath

_SCALARS: dict[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


@dataclass(frozen=True)
class Expected:
    """What may stand at one place.

    Attributes:
        description: In words, such as ``a whole number >= 1``; "" when nothing is known.
        fields: Keys allowed in the mapping that the place lies in (of an unknown key: beside it).
        kinds: Kinds a discriminated union knows.
        literals: Values of a Literal.
        secret: The value must never be shown.
    """

    description: str = ""
    fields: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    literals: tuple[Any, ...] = ()
    secret: bool = False


@dataclass(frozen=True)
class _Type:
    """A type annotation with what pydantic knows about it beside the annotation."""

    annotation: Any
    metadata: tuple[Any, ...] = ()
    discriminator: str | None = None

    def unwrapped(self) -> _Type:
        """Without its Annotated layers."""
        here = self
        while typing.get_origin(here.annotation) is typing.Annotated:
            inner, *extras = typing.get_args(here.annotation)
            discriminator, metadata = here.discriminator, list(here.metadata)
            for extra in extras:
                if isinstance(extra, FieldInfo):
                    metadata.extend(extra.metadata)
                    if isinstance(extra.discriminator, str):
                        discriminator = extra.discriminator
                else:
                    metadata.append(extra)
            here = _Type(inner, tuple(metadata), discriminator)
        return here

    def members(self) -> list[_Type]:
        """Of a union its members without None; of anything else itself alone."""
        if typing.get_origin(self.annotation) not in (typing.Union, types.UnionType):
            return [self]
        arguments = [a for a in typing.get_args(self.annotation) if a is not type(None)]
        if len(arguments) == 1:
            inner = replace(self, annotation=arguments[0]).unwrapped()
            return inner.members()
        return [_Type(a, self.metadata).unwrapped() for a in arguments]


def expected_at(model: type[BaseModel], loc: Sequence[str | int]) -> tuple[KeyPath, Expected]:
    """Follow the location of a pydantic error through a settings class.

    Args:
        model: The settings class that was validated.
        loc: An error's `loc`, in which pydantic names the kinds and union branches on the way.

    Returns:
        The key path as it stands in a config file, and what that place expects.
    """
    here = _Type(model)
    path: KeyPath = ()
    beside: tuple[str, ...] = ()
    for element in loc:
        members = here.members()
        union = _discriminator(here)
        if len(members) > 1 and union:
            here = next((m for m in members if element in _kinds(m)), _Type(Any))
            continue
        if len(members) > 1:  # `element` names a branch; the union as a whole was not met
            break
        if element == "[key]":
            break
        path = (*path, element)
        here, beside = _child(members[0], element)
    return path, _expected(here, beside)


def secret_paths(model: BaseModel) -> list[KeyPath]:
    """Key paths of all secrets that settings hold."""
    return list(_secrets(model, ()))


def _secrets(value: Any, path: KeyPath) -> typing.Iterator[KeyPath]:
    if isinstance(value, SecretStr | SecretBytes | Secret):
        yield path
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _secrets(getattr(value, name), (*path, name))
    elif isinstance(value, Mapping):
        for key, child in value.items():
            yield from _secrets(child, (*path, key))
    elif isinstance(value, list | tuple):
        for index, child in enumerate(value):
            yield from _secrets(child, (*path, index))


def _child(parent: _Type, element: str | int) -> tuple[_Type, tuple[str, ...]]:
    """The type one step down, and the keys of the mapping it lies in."""
    annotation = parent.annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields
        info = fields.get(str(element))
        names = tuple(fields)
        return (_of_field(info) if info else _Type(Any)), names
    arguments = typing.get_args(annotation)
    origin = typing.get_origin(annotation)
    if origin is tuple and isinstance(element, int) and arguments[-1] is not Ellipsis:
        return _Type(arguments[min(element, len(arguments) - 1)]).unwrapped(), ()
    if origin in (list, tuple, set, frozenset, collections.abc.Sequence) and arguments:
        return _Type(arguments[0]).unwrapped(), ()
    if origin in (dict, collections.abc.Mapping) and len(arguments) == 2:
        return _Type(arguments[1]).unwrapped(), ()
    return _Type(Any), ()


def _of_field(info: FieldInfo) -> _Type:
    named = info.discriminator if isinstance(info.discriminator, str) else None
    return _Type(info.annotation, tuple(info.metadata), named).unwrapped()


def _discriminator(here: _Type) -> str | None:
    if here.discriminator:
        return here.discriminator
    for argument in typing.get_args(here.annotation):  # Optional[Annotated[A | B, ...]]
        inner = _Type(argument).unwrapped()
        if inner.discriminator:
            return inner.discriminator
    return None


def _kinds(member: _Type) -> tuple[str, ...]:
    annotation = member.annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        info = annotation.model_fields.get("kind")
        if info and typing.get_origin(info.annotation) is Literal:
            return typing.get_args(info.annotation)
    return ()


def _expected(here: _Type, beside: tuple[str, ...]) -> Expected:
    members = here.members()
    literals = tuple(x for m in members for x in _literals(m))
    secret = any(
        isinstance(m.annotation, type) and issubclass(m.annotation, SecretStr | SecretBytes)
        for m in members
    )
    kinds = tuple(k for m in members for k in _kinds(m))
    return Expected(_describe(here), beside, kinds, literals, secret)


def _literals(member: _Type) -> tuple[Any, ...]:
    annotation = member.annotation
    return typing.get_args(annotation) if typing.get_origin(annotation) is Literal else ()


def _describe(here: _Type) -> str:
    members = here.members()
    nullable = " or null" if type(None) in typing.get_args(here.annotation) else ""
    kinds = sorted(k for m in members for k in _kinds(m))
    if kinds and all(_kinds(m) for m in members):
        listed = f"one of {', '.join(kinds)}" if len(kinds) > 1 else kinds[0]
        return f"a mapping whose kind is {listed}{nullable}"
    described = [_describe_one(m) for m in members]
    return "" if "" in described else " or ".join(dict.fromkeys(described)) + nullable


def _describe_one(member: _Type) -> str:
    annotation, origin = member.annotation, typing.get_origin(member.annotation)
    if origin is Literal:
        words = [_shown(value) for value in typing.get_args(annotation)]
        return words[0] if len(words) == 1 else f"one of {', '.join(words)}"
    if (origin or annotation) in (list, tuple, set, frozenset, collections.abc.Sequence):
        return "a list" + _bounds(member.metadata)
    if (origin or annotation) in (dict, collections.abc.Mapping):
        return "a mapping" + _bounds(member.metadata)
    if not isinstance(annotation, type):
        return ""
    if issubclass(annotation, BaseModel):
        return f"a mapping with the keys {', '.join(annotation.model_fields)}"
    if issubclass(annotation, SecretStr | SecretBytes):
        return "text"
    if annotation.__name__ in ("Path", "PosixPath"):
        return "a path"
    scalar = _SCALARS.get(annotation, "")
    return scalar + _bounds(member.metadata) if scalar else ""


def _bounds(metadata: Sequence[Any]) -> str:
    signs = (
        (annotated_types.Ge, "ge", " >= "),
        (annotated_types.Gt, "gt", " > "),
        (annotated_types.Le, "le", " <= "),
        (annotated_types.Lt, "lt", " < "),
        (annotated_types.MinLen, "min_length", " of length >= "),
        (annotated_types.MaxLen, "max_length", " of length <= "),
    )
    flat: list[Any] = []
    for one in metadata:
        flat.extend(one if isinstance(one, annotated_types.GroupedMetadata) else [one])
    found = [
        sign + str(getattr(one, name))
        for one in flat
        for constraint, name, sign in signs
        if isinstance(one, constraint)
    ]
    found += [f" matching {one.pattern}" for one in flat if getattr(one, "pattern", None)]
    return " and".join(found)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
