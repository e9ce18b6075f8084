"""Kana that a recogniser dropped from phrases of which only one whole form is Japanese."""

from __future__ import annotations

import re
from typing import Literal

from pipelines.component import ComponentSettings
from storage.cleaning.edit import Change
from storage.cleaning.prose import prose
from storage.cleaning.step import CleaningStep

_VERBS = "思言考見変答感書読聞使"
# What is missing, and behind what: no Japanese text goes on like that.
_MISSING = (
    ("て", r"っ(?=いう)|[るう]っ(?=こと[がはをにもで])"),
    ("う", r"いうふ(?=に)|思(?=んです|んだ)"),
    ("うに", rf"いうふ(?=\s?[{_VERBS}])"),
    ("ふ", rf"いう(?=うに\s?[{_VERBS}])"),
    ("た", r"だっ(?=り)|であっ(?=り)"),
    ("っ", r"[にく]な(?=て[いきしく])"),
    ("さ", r"くだ(?=い(?:。|ませ|\s|\Z))"),
    ("と", r"るこ(?=が(?:でき|可能|重要|必要))"),
    ("る", r"[てで]い(?=かどうか|かと思|ので|のか(?:[とをがはに]|\b)|の[がはを])"),
    ("わ", r"言(?=れ[てるたま])"),
    ("い", r"言(?=ま[すし])"),
)
_GAP = re.compile("|".join(f"({behind})" for _, behind in _MISSING))
_REASON = "kana that the recogniser dropped"


class DroppedKanaSettings(ComponentSettings):
    """Puts back kana that a recogniser dropped: っいう is っていう, いうふに is いうふうに.

    Only in a dozen phrases that are no Japanese without it and have one whole form (だっり,
    るこができ, になてい, くだい。, ていので, 言れて). Dropped words and beginnings are not guessed.
    """

    kind: Literal["dropped_kana"] = "dropped_kana"

    def build(self) -> CleaningStep:
        """The step."""
        return DroppedKanaStep()


class DroppedKanaStep:
    """See DroppedKanaSettings."""

    name = "dropped_kana"

    def changes(self, text: str) -> list[Change]:
        """An insertion for each place where kana are missing."""
        return [
            Change(match.end(), match.end(), _MISSING[(match.lastindex or 1) - 1][0], _REASON)
            for start, end in prose(text)
            for match in _GAP.finditer(text, start, end)
        ]
