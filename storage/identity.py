"""What a collection was built with, and the refusal to mix it with something else."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.errors import BuiltOtherwiseError
from storage.disk_errors import rebuild_command


@dataclass(frozen=True)
class EmbeddingIdentity:
    """All that decides a vector: model, revision, sides, normalisation, dimension.

    `fingerprint` is compared, `description` is shown ("multilingual-e5-small, passage side").
    """

    fingerprint: str
    description: str
    dimension: int

    def __str__(self) -> str:
        return f"{self.description}, {self.dimension} dimensions [{self.fingerprint}]"


@dataclass(frozen=True)
class ParserIdentity:
    """All that decides the nodes of a document; the fields as in EmbeddingIdentity."""

    fingerprint: str
    description: str

    def __str__(self) -> str:
        return f"{self.description} [{self.fingerprint}]"


@dataclass(frozen=True)
class CollectionIdentity:
    """What every node of a collection was made with."""

    embedding: EmbeddingIdentity
    parser: ParserIdentity


def check_identity(
    name: str,
    built: CollectionIdentity,
    embedding: EmbeddingIdentity | None,
    parser: ParserIdentity | None,
) -> None:
    """Refuse a collection built with something else; None is not compared.

    Raises:
        BuiltOtherwiseError: Names both and the command that builds the collection anew.
    """
    for kind, old, new in (
        ("embedding", built.embedding, embedding),
        ("node parser", built.parser, parser),
    ):
        if new is None or _key(new) == _key(old):
            continue
        # A program that reads or cuts otherwise than the one that built it is told by nothing else.
        updated = " (or the program was updated since)" if kind == "node parser" else ""
        raise BuiltOtherwiseError(
            f"collection {name!r}: built with the {kind} {old}, but the config asks for {new}"
            f"{updated}: change the config back, or build it anew: {rebuild_command(name)}"
        )


def _key(identity: EmbeddingIdentity | ParserIdentity) -> tuple[str, int]:
    return identity.fingerprint, getattr(identity, "dimension", 0)
