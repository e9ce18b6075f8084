"""The commands of `main.py eval`: what each takes; the work is done in `evals.commands`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

Register = Callable[..., Callable[[Callable[..., int | None]], Any]]

_SUITE = Annotated[Path, typer.Argument(metavar="SUITE.yaml", help="See configs/suites.")]


class Output(Protocol):
    """Where results go."""

    json: bool

    def line(self, text: str = "") -> None: ...
    def note(self, text: str) -> None: ...
    def record(self, value: Any) -> None: ...
    def table(self, columns: list[str], rows: list[list[str]]) -> None: ...
    def progress(self, *extra: str, counted: bool = True) -> Any: ...


class Call(Protocol):
    """How a command was called: the options that every command takes."""

    @property
    def output(self) -> Output: ...
    @property
    def config(self) -> Path | None: ...
    @property
    def overrides(self) -> tuple[str, ...]: ...
    @property
    def home(self) -> Path: ...


def add_commands(app: typer.Typer, group: Callable[[str], typer.Typer], command: Register) -> None:
    """Add the commands to a Typer group.

    Args:
        app: The group `eval`.
        group: Makes a group of the same look, of its help.
        command: The decorator that adds what every command takes (`tools.command_line.command`).
    """

    @command(app, "run", "eval run configs/suites/sample.yaml", "eval run my.yaml --set seed=1")
    def run(call: Call, suite: _SUITE) -> int:
        """Run a suite's arms on its datasets and say what helps, hurts or is undecided.

        What was computed before is not computed again: a killed run goes on where it was, and an
        unchanged one loads no model. --set overrides the suite (seed=1, datasets.0.limit=10),
        --config takes the place of its base. Exit code 3 if a gate of the suite fails.
        """
        from evals import commands

        return commands.run_suite(call, suite)

    @command(app, "resume", "eval resume configs/suites/sample.yaml")
    def resume(call: Call, suite: _SUITE) -> int:
        """Go on with a suite that was stopped; what `run` does, too.

        Answers that are kept stay as they are, questions that failed are asked again.
        """
        from evals import commands

        return commands.run_suite(call, suite)

    @command(app, "report", "eval report configs/suites/sample.yaml")
    def report(call: Call, suite: _SUITE) -> int:
        """Write the report of what is kept of a suite, without asking anything.

        Questions that were not asked yet have no score and say so.
        """
        from evals import commands

        return commands.report(call, suite)

    @command(app, "compare", "eval compare configs/suites/sample.yaml '6 ours' '1 naive'")
    def compare(
        call: Call,
        suite: _SUITE,
        arm: Annotated[str, typer.Argument(metavar="ARM")],
        against: Annotated[str, typer.Argument(metavar="AGAINST")],
    ) -> None:
        """Compare any two arms of a suite by what is kept: verdicts, and who won which question."""
        from evals import commands

        commands.compare_arms(call, suite, arm, against)

    @command(app, "plan", "eval plan configs/suites/sample.yaml")
    def plan(call: Call, suite: _SUITE) -> None:
        """Say what a run would compute, what is kept already, and what it would take.

        Reads the suite, its datasets and documents; loads no model and embeds nothing.
        """
        from evals import commands

        commands.plan(call, suite)

    @command(
        app,
        "tune",
        "eval tune configs/suites/tune_sample.yaml",
        "eval tune my-search.yaml --trials 50",
        "eval tune my-search.yaml --minutes 30 --config configs/fast.yaml",
    )
    def tune(
        call: Call,
        search: Annotated[
            Path, typer.Argument(metavar="SEARCH.yaml", help="See configs/suites/tune_sample.yaml.")
        ],
        trials: Annotated[
            int | None,
            typer.Option("--trials", metavar="N", min=1, help="In all; else the file's."),
        ] = None,
        minutes: Annotated[
            float | None,
            typer.Option("--minutes", metavar="N", help="That trials take; else the file's."),
        ] = None,
    ) -> int:
        """Search for better settings on one part of the questions; judge them on the other.

        The file names keys of a config, as --set takes them, and what each may be:

        \b
          name: my-search
          datasets: [{kind: questions, path: q.jsonl, documents: [docs]}]
          answers: false                   # retrieval alone, which is fast
          metric: {kind: ndcg, k: 10}      # more is better
          space:
            retriever.top_k: {int: [5, 40], step: 5}
            node_parser.max_chars: {choice: [200, 300, 400]}
          budget: {trials: 30}

        Trials see the tune part of the questions. The best one and the base (the file's, --config,
        or the default config) are then compared on the test part, which no trial has seen: the
        winner helps, hurts, or is undecided. winner.yaml is a config to use with --config.

        Stop it whenever you like: the same command goes on where it was, up to the budget. With
        another space, base or dataset it is another search.
        """
        from evals import tune_commands

        return tune_commands.tune_settings(call, search, trials, minutes)

    judges = group("Check judges against grades that were given by hand.")
    app.add_typer(judges, name="judge")

    @command(
        judges,
        "calibrate",
        "eval judge calibrate samples/judge_labels.jsonl",
        "eval judge calibrate samples/faithfulness_labels.jsonl --judge faithfulness",
        "eval judge calibrate labels.jsonl --judge answer_accuracy --language en",
    )
    def calibrate(
        call: Call,
        labels: Annotated[
            Path,
            typer.Argument(
                metavar="LABELS.jsonl", help="An id, a rating and what the judge is shown a line."
            ),
        ],
        judge: Annotated[
            str,
            typer.Option(
                "--judge", help="answer_correctness, answer_accuracy, faithfulness or relevance."
            ),
        ] = "answer_correctness",
        language: Annotated[
            str | None,
            typer.Option(
                "--language",
                help="Of the prompts: ja (unset) or en; answer_correctness asks in English alone.",
            ),
        ] = None,
        seed: Annotated[int, typer.Option("--seed", help="Of the intervals.")] = 0,
    ) -> None:
        """Say how far a judge agrees with grades that were given by hand.

        A line of labels has an id, a rating, and for the judges

        \b
          answer_…       question, reference, answer; rating 0, 2 or 4
          faithfulness   cited, sentence; rating 1 if the cited passages say so, else 0
          relevance      question, text; rating 1 if the text is about the question, else 0

        Printed are Cohen's kappa with its interval, the confusion of grades, whether what is longer
        or the model's own is preferred, and from which log-odds a grade should count with this
        model. The config's language model judges.
        """
        from evals import judge_commands

        judge_commands.calibrate_judge(call, labels, judge, language, seed)

    @command(
        app,
        "synthesize",
        "eval synthesize ~/lectures --out questions.jsonl",
        "eval synthesize ~/lectures --out exam.jsonl --n 50 --kind options --language ja",
        "eval synthesize notes.md --out q.jsonl --lengths short=2,long=1 --avoid mine.jsonl",
    )
    def synthesize(
        call: Call,
        paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files and folders.")],
        out: Annotated[
            Path,
            typer.Option("--out", metavar="FILE.jsonl", help="Rejected ones go to a file beside."),
        ],
        count: Annotated[int, typer.Option("--n", min=1, help="Questions to make.")] = 20,
        kind: Annotated[
            str, typer.Option("--kind", help="open, options (five each), or both, half and half.")
        ] = "open",
        language: Annotated[
            str,
            typer.Option(
                "--language",
                help="Only about passages in ja or en, told by their letters; auto: about both.",
            ),
        ] = "auto",
        lengths: Annotated[
            str,
            typer.Option(
                "--lengths",
                metavar="NAME=SHARE,…",
                help="How long questions are, in characters: short (12-20 Japanese, 30-49 "
                "English), medium (21-31, 50-67), long (32-60, 68-100), which are the thirds of "
                "JSQuAD's and XQuAD's questions; or ranges of your own, 10-25=1,26-50=2.",
            ),
        ] = "short=1,medium=1,long=1",
        avoid: Annotated[
            list[Path] | None,
            typer.Option(
                "--avoid", metavar="FILE", help="Ask nothing that this file asks. Repeatable."
            ),
        ] = None,
        seed: Annotated[
            int, typer.Option("--seed", help="Of the order of passages and of options.")
        ] = 0,
    ) -> int:
        """Let the config's language model write questions about documents, and check each one.

        The answer is a phrase of a sentence. A question is rejected unless the model finds it again
        with the passage and not without, takes a sentence that holds it for the evidence, and
        asked nothing near it before; the other file says why. All are marked as synthetic: they
        favour the model that wrote them. Stop it whenever you like: the same command goes on, and a
        larger --n adds more. Exit code 1 if there are fewer than were asked for.
        """
        from evals import synthesis_commands

        return synthesis_commands.synthesize_questions(
            call, paths, out, count, kind, language, lengths, avoid or [], seed
        )

    datasets = group("Check files of questions.")
    app.add_typer(datasets, name="dataset")

    @command(
        datasets,
        "check",
        "eval dataset check questions.jsonl",
        "eval dataset check questions.csv --documents ~/lectures",
    )
    def check(
        call: Call,
        file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON Lines or CSV.")],
        documents: Annotated[
            list[Path] | None,
            typer.Option(
                "--documents", metavar="PATH", help="Look for the evidence in these. Repeatable."
            ),
        ] = None,
    ) -> int:
        """Say what a file of questions holds, and what is wrong with which line.

        A line needs an id and a question; answer, answer_aliases, evidence [{source, quote}],
        options, answer_index, type, group and answerable are optional (docs/evaluation.md). Exit
        code 1 if anything is wrong.
        """
        from evals import commands

        return commands.check_dataset(call, file, documents or [])
