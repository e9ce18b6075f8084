"""Which sentence of a passage supports an answer: a choice, read from the logits."""

from __future__ import annotations

from dataclasses import dataclass

from evals.synthesis.passages import Passage, Sentence
from evals.synthesis.prompts import EVIDENCE
from evals.synthesis.writing import Written
from pipelines.llms.protocol import ChoiceScorer
from pipelines.query_engines.lettered import choose_letter

# A cyclic order of the sentences costs a reading of the passage.
ORDERS = 2


@dataclass(frozen=True)
class Support:
    """The chosen sentence, and how probable it was among all of the passage, in (0, 1]."""

    sentence: Sentence
    probability: float


def choose_sentence(model: ChoiceScorer, passage: Passage, written: Written) -> Support:
    """The sentence that the model takes for the answer's; it can copy none that is not there.

    Raises:
        YomitokiError: It would answer with none of the letters.
    """
    sentences = passage.sentences
    if len(sentences) == 1:
        return Support(sentences[0], 1.0)
    prompt = EVIDENCE[passage.language]
    probabilities = choose_letter(
        model,
        [sentence.shown for sentence in sentences],
        ORDERS,
        lambda listed: prompt.messages(
            place=passage.place, options=listed, question=written.question, answer=written.answer
        ),
    )
    best = max(range(len(sentences)), key=lambda place: probabilities[place])
    return Support(sentences[best], probabilities[best])
