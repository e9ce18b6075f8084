"""Who said a node's words, and when: the speaker turns inside of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from llama_index.core.schema import BaseNode, MetadataMode

from pipelines.document import Section, span

TURN_KEYS = frozenset({"speaker", "t_start", "t_end"})
# Metadata of a node that reaches beyond one turn (the line above it counts): its turns in order,
# a list of Turn each.
TURNS_KEY = "speaker_turns"


class Turn(NamedTuple):
    """text[start_char:end_char] of a document, said by one speaker; times are in seconds."""

    start_char: int
    end_char: int
    speaker: str | None
    t_start: float | None
    t_end: float | None

    @classmethod
    def of(cls, section: Section) -> Turn:
        """A section that is a speaker turn."""
        place = (section.metadata.get(key) for key in ("speaker", "t_start", "t_end"))
        return cls(section.start_char, section.end_char, *place)

    def second(self, position: int) -> float | None:
        """When the character at `position` was said, interpolated; None without times."""
        if self.t_start is None or self.t_end is None:
            return None
        share = (position - self.start_char) / max(1, self.end_char - self.start_char)
        return round(self.t_start + (self.t_end - self.t_start) * min(1.0, max(0.0, share)), 2)


def said(turns: Sequence[Turn], start: int, end: int) -> dict[str, Any]:
    """The metadata of text[start:end] of a document, whose turns in order these are.

    `speaker` names all speakers in order of appearance, joined with ", "; `t_start` and `t_end`
    are seconds, interpolated by character inside of a turn. Unless the text lies in one turn,
    `speaker_turns` has all.
    """
    metadata: dict[str, Any] = {}
    speakers = [turn.speaker for turn in turns if turn.speaker]
    if speakers:
        metadata["speaker"] = ", ".join(dict.fromkeys(speakers))
    timed = [turn for turn in turns if turn.second(start) is not None]
    if timed:
        metadata["t_start"] = timed[0].second(start)
        # Turns of joined nodes may overlap, so that the last to begin need not be the last to end.
        metadata["t_end"] = max(timed, key=lambda turn: turn.end_char).second(end)
    inside = len(turns) == 1 and turns[0].start_char <= start and end <= turns[0].end_char
    if turns and not inside:
        metadata[TURNS_KEY] = [list(turn) for turn in turns]
    return metadata


def turns_of(node: BaseNode) -> list[Turn]:
    """The turns that a node reaches over, in order; itself as one turn when it keeps no list.

    Empty outside of recordings.

    Raises:
        ValueError: The node has a speaker or a time and no span.
    """
    kept = node.metadata.get(TURNS_KEY)
    if kept:
        return [Turn(*turn) for turn in kept]
    if not TURN_KEYS & node.metadata.keys():
        return []
    return [Turn.of(Section(*span(node), node.metadata))]


def part_metadata(node: BaseNode, start: int, end: int) -> dict[str, Any]:
    """A node's metadata for text[start:end] of it: the speakers and times of this part.

    What lies in no turn, such as the line above one, belongs to the turn that follows.

    Args:
        node: A node. One that keeps no turns is taken for one turn; outside of recordings its
            metadata is returned as it is.
        start: First character, counted in the node's own text.
        end: One past the last.
    """
    if TURNS_KEY in node.metadata:
        turns, first = turns_of(node), span(node)[0]
    elif TURN_KEYS & node.metadata.keys():
        length = len(node.get_content(MetadataMode.NONE))
        turns, first = [Turn.of(Section(0, length, node.metadata))], 0
    else:
        return dict(node.metadata)
    start, end = first + start, first + end
    following = [turn for turn in turns if start < turn.end_char]
    within = [turn for turn in following if turn.start_char < end]
    within = within or following[:1] or turns[-1:]
    others = {k: v for k, v in node.metadata.items() if k not in {*TURN_KEYS, TURNS_KEY}}
    return {**others, **said(within, start, end)}
