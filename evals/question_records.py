"""From the record of a line, in any of the known spellings, to a Sample.

The schema, in which only an id and a question are required:

    {"id": "q1", "question": "…",
     "type": "factoid", "lang": "ja", "group": "lecture-3", "answerable": true, "synthetic": false,
     "answer": "…", "answer_aliases": ["…"], "answer_groups": [["…"], ["…"]],
     "evidence": [{"source": "lecture.md", "quote": "…"}], "evidence_any": false,
     "options": ["…"] or {"A": "…"}, "answer_index": 0}

`_id` and `qid` are read as id, `text` as question, `choices` as options, a list of `answers` as
aliases, the type "unanswerable" as answerable: false, and with options an `answer` that is the
letter of one as its place. JEMHopQA's `derivations` become the context. Other keys are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_uppercase
from typing import Any

from evals.sample import Evidence, Sample
from pipelines.config_yaml import is_text
from pipelines.query_engines.options import read_options

_IDS = ("id", "_id", "qid")
_QUESTIONS = ("question", "text")
_OPTIONS = ("options", "choices")


class RecordError(ValueError):
    """A record that is no question, or contradicts itself; the message names the key."""


def read_sample(record: Mapping[str, Any], line: int = 0) -> Sample:
    """The question of a record.

    Raises:
        RecordError: A required key is missing, a value has the wrong type, or two contradict each
            other.
    """
    identity = _first(record, _IDS)
    if isinstance(identity, bool) or not isinstance(identity, str | int) or identity == "":
        raise RecordError("id: missing: must be text or a whole number, unique in the file")
    question = _first(record, _QUESTIONS)
    if not isinstance(question, str) or not question.strip():
        raise RecordError("question: missing: must be text")
    if not is_text(question) or not is_text(str(identity)):
        raise RecordError("id and question: NUL or half of a surrogate pair is not text")
    kind = _text(record, "type")
    options = _options(_first(record, _OPTIONS))
    answerable = _flag(record, "answerable", kind != "unanswerable")
    sample = Sample(
        id=str(identity),
        question=question,
        type=kind,
        lang=_text(record, "lang"),
        group=_text(record, "group"),
        line=line,
        answerable=answerable,
        synthetic=_flag(record, "synthetic", False),
        reference="" if options else _text(record, "answer").strip(),
        aliases=_texts(record, "answer_aliases") or _public_answers(record.get("answers")),
        alias_groups=_groups(record.get("answer_groups")),
        evidence=_evidence(record.get("evidence")),
        evidence_any=_flag(record, "evidence_any", False),
        options=options,
        right_option=_right_option(record, options) if options else None,
        context=_context(record.get("derivations")),
    )
    if not answerable and (sample.evidence or sample.alias_groups):
        raise RecordError("answerable: false, but evidence or answer_groups are given")
    return sample


def _first(record: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((record[key] for key in keys if record.get(key) is not None), None)


def _text(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise RecordError(f"{key}: must be text")
    return str(value)


def _flag(record: Mapping[str, Any], key: str, default: bool) -> bool:
    value = record.get(key)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise RecordError(f"{key}: must be true or false")
    return value


def _texts(record: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return _text_list(record.get(key), key)


def _text_list(value: object, key: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
        raise RecordError(f"{key}: must be a list of texts, none of them blank")
    return tuple(value)


def _public_answers(value: object) -> tuple[str, ...]:
    """NIILC's list of answers, one of which is blank: nothing matches it, so it is left out."""
    if isinstance(value, list):
        value = [one for one in value if one != ""]
    return _text_list(value, "answers")


def _groups(value: object) -> tuple[tuple[str, ...], ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise RecordError("answer_groups: must be a list of lists of texts")
    groups = tuple(_text_list(group, "answer_groups") for group in value)
    if not all(groups):
        raise RecordError("answer_groups: a group is empty")
    return groups


def _evidence(value: object) -> tuple[Evidence, ...]:
    """Evidence with a place in a document; a sentence alone (NIILC's) has none and is left out, as
    are numbers of a passage's sentences (SciFact's), whose passages qrels.tsv names."""
    if value is None or isinstance(value, str):
        return ()
    if not isinstance(value, list):
        raise RecordError('evidence: must be a list of {"source": …, "quote": …}')
    pieces = []
    for piece in value:
        if isinstance(piece, Mapping) and {"doc_id", "sentences"} <= piece.keys():
            continue
        source = piece.get("source") if isinstance(piece, Mapping) else None
        quote = piece.get("quote") if isinstance(piece, Mapping) else None
        if not isinstance(source, str) or not isinstance(quote, str) or not quote.strip():
            raise RecordError('evidence: must be a list of {"source": …, "quote": …}')
        pieces.append(Evidence(source, quote))
    return tuple(pieces)


def _options(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    try:
        return tuple(read_options(value))
    except ValueError as error:
        raise RecordError(f"options: {error}") from None


def _right_option(record: Mapping[str, Any], options: tuple[str, ...]) -> int:
    place = record.get("answer_index")
    if place is None:
        letter = record.get("answer")
        letters = ascii_uppercase[: len(options)]
        if not isinstance(letter, str) or len(letter) != 1 or letter.upper() not in letters:
            raise RecordError(
                f"answer: must be the letter of an option, {letters[0]} to {letters[-1]}, or give "
                "answer_index"
            )
        return letters.index(letter.upper())
    if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < len(options):
        raise RecordError(f"answer_index: must be 0 to {len(options) - 1}")
    return place


def _context(value: object) -> tuple[str, ...]:
    """A sentence a derivation: [subject, relation, [objects]], as JEMHopQA has them."""
    if value is None:
        return ()
    sentences = []
    for triple in value if isinstance(value, list) else [None]:
        match triple:
            case [str(subject), str(relation), list(objects)] if objects:
                sentences.append(f"{subject}の{relation}は{'、'.join(map(str, objects))}です。")
            case _:
                raise RecordError("derivations: must be a list of [subject, relation, [object, …]]")
    return tuple(sentences)
