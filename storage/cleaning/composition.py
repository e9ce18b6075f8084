"""Brings the changes of a step, which read an already cleaned text, back to the original."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from storage.cleaning.cleaned_text import CleanedText
from storage.cleaning.edit import BOTH, Change, Edit, changed


@dataclass
class _Touching:
    """Edits and changes that overlap, in places of the cleaned text before the step."""

    start: int
    end: int
    edits: list[Edit] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def composed(before: CleanedText, step: str, changes: Sequence[Change]) -> CleanedText:
    """The text after a step: its edits are those that were there and its own.

    A change that touches what an earlier step put there becomes one edit with it, which names both
    steps and both reasons; one that undoes it leaves no edit. Linear in the number of edits.

    Args:
        before: The text that the step read.
        step: Its name.
        changes: What it did to `before.text`: in order, none overlapping.

    Raises:
        ValueError: The changes overlap, are out of order or outside of the text.
    """
    if not changes:
        return before
    text = before.text
    changed(text, changes)
    made = (_edit(before.original, text, step, group) for group in _groups(before, changes))
    return CleanedText(before.original, tuple(e for e in made if e.replaced != e.replacement))


def _groups(before: CleanedText, changes: Sequence[Change]) -> Iterator[tuple[int, _Touching]]:
    """Groups in order, each with how far the original of its end lies from the cleaned place."""
    moved = 0
    items: list[tuple[int, int, Edit | Change]] = []
    for edit in before.edits:
        start = edit.start - moved
        items.append((start, start + len(edit.replacement), edit))
        moved += (edit.end - edit.start) - len(edit.replacement)
    items += [(one.start, one.end, one) for one in changes]
    # An edit comes before a change at the same place; sorting keeps the order within each kind.
    items.sort(key=lambda item: (item[0], isinstance(item[2], Change)))
    back = 0
    group: _Touching | None = None
    for start, end, item in items:
        if group is None or not _touches(group, start, end, item):
            if group is not None:
                yield back, group
                back += sum(e.end - e.start - len(e.replacement) for e in group.edits)
            group = _Touching(start, end)
        group.end = max(group.end, end)
        if isinstance(item, Change):
            group.changes.append(item)
        else:
            group.edits.append(item)
    if group is not None:
        yield back, group


def _touches(group: _Touching, start: int, end: int, item: Edit | Change) -> bool:
    """Whether a change overlaps an edit or begins where one does; edits by themselves never do."""
    if not group.changes and isinstance(item, Edit):
        return False
    if isinstance(item, Change) and not group.edits:
        return start == end == group.start == group.end  # two insertions at one place
    return start < group.end or start == group.start or start == end == group.end


def _edit(original: str, text: str, step: str, placed: tuple[int, _Touching]) -> Edit:
    back, group = placed
    if not group.changes and len(group.edits) == 1:
        return group.edits[0]
    start = group.start + back
    grown = sum(e.end - e.start - len(e.replacement) for e in group.edits)
    end = group.end + back + grown
    inside = [
        Change(one.start - group.start, one.end - group.start, one.replacement, one.reason)
        for one in group.changes
    ]
    names = [name for edit in group.edits for name in edit.steps]
    reasons = [reason for edit in group.edits for reason in edit.reason.split("; ")]
    return Edit(
        start,
        end,
        original[start:end],
        changed(text[group.start : group.end], inside),
        BOTH.join(dict.fromkeys([*names, step])),
        "; ".join(dict.fromkeys([*reasons, *(one.reason for one in group.changes)])),
    )
