"""What `main.py eval synthesize` does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from llama_index.core.schema import Document

from evals.command_group import Call
from evals.question_lines import raised, read_questions
from evals.synthesis.corpus import read_corpus
from evals.synthesis.journal import Journal, alone
from evals.synthesis.language import LANGUAGES, Language
from evals.synthesis.lengths import read_lengths
from evals.synthesis.provenance import provenance_of
from evals.synthesis.rejection import MEANINGS, Reason
from evals.synthesis.synthesis import KINDS, Request, synthesize
from pipelines.config import PipelineSettings, load_config
from pipelines.config_files import shown
from pipelines.errors import ConfigError
from pipelines.indexing import read_documents

TOO_FEW = 1


def synthesize_questions(
    call: Call,
    paths: Sequence[Path],
    out: Path,
    count: int,
    kind: str,
    language: str,
    lengths: str,
    avoid: Sequence[Path],
    seed: int,
) -> int:
    """Make questions about documents and show how many were rejected, and why.

    Returns:
        1 if fewer were accepted than were asked for, else 0.

    Raises:
        ConfigError: An option, a path or a file to avoid is wrong, or `out` was made otherwise.
        YomitokiError: The model can't be loaded, or another process writes `out`.
    """
    settings = load_config(call.config, call.overrides)
    request = _request(count, kind, lengths, avoid)
    if out.suffix != ".jsonl":
        raise ConfigError(f"--out: {shown(out)}: must end in .jsonl")
    if language not in ("auto", *LANGUAGES):
        raise ConfigError(f"--language: {language!r}: must be one of auto, {', '.join(LANGUAGES)}")
    documents = _documents(call, settings, paths)
    only = None if language == "auto" else cast(Language, language)
    corpus = read_corpus(documents, only, seed)
    provenance = provenance_of(settings.llm, documents, seed, kind, language, lengths)
    with alone(out, call.home):
        journal = Journal(out, provenance)
        if len(journal.accepted) < count:
            with call.output.progress("{task.fields[rejected]} rejected") as progress:
                task = progress.add_task("questions", total=count, rejected=len(journal.rejected))
                embed_model = settings.embedding.build(call.home)
                llm = settings.llm.build(call.home)
                synthesize(
                    request, corpus, llm, embed_model, journal,
                    lambda accepted, rejected: progress.update(
                        task, completed=accepted, rejected=rejected
                    ),
                    llm.forget,
                )  # fmt: skip
    _show(call, journal, count, len(corpus.queue))
    return 0 if len(journal.accepted) >= count else TOO_FEW


def _show(call: Call, journal: Journal, count: int, phrases: int) -> None:
    """The counts of the two files, and why questions were rejected."""
    accepted, rejected = len(journal.accepted), len(journal.rejected)
    reasons = Counter(str(record["reason"]) for record in journal.rejected)
    output = call.output
    if output.json:
        output.record(
            {
                "questions": accepted,
                "wanted": count,
                "rejected": rejected,
                "reasons": dict(reasons.most_common()),
                "phrases": phrases,
                "files": [str(journal.path), str(journal.rejected_path)],
            }
        )
    else:
        tried = accepted + rejected
        output.line(
            f"{accepted} of {count} synthetic questions, {rejected} rejected"
            + (f" ({accepted / tried:.0%} accepted)\n" if tried else "\n")
        )
        if reasons:
            output.table(
                ["rejected", "reason", "because"],
                [
                    [str(n), reason, MEANINGS.get(cast(Reason, reason), "")]
                    for reason, n in reasons.most_common()
                ],
            )
            output.line()
        output.line(f"questions: {journal.path}")
        output.line(f"rejected:  {journal.rejected_path}")
    if accepted < count:
        output.note(
            f"eval synthesize: all {phrases} phrases that can be asked for were: give more "
            "documents, or other --lengths"
        )


def _request(count: int, kind: str, lengths: str, avoid: Sequence[Path]) -> Request:
    kinds = KINDS.get(kind)
    if kinds is None:
        raise ConfigError(f"--kind: {kind!r}: must be one of {', '.join(KINDS)}")
    asked: list[str] = []
    for path in avoid:
        samples, problems = read_questions(path)
        raised(path, problems)
        asked += [sample.question for sample in samples]
    return Request(count, kinds, read_lengths(lengths), asked)


def _documents(call: Call, settings: PipelineSettings, paths: Sequence[Path]) -> list[Document]:
    documents, failed = read_documents(settings.reader, paths)
    for failure in failed:
        call.output.note(f"{failure.source}: {failure.reason}")
    if not documents:
        raise ConfigError(f"{', '.join(map(shown, paths))}: no document could be read: give others")
    return documents
