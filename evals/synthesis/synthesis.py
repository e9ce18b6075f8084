"""Synthetic questions from a corpus: asks sentence after sentence until enough were accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding

from evals.synthesis.answer_forms import answers_by_form
from evals.synthesis.candidates import Candidate
from evals.synthesis.corpus import Corpus
from evals.synthesis.duplicates import AskedQuestions
from evals.synthesis.journal import Journal
from evals.synthesis.lengths import Lengths, length_of
from evals.synthesis.making import Draft, Order, QuestionMaker
from evals.synthesis.prompts import EXAMPLES
from evals.synthesis.provenance import Provenance
from evals.synthesis.rejection import RejectedError
from evals.synthesis.slots import Kind, Slots
from pipelines.errors import ConfigError, StoppedError, YomitokiError
from pipelines.llms.protocol import ChoiceLLM

KINDS: Mapping[str, tuple[Kind, ...]] = {
    "open": ("open",),
    "options": ("options",),
    "both": ("open", "options"),
}
# Accepted and rejected so far.
OnQuestion = Callable[[int, int], None]


@dataclass(frozen=True)
class Request:
    """What is asked for: so many questions, of these kinds and lengths, unlike those of `avoid`."""

    count: int
    kinds: tuple[Kind, ...]
    lengths: Lengths
    avoid: Sequence[str] = ()


def synthesize(
    request: Request,
    corpus: Corpus,
    llm: ChoiceLLM,
    embed_model: BaseEmbedding,
    journal: Journal,
    on_question: OnQuestion = lambda _accepted, _rejected: None,
    forget: Callable[[], None] = lambda: None,
) -> None:
    """Make questions until there are enough or every sentence was asked about.

    Args:
        request: What is wanted.
        corpus: What is asked about.
        llm: The model that writes and checks.
        embed_model: Tells near-duplicates.
        journal: Keeps what was made; what it holds already is not made again.
        on_question: Hears what is done.
        forget: Makes the model forget what it has read, before each question: what it has in its
            cache changes the last digits of its numbers, and so a run that was killed would go on
            with other questions than one that was not.

    Raises:
        YomitokiError: A setting of the model is wrong.
    """
    asked = AskedQuestions(embed_model)
    asked.add([q for examples in EXAMPLES.values() for one in examples for q in one.questions])
    asked.add([*request.avoid, *(record["question"] for record in journal.accepted)])
    alike = answers_by_form(corpus.queue)
    maker = QuestionMaker(llm, corpus.texts, corpus.words, asked, alike)
    slots = _slots(request, journal)
    done = journal.done
    for candidate in corpus.queue:
        on_question(len(journal.accepted), len(journal.rejected))
        if not slots.open:
            break
        if candidate.id not in done:
            forget()
            _make(candidate, request, maker, slots, journal)
    on_question(len(journal.accepted), len(journal.rejected))


def _slots(request: Request, journal: Journal) -> Slots:
    shares = {length.name: length.share for length in request.lengths["ja"]}
    slots = Slots(request.count, request.kinds, shares)
    for record in journal.accepted:
        length = length_of(record["question"], request.lengths[record["lang"]])
        if length is not None:
            slots.take("options" if "options" in record else "open", length.name)
    return slots


def _make(
    candidate: Candidate,
    request: Request,
    maker: QuestionMaker,
    slots: Slots,
    journal: Journal,
) -> None:
    """Make one question, and write it as accepted or rejected."""
    kind, name = slots.next()
    lengths = request.lengths[candidate.passage.language]
    order = Order(
        kind=kind,
        length=next(length for length in lengths if length.name == name),
        wanted=[length for length in lengths if slots.wants(kind, length.name)],
        lengths=lengths,
    )
    draft = Draft()
    try:
        length = maker.make(candidate, order, draft)
    except RejectedError as error:
        journal.reject(
            _record(candidate, order, draft, journal.provenance, error.reason, str(error))
        )
    except (ConfigError, StoppedError):
        raise
    except YomitokiError as error:
        record = _record(candidate, order, draft, journal.provenance, "model_failed", str(error))
        journal.reject(record)
    else:
        slots.take(kind, length.name)
        journal.accept(_record(candidate, order, draft, journal.provenance))


def _record(
    candidate: Candidate,
    order: Order,
    draft: Draft,
    provenance: Provenance,
    reason: str = "",
    message: str = "",
) -> dict[str, Any]:
    passage = candidate.passage
    sentence = candidate.sentence
    return {
        "id": candidate.id,
        **({"reason": reason, "message": message} if reason else {}),
        **draft.record,
        "lang": passage.language,
        # Questions about one passage are not independent: they are drawn and split together.
        "group": f"{passage.source} {passage.start}-{passage.end}",
        "synthetic": True,
        "synthesis": {
            **asdict(provenance),
            "kind_asked": order.kind,
            "length_asked": order.length.name,
            "source": passage.source,
            "start_char": passage.start,
            "end_char": passage.end,
            "passage": passage.text,
            "sentence_asked": [sentence.start, sentence.end],
            "checks": draft.checks,
        },
    }
