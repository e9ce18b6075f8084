"""One question, from a sentence to a record that passed every check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from evals.synthesis.answer_forms import form_of
from evals.synthesis.answering import check_not_known, check_read_back
from evals.synthesis.candidates import Candidate
from evals.synthesis.duplicates import AskedQuestions
from evals.synthesis.evidence import choose_sentence
from evals.synthesis.fit_checks import check_about_sentence, check_asks
from evals.synthesis.lengths import Length
from evals.synthesis.options import OPTIONS, check_options, make_options
from evals.synthesis.passages import Sentence
from evals.synthesis.slots import Kind
from evals.synthesis.spellings import spellings
from evals.synthesis.telling_words import TellingWords
from evals.synthesis.wording_checks import (
    check_answer,
    check_question,
    check_support,
    check_telling,
)
from evals.synthesis.writing import Written, write_question, write_wrong_options
from pipelines.llms.protocol import ChoiceLLM
from pipelines.parts import Parts
from pipelines.query_engines.likelihood_scorer import LikelihoodScorerSettings


@dataclass(frozen=True)
class Order:
    """What is wanted of a question: its kind, and the lengths that are not full.

    `length` is the one that the model is asked for.
    """

    kind: Kind
    length: Length
    wanted: Sequence[Length]
    lengths: Sequence[Length]


@dataclass
class Draft:
    """What is known of a question so far, as its record will say it; `checks` is what was found."""

    record: dict[str, Any] = field(default_factory=dict)
    checks: dict[str, Any] = field(default_factory=dict)


class QuestionMaker:
    """Writes questions and checks them, the cheap checks first."""

    def __init__(
        self,
        llm: ChoiceLLM,
        texts: Mapping[str, str],
        words: TellingWords,
        asked: AskedQuestions,
        alike: Mapping[str, Sequence[str]],
    ) -> None:
        """Make questions with a model about documents.

        Args:
            llm: Writes, answers and chooses.
            texts: The documents by their source.
            words: What their words tell.
            asked: The questions that no other may be nearly the same as.
            alike: The documents' answers by their form, which may be wrong options.
        """
        self._llm = llm
        self._texts = texts
        self._words = words
        self._asked = asked
        self._alike = alike
        # Every option stands at every place once.
        scorer = LikelihoodScorerSettings(permutations=OPTIONS)
        self._scorer = scorer.build(Parts(llm=llm))

    def make(self, candidate: Candidate, order: Order, draft: Draft) -> Length:
        """Fill a draft; what it holds is kept also where a check fails.

        Returns:
            The bucket of the question.

        Raises:
            RejectedError: A check fails.
            YomitokiError: The model failed.
        """
        passage = candidate.passage
        draft.record |= {
            "answer": candidate.answer,
            "answer_aliases": list(spellings(candidate.answer)),
        }
        written = write_question(self._llm, candidate, order.length)
        draft.record["question"] = written.question
        length = check_question(written.question, passage.language, order.wanted, order.lengths)
        check_answer(written.question, written.answer)
        told = " ".join([passage.place, *(sentence.shown for sentence in passage.sentences)])
        check_telling(written.question, self._words.of(told), self._words)
        check_asks(candidate, written)
        check_about_sentence(candidate, written)
        draft.checks["nearest_question"] = round(self._asked.check(written.question), 3)
        support = choose_sentence(self._llm, passage, candidate.sentence, written)
        draft.checks["evidence"] = round(support.probability, 3)
        draft.record["evidence"] = [{"source": passage.source, "quote": support.sentence.quote}]
        check_support(written.answer, support.sentence, self._texts[passage.source])
        if order.kind == "options":
            self._add_options(candidate, written, support.sentence, draft)
        else:
            draft.checks["read_back"] = check_read_back(self._llm, passage, written)
            draft.checks["closed_book"] = check_not_known(self._llm, written, passage.language)
        self._asked.add([written.question])
        return length

    def _add_options(
        self, candidate: Candidate, written: Written, sentence: Sentence, draft: Draft
    ) -> None:
        wrong = write_wrong_options(self._llm, candidate, written)
        draft.checks["wrong_options"] = wrong
        alike = self._alike.get(form_of(written.answer), ())
        options = make_options(written.answer, wrong, alike, sentence, candidate.chance)
        draft.record |= {"options": list(options.texts), "answer_index": options.right}
        found = check_options(self._scorer, candidate.passage, written, options)
        draft.checks["options"] = {name: round(p, 3) for name, p in asdict(found).items()}
