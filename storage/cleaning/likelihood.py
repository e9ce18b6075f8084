"""Whether a language model would rather read a term than what was heard in its place."""

from __future__ import annotations

from collections.abc import Callable

from pipelines.llms.protocol import ContinuationScorer
from pipelines.prompts import Prompt, inert

_PROMPT = Prompt(
    version="likelihood-ja-1",
    system="講義の書き起こしの続きを書いてください。",
    user="{before}",
)
# Characters that are read before the place as what was said, and on both sides of it as the text
# whose likelihood is asked for.
_BEFORE, _LEFT, _RIGHT = 160, 40, 40

Gain = Callable[[str, int, int, str], float]


def likelihood_gain(llm: ContinuationScorer) -> Gain:
    """A function of (text, start, end, term): how much likelier the text is with the term there.

    In nats: the log-likelihood of the words around the place with the term in it, less that with
    what stands there, both behind what was said before.
    """

    def gain(text: str, start: int, end: int, term: str) -> float:
        begin = max(0, start - _LEFT)
        before = text[max(0, begin - _BEFORE) : begin]
        left, right = text[begin:start], text[end : end + _RIGHT]
        heard, termed = (inert(f"{left}{word}{right}") for word in (text[start:end], term))
        with_heard, with_term = llm.log_likelihoods(
            _PROMPT.messages(before=inert(before) or "（はじめ）"), [heard, termed]
        )
        return with_term.log_probability - with_heard.log_probability

    return gain
