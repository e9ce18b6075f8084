"""`transcript clean`: a file's text with its recogniser's damage repaired, each repair shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from pipelines.errors import ConfigError, YomitokiError
from pipelines.llms.protocol import ChoiceLLM
from pipelines.nearest import did_you_mean
from storage.cleaning.cleaned_text import CleanedText
from storage.cleaning.composition import composed
from storage.cleaning.edit import Edit
from storage.cleaning.glossary import GlossarySettings, Heard, corrections
from storage.cleaning.glossary_file import read_glossary
from storage.cleaning.llm_correction import LLMCorrectionSettings
from storage.cleaning.settings import DEFAULT_CLEANING, PlainCleaningSettings
from storage.cleaning.step import clean
from tools.command_line import Invocation
from tools.commands.edit_display import counts_by_step, edit_record, edits_in_lines, show_edits
from tools.commands.one_file import read_one
from tools.stage_display import StageDisplay

GLOSSARY, LLM = "glossary", "llm_correction"
# The steps that need nothing but the text.
KINDS: dict[str, type[PlainCleaningSettings]] = {
    kind.model_fields["kind"].default: kind for kind in get_args(PlainCleaningSettings)
}


def clean_file(
    run: Invocation,
    path: Path,
    *,
    steps: str | None,
    accept: Sequence[str],
    reject: Sequence[str],
    glossary: Path | None,
    llm: bool,
    out: Path | None,
    diff: bool,
) -> None:
    """Clean the text of a file, and print it, its edits, or both as JSON.

    Args:
        path: Any file that `ingest` reads; its text is what ingesting makes of it.
        steps: Names of steps with commas between them, in the order in which they run; None for
            the defaults, "all" for all of them.
        accept: If any, edits of other steps are taken back.
        reject: Edits of these steps are taken back.
        glossary: Terms that are put in the place of what sounds like them, after these steps.
        llm: Let the language model correct each sentence, as the last step, and decide what the
            glossary only proposes.
        out: Where to write the cleaned text (UTF-8) instead of printing it.
        diff: Print the edits instead of the text.

    Raises:
        ConfigError: An unknown step, a path that does not exist or is a folder, a wrong glossary,
            or `out` is the file itself.
        YomitokiError: The file can't be read, `out` not written, or the model not loaded.
    """
    names = _steps(steps)
    if glossary:
        read_glossary(glossary)  # what is wrong there is said before a model is loaded
    every = [*names, *([GLOSSARY] if glossary else []), *([LLM] if llm else [])]
    taken_back = _taken_back(every, _listed(accept), _listed(reject))
    if out is not None and out.resolve() == path.resolve():
        raise ConfigError(f"--out: {out}: is the file itself: name another one")
    text = read_one(run, path).text
    result = _cleaned(run, text, names, glossary, llm)
    cleaned = result.cleaned.reverted(steps=taken_back)
    if out is not None:
        _write(out, cleaned.text)
    counts = {name: counts_by_step(cleaned).get(name, 0) for name in every}
    if run.output.json:
        run.output.record(
            {
                "source": path.name,
                "characters": len(text),
                "cleaned_characters": len(cleaned.text),
                "steps": counts,
                "edits": [edit_record(shown) for shown in edits_in_lines(text, cleaned.edits)],
                "proposals": [edit_record(one) for one in edits_in_lines(text, result.proposals)],
                "rejected": dict(result.rejected),
                "text": cleaned.text,
            }
        )
        return
    if diff:
        show_edits(run.output, text, cleaned.edits)
        if result.proposals:
            run.output.line("\nonly proposed:")
            show_edits(run.output, text, result.proposals)
    elif out is None:
        run.output.piece(cleaned.text)
    written = f", written to {out}" if out is not None else ""
    run.output.note(f"{_summary(path, cleaned, counts)}{_held_back(result)}{written}")


@dataclass(frozen=True)
class _Result:
    """A cleaned text, what a glossary only proposes, and how many of the model's corrections were
    rejected, by the reason."""

    cleaned: CleanedText
    proposals: Sequence[Edit]
    rejected: Counter[str]


def _cleaned(
    run: Invocation, text: str, names: Sequence[str], glossary: Path | None, llm: bool
) -> _Result:
    model = _model(run) if llm else None
    cleaned = clean(text, [KINDS[name]().build() for name in names])
    proposals: list[Edit] = []
    if glossary:
        check: Literal["sound", "likelihood"] = "likelihood" if llm else "sound"
        heard = GlossarySettings(path=str(glossary), check=check).build(model).heard(cleaned.text)
        proposals = [_proposal(cleaned, one) for one in heard if not one.sure]
        cleaned = composed(cleaned, GLOSSARY, corrections(heard))
    if model is None:
        return _Result(cleaned, proposals, Counter())
    with run.output.progress() as progress:
        task = progress.add_task("sentences", total=None)
        step = LLMCorrectionSettings().build(
            model, lambda done, total: progress.update(task, completed=done, total=total)
        )
        cleaned = composed(cleaned, LLM, step.changes(cleaned.text))
    return _Result(cleaned, proposals, step.rejected)


def _held_back(result: _Result) -> str:
    also = f"; {len(result.proposals):,} only proposed" if result.proposals else ""
    if result.rejected:
        reasons = ", ".join(f"{why} {count}" for why, count in result.rejected.most_common())
        also += f"; {result.rejected.total():,} of the model's corrections rejected ({reasons})"
    return also


def _model(run: Invocation) -> ChoiceLLM:
    settings = run.load().settings.llm
    with StageDisplay(run.output, "loading the model") as display:
        return settings.build(run.home, display.show)


def _proposal(cleaned: CleanedText, one: Heard) -> Edit:
    """What a glossary proposes and does not make, as an edit of the original."""
    start, end = cleaned.original_span(one.start, one.end)
    reason = f"sounds like {one.term} ({one.similarity:.0%} alike)"
    return Edit(start, end, cleaned.original[start:end], one.term, GLOSSARY, reason)


def _summary(path: Path, cleaned: CleanedText, counts: dict[str, int]) -> str:
    by_step = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    return (
        f"{path.name}: {len(cleaned.edits):,} edits ({by_step}); {len(cleaned.original):,} "
        f"characters became {len(cleaned.text):,}"
    )


def _listed(given: Iterable[str]) -> list[str]:
    """Names that may be given one an option or with commas between them."""
    return [name.strip() for one in given for name in one.split(",") if name.strip()]


def _steps(given: str | None) -> list[str]:
    if given is None:
        return [one.kind for one in DEFAULT_CLEANING]
    if given.strip() == "all":
        return list(KINDS)
    names = _listed([given])
    if not names:
        raise ConfigError(f"--steps: names none: {_known(KINDS)}, or all")
    for name in names:
        _check("--steps", name, KINDS)
    return list(dict.fromkeys(names))


def _taken_back(names: list[str], accept: list[str], reject: list[str]) -> set[str]:
    """The steps whose edits do not hold."""
    for option, given in (("--accept", accept), ("--reject", reject)):
        for name in given:
            _check(option, name, [*KINDS, GLOSSARY, LLM])
            if name not in names:
                raise ConfigError(
                    f"{option}: {name}: is not among the steps that run ({', '.join(names)}): "
                    "add it to --steps"
                )
    if both := sorted(set(accept) & set(reject)):
        raise ConfigError(f"--accept and --reject: {both[0]}: can't be both: leave one out")
    return (set(names) - set(accept) if accept else set()) | set(reject)


def _check(option: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise ConfigError(
            f"{option}: unknown step '{name}'.{did_you_mean(name, known)} {_known(known)}"
        )


def _known(known: Iterable[str]) -> str:
    return f"Known: {', '.join(known)}"


def _write(out: Path, text: str) -> None:
    """Write all of it or nothing."""
    part = out.with_name(f"{out.name}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        why = (error.strerror or type(error).__name__).lower()
        raise YomitokiError(f"--out: {out}: cannot be written ({why}): check it") from error
