"""Every check and test of the project, in the environment that runs this file.

    python .ci/checks.py [--fast]

Exit code 1 when any of them fails; the others run all the same. `--fast` leaves out the model
downloads and the tests that need them.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINT_IMPORTS = "from importlinter.cli import lint_imports_command as run; run()"


def steps(fast: bool) -> dict[str, Sequence[str]]:
    """Arguments to Python by the name of the step; the tests come last, for their closing line."""
    static: dict[str, Sequence[str]] = {
        "lint": ("-m", "ruff", "check", "."),
        "format": ("-m", "ruff", "format", "--check", "."),
        "types": ("-m", "mypy"),
        "imports": ("-c", LINT_IMPORTS, "--no-logo"),
    }
    # Many wait for programs that they start, so that two at once fill two cores. Those that need a
    # model use all cores by themselves.
    tests = ("-m", "pytest", "-m", "not model", "-n", "2", "--dist", "loadfile")
    if fast:
        return {**static, "tests": tests}
    return {
        **static,
        "models": ("main.py", "models", "pull"),
        "model tests": ("-m", "pytest", "-m", "model"),
        "tests": tests,
    }


def run(plan: dict[str, Sequence[str]]) -> int:
    """Run the steps in order and print one line of results after each and one of all."""
    results = []
    failed = False
    for name, arguments in plan.items():
        print(f"\n== {name}", flush=True)
        started = time.monotonic()
        code = subprocess.run([sys.executable, *arguments], cwd=ROOT, check=False).returncode
        failed = failed or code != 0
        verdict = f"FAILED (exit {code})" if code else "ok"
        results.append(f"{name} {verdict} {time.monotonic() - started:.0f} s")
    print(" | ".join(results), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run(steps(fast="--fast" in sys.argv[1:])))
