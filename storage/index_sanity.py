"""Whether an index of words can find anything, before anybody trusts it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipelines.japanese.sentences import JAPANESE_LETTERS

# With fewer nodes the shares mean nothing.
LEAST_NODES = 20
MAX_SILENT_SHARE = 0.5
LEAST_SELF_RETRIEVAL = 0.3
TOP_K = 10

# A writing of fewer nodes than this share is too little of a collection to refuse it all for.
_LEAST_SHARE = 0.25
# Nodes that are told apart by their writing, and nodes of each that are searched for.
_LOOKED_AT = 1000
_SAMPLE = 200
_LEAST_CHARS = 8
_SHORT_TOKENS = 2

_JAPANESE = re.compile(f"[{JAPANESE_LETTERS}]+")
_OTHER = re.compile(rf"[^\W\d_{JAPANESE_LETTERS}]+")


@dataclass(frozen=True)
class IndexSanity:
    """Shares, each in [0, 1], of sampled `nodes` that are mostly in one `writing`.

    `short`: nodes of at most two tokens. The others are of searches for the middle half of a node's
    letters in that writing: `silent` found nothing at all, `found` brought a node with it among
    the first ten. Few tokens alone are no fault: names and titles have no more.
    """

    writing: str
    nodes: int
    short: float
    silent: float
    found: float

    @property
    def useless(self) -> bool:
        """Whether a search would mostly find nothing, or anything but what it looks for."""
        return self.silent > MAX_SILENT_SHARE or self.found < LEAST_SELF_RETRIEVAL

    def __str__(self) -> str:
        return (
            f"of the passages in {self.writing} {self.short:.0%} have at most {_SHORT_TOKENS} "
            f"tokens, {self.silent:.0%} of searches for a piece of one find nothing, "
            f"{self.found:.0%} find it"
        )


def measure(
    texts: Mapping[str, str],
    lengths: Mapping[str, int],
    search: Callable[[str], list[str]],
) -> list[IndexSanity]:
    """Measure an index on a sample of its nodes, the same one for the same nodes.

    Every writing counts for itself: Latin words are found whatever becomes of the Japanese ones,
    and a turn's times or a term in Latin letters make a node find itself though no question in
    the language of the documents would.

    Args:
        texts: Texts by node id.
        lengths: Tokens of a node, by node id.
        search: Ids of the first TOP_K nodes for a question.

    Returns:
        One for each writing with enough nodes; [] for a small collection or one without letters.
    """
    writings: dict[str, dict[str, str]] = {}
    for node_id in _sampled(sorted(texts), _LOOKED_AT):
        writing, letters = _mostly(texts[node_id])
        if len(letters) >= _LEAST_CHARS:
            writings.setdefault(writing, {})[node_id] = letters
    least = max(LEAST_NODES, _LEAST_SHARE * sum(map(len, writings.values())))
    return [
        _of_writing(writing, letters, texts, lengths, search)
        for writing, letters in sorted(writings.items())
        if len(letters) >= least
    ]


def _of_writing(
    writing: str,
    letters: Mapping[str, str],
    texts: Mapping[str, str],
    lengths: Mapping[str, int],
    search: Callable[[str], list[str]],
) -> IndexSanity:
    node_ids = _sampled(list(letters), _SAMPLE)
    pieces = [_middle(letters[node_id]) for node_id in node_ids]
    results = [search(piece) for piece in pieces]
    # Nodes that hold the same piece (rows of a table, lines that are said again) stand for
    # one another.
    found = sum(
        any(piece in _mostly(texts.get(hit, ""))[1] for hit in hits)
        for piece, hits in zip(pieces, results, strict=True)
    )
    short = sum(lengths[node_id] <= _SHORT_TOKENS for node_id in node_ids)
    silent = sum(not hits for hits in results)
    total = len(node_ids)
    return IndexSanity(writing, total, short / total, silent / total, found / total)


def _sampled(node_ids: Sequence[str], most: int) -> Sequence[str]:
    """So many of them at most, the same ones for as many nodes."""
    if len(node_ids) <= most:
        return node_ids
    return random.Random(len(node_ids)).sample(node_ids, most)


def _mostly(text: str) -> tuple[str, str]:
    """The writing that most of a text's letters are in, and its words in it between spaces."""
    japanese, other = " ".join(_JAPANESE.findall(text)), " ".join(_OTHER.findall(text))
    return ("Japanese", japanese) if len(japanese) >= len(other) else ("other letters", other)


def _middle(text: str) -> str:
    return text[len(text) // 4 : len(text) - len(text) // 4]
