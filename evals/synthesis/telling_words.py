"""The words that tell what a text is about: nouns and names that few sentences have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

from pipelines.japanese.tokens import SudachiTokenizerSettings, Tokenizer

# A word that a larger share of all sentences has (川 in a lecture about one) tells nothing; in a
# handful of sentences every word is in a large share, so two of them are always few.
COMMON_SHARE = 0.05
ALWAYS_FEW = 2
# Sudachi's parts of speech but for nouns and names that stand for a thing of their own.
_DROPPED = (
    "助詞", "助動詞", "補助記号", "空白", "感動詞", "接続詞", "連体詞", "動詞", "形容詞", "副詞",
    "代名詞", "形状詞", "接尾辞", "接頭辞", "記号", "名詞-数詞", "名詞-助動詞語幹",
    "名詞-普通名詞-助数詞可能", "名詞-普通名詞-副詞可能",
)  # fmt: skip
# Latin words have no part of speech here; these, and all of up to three letters, tell nothing.
_FUNCTION = (
    "about above after again against also among another because been before being below between "
    "both could does doing done down during each either else even ever every from further give "
    "given have having here himself how however into itself just kind like made make many might "
    "more most much must name neither none once only other ours over own part said same shall "
    "should since some such than that their them then there these they thing this those through "
    "time under until upon used very want were what when where whether which while whom whose why "
    "will with within without would year years your"
)
_SHORT_FUNCTION = (
    "a all am an and any are as at be but by can did do few for get got had has he her his i if in "
    "is it its let may me my no nor not of off on or our out per she so the to too up us was we "
    "who yet you"
)
_FUNCTION_WORDS = frozenset(f"{_FUNCTION} {_SHORT_FUNCTION}".split())


@cache
def _tokenizer() -> Tokenizer:
    return SudachiTokenizerSettings(drop=_DROPPED).build()


def nouns(text: str) -> set[str]:
    """The nouns and names of a text as Sudachi normalises them, and its longer English words."""
    return {word for word in _tokenizer().tokenize(text) if _tells(word)}


class TellingWords:
    """Knows how many sentences have which word."""

    def __init__(self, sentences: Sequence[str]) -> None:
        """Count the words of all sentences of the documents."""
        self._holders = Counter(word for one in sentences for word in nouns(one))
        self._most = max(ALWAYS_FEW, int(COMMON_SHARE * len(sentences)))

    def of(self, text: str) -> set[str]:
        """The telling words of a text, as Sudachi normalises them; words of no sentence are none.

        What is a part of another one (query of query_engine) is not counted beside it.
        """
        found = {word for word in nouns(text) if 0 < self._holders[word] <= self._most}
        return {w for w in found if not any(w != other and w in other for other in found)}


def _tells(word: str) -> bool:
    if not any(letter.isalpha() for letter in word):
        return False
    return not word.isascii() or (len(word) > 3 and not is_function_word(word))


def is_function_word(word: str) -> bool:
    """Whether an English word, in any case, says nothing on its own."""
    return word.lower() in _FUNCTION_WORDS
