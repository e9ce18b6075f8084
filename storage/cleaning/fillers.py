"""Sounds that fill a pause and say nothing, taken out where that is certain."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from pipelines.component import ComponentSettings
from pipelines.japanese.tokens import morphemes
from storage.cleaning.edit import Change
from storage.cleaning.settling import settled
from storage.cleaning.step import CleaningStep

# Where something new begins: the stretch, a clause, or a gap. Not behind a quotation mark.
_OPEN = r"(?:(?<![^。、！？!?…\s])|\A)"
# The sound is talked about, or stands in somebody's quoted words.
_MENTIONED = r"(?![ー〜]*[」』”\"]|って|という|と(?:い|言|言っ)|とか|いう|いっ|言[いうっ])"
_SOUND = r"えーっとー?|えーとー?|えっとー?|ええとー?|あのー+|あのう(?=、)|そのー+|んーと"
# まあ、いいでしょう gives in; it says something.
_BEFORE_COMMA = (
    r"ま[あぁー]?(?!、い[いっ]|、よ[いかく])|あの|その|なんか|こう|(?<=[、 ])[あう]ー+|えー+|んー+"
)
_NEXT = r"この|その|あの|これ|あれ|どの|どう|まあ|まぁ|ま、|なんか|えー|えっと|こう(?!い[うっ])"
_FILLER = re.compile(
    rf"(?P<sound>{_OPEN}(?:{_SOUND}){_MENTIONED}、?|(?<=[^\s「『“\"])あのー+{_MENTIONED}、?)"
    rf"|(?P<comma>{_OPEN}(?:{_BEFORE_COMMA})、)"
    r"|(?P<yes>(?<=、)(?<!はい、)(?<!ですね、)(?<!うん、)ええ、(?!ええ))"
    rf"|(?P<drawn>{_OPEN}えー+{_MENTIONED}(?=[^\s。、！？!?…ぁ-ゖー]))"
    rf"|(?P<pointing>(?:(?<![ぁ-ゖ])|(?<=[がはをにでともの]))(?:その|あの)(?={_NEXT}))"
    rf"|(?P<something>{_OPEN}なんか(?=その|この|こう(?!い[うっ])|まあ))"
    r"|(?P<within>(?<=[^\s。、！？!?…「『“\"ま])(?:まあ|あの|その)(?=、(?!い[いっ]|よ[いかく])))"
    r"|(?P<well>(?<![まさじちにゃ「『“\"])ま[あぁ]"
    r"(?![まあぁねーっ。！？!?…」』”\"]|い[いっ]|な[あぁ]|よ|\s*\Z))"
)
_BEGINNING = re.compile("ま[あぁー、]|え[ーっえ]|あ[のー]|その|なんか|こう|うー|ん[ーと]")
_LETTERS = re.compile(r"\w")
_REASONS = {
    "sound": "filler: a drawn-out sound",
    "drawn": "filler: a drawn-out sound",
    "comma": "filler set off by commas",
    "yes": "filler set off by commas",
    "pointing": "filler before another word of its kind",
    "something": "filler before another word of its kind",
    "within": "filler before a comma",
    "well": "まあ that weighs nothing",
}
_CONTEXT = 12
# まあ weighs the word behind it (まあ高い: rather expensive; まあ大丈夫: all right, I suppose).
_WEIGHED = ("形容詞", "形状詞", "副詞", "感動詞", "補助記号", "空白")
_FILLS = ("副詞", "感動詞", "連体詞")
_LEADS_UP = ("助詞", "接続詞", "連体詞", "補助記号", "空白")


class FillersSettings(ComponentSettings):
    """Takes out えー, えっと, あのー, まあ, その and なんか where they say nothing.

    A sound goes at the beginning of a clause; あー, which may be a reply, only within a sentence.
    A word that can mean something (あの人, その本, なんか食べたい, まあまあ) goes only before a
    comma of its own or another word of its kind (そのこの); まあ also behind a particle, if it
    does not weigh the word behind it (まあいい). What is quoted stays, and so does a turn that is
    nothing but such a sound.
    """

    kind: Literal["fillers"] = "fillers"

    def build(self) -> CleaningStep:
        """The step."""
        return FillersStep()


class FillersStep:
    """See FillersSettings."""

    name = "fillers"

    def changes(self, text: str) -> list[Change]:
        """A change a filler, with the comma behind it."""
        return settled(text, _fillers)


def _fillers(said: str) -> list[Change]:
    """The fillers of a stretch; none if nothing else is said in it."""
    found: list[Change] = []
    at = letters = 0
    for candidate in _BEGINNING.finditer(said):
        match = _FILLER.match(said, candidate.start()) if candidate.start() >= at else None
        if match and _says_nothing(said, match):
            found.append(Change(*match.span(), "", _REASONS[match.lastgroup or ""]))
            at = match.end()
            letters += len(_LETTERS.findall(match.group()))
    others = zip(range(letters + 1), _LETTERS.finditer(said), strict=False)
    return found if found and sum(1 for _ in others) > letters else []


def _says_nothing(said: str, match: re.Match[str]) -> bool:
    if match.lastgroup not in ("well", "within"):
        return True
    before = said[max(0, match.start() - _CONTEXT) : match.start()]
    after = said[match.end() : match.end() + _CONTEXT]
    leading, kind, following = _kinds(before, match.group(), after)
    if kind not in _FILLS:
        return False
    # Inside of a clause and before a comma, no word that points to something can stand.
    return match.lastgroup == "within" or (
        leading in _LEADS_UP and following not in ("", *_WEIGHED)
    )


@lru_cache(maxsize=1 << 14)
def _kinds(before: str, word: str, after: str) -> tuple[str, str, str]:
    """The parts of speech of a word and of those around it, "" for what is no word to Sudachi."""
    place = len(before)
    words = [
        (found.begin(), found.end(), str(found.part_of_speech()[0]))
        for found in morphemes(before + word + after, "C")
    ]
    leading = next((kind for _, end, kind in words if end == place), "")
    following = next((kind for start, _, kind in words if start == place + len(word)), "")
    exact = (kind for start, end, kind in words if (start, end) == (place, place + len(word)))
    return leading or ("" if before else "空白"), next(exact, ""), following
