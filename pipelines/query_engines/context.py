"""Packing passages into a prompt: whole passages, best first, inside a token budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from llama_index.core.schema import BaseNode, NodeWithScore

from pipelines.document import cleaned_text, clock
from pipelines.prompts import inert

ContextOrder = Literal["best_last", "as_given"]


def render_passage(n: int, node: BaseNode) -> str:
    """A numbered passage with what its text alone does not say: where it stands, who, when."""
    metadata = node.metadata
    place = [
        str(metadata[key])
        for key in ("title", "recording", "recorded_at", "heading", "speaker")
        if metadata.get(key)
    ]
    if "t_start" in metadata and "t_end" in metadata:
        place.append(f"{clock(metadata['t_start'])}–{clock(metadata['t_end'])}")
    if "page" in metadata:
        place.append(f"p.{metadata['page']}")
    head = f"({n}) {' / '.join(dict.fromkeys(place))}".rstrip()
    return inert(f"{head}\n{cleaned_text(node)}")


def pack(
    nodes: Sequence[NodeWithScore],
    budget_tokens: int,
    count_tokens: Callable[[str], int],
    order: ContextOrder = "best_last",
) -> tuple[list[NodeWithScore], str]:
    """The passages that fit, the best one last unless `order` leaves them as given, and their text.

    The best last stands next to the question that follows. A passage is never cut: one that is too
    long is skipped, so that a shorter one behind it may still be read. If not even one fits, the
    best is cut to the budget, because no passage at all would be worse; its node keeps its span.

    Args:
        nodes: Best first for `best_last`. For `as_given` in any order; those with the highest
            scores are kept.
        budget_tokens: Tokens of text at most, numbers and places included.
        count_tokens: Tokens of a text.

    Returns:
        (nodes in the order of their numbers, the text they make), ([], "") for no nodes.
    """
    places = list(range(len(nodes)))
    if order == "as_given":
        places.sort(key=lambda place: -(nodes[place].score or 0.0))
    kept: list[int] = []
    left = budget_tokens
    for place in places:
        needed = count_tokens(render_passage(len(kept) + 1, nodes[place].node) + "\n\n")
        if needed <= left:
            kept.append(place)
            left -= needed
    if places and not kept:
        best = nodes[places[0]]
        block = render_passage(1, best.node)
        share = budget_tokens / max(1, count_tokens(block))
        return [best], block[: int(len(block) * share)]
    chosen = [nodes[place] for place in (sorted(kept) if order == "as_given" else kept[::-1])]
    blocks = [render_passage(n, hit.node) for n, hit in enumerate(chosen, start=1)]
    return chosen, "\n\n".join(blocks)
