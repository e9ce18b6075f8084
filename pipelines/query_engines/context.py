"""Packing passages into a prompt: whole passages, best first, inside a token budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llama_index.core.schema import BaseNode, MetadataMode, NodeWithScore

from pipelines.document import clock
from pipelines.prompts import inert


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
    return inert(f"{head}\n{node.get_content(MetadataMode.NONE)}")


def pack(
    nodes: Sequence[NodeWithScore], budget_tokens: int, count_tokens: Callable[[str], int]
) -> tuple[list[NodeWithScore], str]:
    """The passages that fit, in rank order, and their text.

    A passage is never cut: one that is too long is skipped, so that a shorter one behind it may
    still be read. If not even one fits, the first is cut to the budget, because no passage at all
    would be worse; its node keeps its span.

    Returns:
        (nodes in the prompt, the text they make), ([], "") for no nodes.
    """
    chosen: list[NodeWithScore] = []
    blocks: list[str] = []
    left = budget_tokens
    for hit in nodes:
        block = render_passage(len(chosen) + 1, hit.node)
        needed = count_tokens(block + "\n\n")
        if needed <= left:
            chosen.append(hit)
            blocks.append(block)
            left -= needed
    if not chosen and nodes:
        block = render_passage(1, nodes[0].node)
        share = budget_tokens / max(1, count_tokens(block))
        return [nodes[0]], block[: int(len(block) * share)]
    return chosen, "\n\n".join(blocks)
