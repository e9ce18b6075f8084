"""A sentence turned into a question by rule: clumsy, but asking for the right thing."""

from __future__ import annotations

import re

from pipelines.japanese.tokens import morphemes, unified

_NUMERALS = "0-9〇一二三四五六七八九十百千万億"
_NUMBER = re.compile(f"(?<![a-zA-Z])[{_NUMERALS}](?:[{_NUMERALS},.。・]*[{_NUMERALS}])?")
_FRACTION = re.compile(f"[{_NUMERALS}]+分の[{_NUMERALS}]+")
# What speech is full of and a question has no use for.
_FILLERS = re.compile(
    r"(?:えー|えっと|あの|まあ|ま|ええ)、\s*|(?:です|ん)?ですね、|ですから|っていうのは?(?=[がはをに、])"
)
_SPOKEN = ((re.compile("っていう|っいう"), "という"), (re.compile("してます"), "しています"))
_INFLECTED = {"動詞", "助動詞", "形容詞"}
# Where a clause ends like a sentence: behind です or ます, or where で follows the answer itself.
_CLAUSE_END = re.compile(
    r"(?P<polite>です|ます|でした|ました|ません)(?:が|けど|けれど|けれども|ので|から|し|ね|よね)、"
    r"|^(?:ぐらい|くらい|ほど|だけ)?で、"
)
_GOES_ON = re.compile(r"(?:[てでばとがしりけ]|ので|から|ため)、")
_LEADING = re.compile(
    r"^[、，,\s]+|^(?:えー|えっと|あの|まあ|はい|で|それで|なので|ので|ただ)、\s*"
)
_POLITE = re.compile(
    r"(?P<end>です|ます|でした|ました|ません)(?:けど|けれど|が|ね|よ|よね)?[。.]?$"
)
# What places and offices end in.
_PLACE = re.compile(r"[館場駅町村市県国校室所署園院寺堰橋川山港湖島]$|大学$|センター$|役場$")


def question_word(answer: str) -> str:
    """What asks for a Japanese answer: 何名 for 三十一名, 第何回 for 第七回; 誰, どこ or 何."""
    if _FRACTION.fullmatch(answer):
        return "いくつ"
    if _NUMBER.search(answer) and "ノ" not in answer:
        return _NUMBER.sub("何", answer)
    last = list(morphemes(unified(answer), "C"))[-1]
    if "人名" in last.part_of_speech() or answer.endswith(("先生", "さん", "氏")):
        return "誰"
    if "地名" in last.part_of_speech() or _PLACE.search(answer):
        return "どこ"
    return "何"


def draft_question(sentence: str, answer: str) -> str:
    """The clause of a sentence with a question word in the place of the answer, as a question.

    Args:
        sentence: In Japanese, on one line.
        answer: Stands in it; its first place is taken.

    Returns:
        What stands before the answer's clause is kept, what follows it is not; "" where the clause
        does not end like a sentence, for then the question would ask for the end
        (「何台置いて、数えていますか」).
    """
    before, _, after = sentence.partition(answer)
    end = _CLAUSE_END.search(after)
    if end:
        after = after[: end.start()] + (end["polite"] or "です")
    elif _GOES_ON.search(after):
        return ""
    asked = _LEADING.sub("", _FILLERS.sub("", before + question_word(answer) + after)).strip()
    for spoken, written in _SPOKEN:
        asked = spoken.sub(written, asked)
    polite = _POLITE.search(asked)
    if polite:
        return f"{asked[: polite.end('end')]}か？"
    asked = asked.rstrip("。. ")
    last = list(morphemes(unified(asked)))[-1]
    return f"{asked}{'の' if last.part_of_speech()[0] in _INFLECTED else ''}ですか？"


def states(sentence: str) -> bool:
    """Whether a Japanese sentence is one that states something: whole, and no question or request.

    What a recogniser cut off ends in a particle (止めることに, 出てきまして).
    """
    found = list(morphemes(unified(sentence.rstrip("。.！!」』)） ")), "C"))
    if not found or sentence.rstrip().endswith(("?", "？")):
        return False
    kind = found[-1].part_of_speech()
    if kind[0] == "助詞":
        return bool(kind[1] == "終助詞" and found[-1].surface() != "か")
    return not str(found[-1].surface()).startswith("ください") and kind[5] != "命令形"
