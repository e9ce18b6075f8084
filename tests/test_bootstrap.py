"""Set-up from nothing, again, after damage, after a kill and twice at once, with real pip.

A small project of its own wheels stands in for ours, so that no test reaches a registry.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

import bootstrap

ROOT = Path(__file__).resolve().parent.parent
ENDED = 200  # seconds that any one set-up of the small project may take


class SmallProject:
    """A folder with bootstrap.py, a pyproject.toml and the wheels that it asks for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wheels = folder / "wheels"
        self.wheels.mkdir(parents=True)
        (folder / "bootstrap.py").write_bytes((ROOT / "bootstrap.py").read_bytes())
        for name in ("torch", "reader"):
            self.add_wheel(name)
        self.require("torch>=1")

    def add_wheel(self, name: str) -> None:
        info = f"{name}-1.0.dist-info"
        files = {
            f"{name}/__init__.py": "WHOLE = True\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
        with zipfile.ZipFile(self.wheels / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            for path, text in {**files, f"{info}/RECORD": record}.items():
                wheel.writestr(path, text)

    def require(self, *requirements: str, free_gb: int = 0) -> None:
        (self.folder / "pyproject.toml").write_text(
            f"[project]\nname = 'small'\ndependencies = {list(requirements)}\n"
            "[project.optional-dependencies]\ndev = ['reader']\n"
            f"[tool.bootstrap]\nfree-gb = {{cpu = 0, cuda = {free_gb}}}\n",
            encoding="utf-8",
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        environment = {
            **{name: value for name, value in os.environ.items() if "PIP" not in name},
            **{"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels)},
            # An earlier run's build of `slow`, at the same path, would be taken instead.
            **{"PIP_NO_CACHE_DIR": "1"},
            **{"PIP_CONFIG_FILE": os.devnull, "https_proxy": "http://127.0.0.1:9"},
        }
        return subprocess.Popen(
            [sys.executable, "bootstrap.py", *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        with self.start(*arguments) as process:
            output, _ = process.communicate(timeout=ENDED)
            return process.returncode, output

    def imports(self, *names: str) -> bool:
        python = bootstrap.python_in(self.folder / ".venv")
        code = "".join(f"import {name}; assert {name}.WHOLE\n" for name in names)
        return subprocess.run([python, "-c", code], check=False).returncode == 0

    def installed(self, name: str) -> Path:
        (found,) = bootstrap.distributions(self.folder / ".venv", name)
        return found


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    project = SmallProject(tmp_path_factory.mktemp("ready"))
    code, output = project.run("setup")
    assert code == 0, output
    assert project.imports("torch", "reader")
    return project


def test_the_second_time_does_nothing(ready: SmallProject) -> None:
    assert ready.run("setup") == (0, "")


def test_a_package_that_vanished_is_installed_again(ready: SmallProject) -> None:
    (ready.installed("torch") / "__init__.py").unlink()
    for file in ready.installed("torch-1.0.dist-info").iterdir():
        file.unlink()
    ready.installed("torch-1.0.dist-info").rmdir()
    assert ready.run("setup")[0] == 0
    assert ready.imports("torch", "reader")


def test_a_package_cut_short_is_installed_whole(ready: SmallProject) -> None:
    """As a kill leaves it: files and metadata there, but not the last one that pip writes."""
    (ready.installed("reader") / "__init__.py").unlink()
    (ready.installed("reader-1.0.dist-info") / "INSTALLER").unlink()
    (ready.folder / ".venv" / "yomitoki.json").write_text("{")
    assert ready.run("setup")[0] == 0
    assert ready.imports("reader")


def test_a_failed_installation_says_why_and_goes_on_when_mended(ready: SmallProject) -> None:
    ready.require("torch>=1", "absent>=3")
    code, output = ready.run("setup")
    assert code == 1
    assert "bootstrap.py: packages: pip failed: run the same command again" in output
    assert "No matching distribution found for absent>=3" in output
    assert "Traceback" not in output

    ready.require("torch>=1", "late")
    ready.add_wheel("late")
    assert ready.run("setup")[0] == 0
    assert ready.imports("late")


def test_a_broken_environment_is_made_anew(ready: SmallProject) -> None:
    bootstrap.python_in(ready.folder / ".venv").unlink()
    code, output = ready.run("setup")
    assert code == 0, output
    assert "Removing the old environment" in output
    assert ready.imports("torch", "reader")


@pytest.mark.parametrize("lost", ["pyvenv.cfg", "pip"])
def test_what_a_kill_can_leave_is_seen_as_broken(ready: SmallProject, lost: str) -> None:
    """A removal of the environment cut short; pip's own upgrade cut short."""
    venv = ready.folder / ".venv"
    assert bootstrap.usable(venv)
    path = venv / lost
    if lost == "pip":
        path = next(info / "RECORD" for info in bootstrap.distributions(venv, "pip-*"))
    moved = path.rename(path.with_name("moved"))
    assert not bootstrap.usable(venv)
    moved.rename(path)
    assert bootstrap.usable(venv)


def test_the_choice_of_torch_lasts_and_changing_it_starts_anew(ready: SmallProject) -> None:
    code, output = ready.run("setup", "--gpu")
    assert code == 0, output
    assert "Removing the old environment" in output
    assert ready.run("setup") == (0, "")
    assert json.loads((ready.folder / ".venv" / "yomitoki.json").read_text())["gpu"] is True


def add_slow_package(project: SmallProject, started: Path, may_end: Path) -> None:
    """A package whose build says that it began and then waits for a file."""
    backend = (
        "import pathlib, shutil, time\n"
        "def build_wheel(folder, config_settings=None, metadata_directory=None):\n"
        f"    pathlib.Path({str(started)!r}).touch()\n"
        f"    end = time.monotonic() + {ENDED}\n"
        f"    while not pathlib.Path({str(may_end)!r}).exists() and time.monotonic() < end:\n"
        "        time.sleep(0.05)\n"
        "    name = 'slow-1.0-py3-none-any.whl'\n"
        f"    shutil.copy(pathlib.Path({str(project.folder)!r}) / name, folder)\n"
        "    return name\n"
    )
    project.add_wheel("slow")
    (project.wheels / "slow-1.0-py3-none-any.whl").rename(
        project.folder / "slow-1.0-py3-none-any.whl"
    )
    source = project.folder / "slow-1.0"
    source.mkdir()
    (source / "backend.py").write_text(backend)
    (source / "pyproject.toml").write_text(
        "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
        "[project]\nname = 'slow'\nversion = '1.0'\n"
    )
    (source / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: slow\nVersion: 1.0\n")
    with tarfile.open(project.wheels / "slow-1.0.tar.gz", "w:gz") as archive:
        archive.add(source, "slow-1.0")


def await_file(path: Path) -> None:
    deadline = time.monotonic() + ENDED
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.05)


@pytest.mark.skipif(os.name == "nt", reason="Windows passes no lock to a child")
def test_a_killed_set_up_and_the_next_one_never_write_at_once(tmp_path: Path) -> None:
    project = SmallProject(tmp_path / "project")
    building, may_end = tmp_path / "building", tmp_path / "may_end"
    add_slow_package(project, building, may_end)
    project.require("torch>=1", "slow")
    with project.start("setup") as killed:
        await_file(building)
        killed.send_signal(signal.SIGKILL)
        with project.start("setup") as second:  # the orphaned pip is at work still
            assert second.stdout is not None
            assert "Another set-up works in this folder" in second.stdout.readline()
            assert second.poll() is None
            may_end.touch()
            output, _ = second.communicate(timeout=ENDED)
    assert second.returncode == 0, output
    assert project.imports("torch", "reader", "slow")
    assert project.run("setup") == (0, "")


@pytest.mark.parametrize("version", [(3, 10, 9), (3, 13, 0)])
def test_another_python_gets_one_line(
    version: tuple[int, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    assert bootstrap.main(["demo"]) == 2
    line = f"bootstrap.py: Python 3.{version[1]}: run it with 3.11 or 3.12\n"
    assert capsys.readouterr().err == line


def test_an_old_python_can_parse_the_file() -> None:
    ast.parse((ROOT / "bootstrap.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_too_little_disk_is_said_before_anything_is_removed(tmp_path: Path) -> None:
    project = SmallProject(tmp_path)
    project.require("torch>=1", free_gb=999_999)
    (tmp_path / ".venv").mkdir()
    code, output = project.run("setup", "--gpu")
    assert code == 1
    assert "GB free: the packages need 999999 GB" in output
    assert "Traceback" not in output
    assert (tmp_path / ".venv").exists()


def test_the_project_says_what_disk_it_takes() -> None:
    needed, free_gb = bootstrap.requirements(ROOT / "pyproject.toml")
    assert any(line.startswith("pytest") for line in needed)
    assert 0 < free_gb["cpu"] < free_gb["cuda"]


def run_checks(plan: dict[str, Sequence[str]]) -> subprocess.CompletedProcess[str]:
    code = (
        "import json, runpy, sys; checks = runpy.run_path(sys.argv[1]);"
        "sys.exit(checks['run'](json.loads(sys.argv[2])))"
    )
    return subprocess.run(
        [sys.executable, "-c", code, ROOT / ".ci" / "checks.py", json.dumps(plan)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_one_failed_check_fails_the_run_and_the_others_still_run() -> None:
    plan = {"good": ("-c", ""), "bad": ("-c", "raise SystemExit(3)"), "last": ("-c", "print(42)")}
    ran = run_checks(plan)
    assert ran.returncode == 1
    assert "\n42\n" in ran.stdout
    summary = re.sub(r"\d+ s", "N s", ran.stdout.splitlines()[-1])
    assert summary == "good ok N s | bad FAILED (exit 3) N s | last ok N s"
    assert run_checks({"good": ("-c", "")}).returncode == 0


def test_only_the_fast_run_leaves_the_models_out() -> None:
    spec = importlib.util.spec_from_file_location("checks", ROOT / ".ci" / "checks.py")
    assert spec is not None
    assert spec.loader is not None
    checks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(checks)
    whole, fast = checks.steps(fast=False), checks.steps(fast=True)
    assert whole["tests"] == fast["tests"]
    # Between them the two steps run every test once.
    assert whole["tests"][:4] == ("-m", "pytest", "-m", "not model")
    assert whole["model tests"] == ("-m", "pytest", "-m", "model")
    assert set(whole) - set(fast) == {"models", "model tests"}
