"""The shape of the code base: file length, names, import direction."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("pipelines", "storage", "tools", "evals")
FOLDERS = (*PACKAGES, "tests", "benchmarks", "docs", ".ci")
SOURCES = sorted(ROOT.glob("*.py")) + sorted(
    path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")
)
TEXTS = SOURCES + sorted(
    path
    for folder in (".", "docs", "configs", "samples", "benchmarks")
    for suffix in ("md", "toml", "yaml", "jsonl")
    for path in (ROOT / folder).glob(f"*.{suffix}" if folder == "." else f"**/*.{suffix}")
)
LINT_IMPORTS = "from importlinter.cli import lint_imports_command as run; run()"


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=shown)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_no_file_is_named_for_nothing() -> None:
    empty_names = re.compile(r"(^|_)(utils?|helpers?|managers?|misc)(_|$)")
    assert [shown(path) for path in SOURCES if empty_names.search(path.stem)] == []


def test_no_two_files_of_the_tests_have_one_name() -> None:
    """Pytest imports each as a module of that name and refuses the second."""
    names = Counter(
        path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_nothing_names_a_path_of_one_machine() -> None:
    machine = re.compile(r"(?<![\w.~$}])/(work|root|tmp|home)/[a-z]")
    found = [
        f"{shown(path)}:{number}"
        for path in TEXTS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if machine.search(line)
    ]
    assert found == []


def test_package_files_are_empty() -> None:
    """Importing one module must not import its whole room.

    Retrievers over others are complete only with the menu of all of them, which is light.
    """
    for path in SOURCES:
        if path.name == "__init__.py" and path.parent.name != "retrievers":
            assert path.read_text(encoding="utf-8").strip() == "", shown(path)


def test_nothing_imports_the_command_line() -> None:
    """import-linter can't watch main.py, which is a module and not a package."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_bytes())):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom):
                    names = [node.module or ""]
                assert not {"main", "bootstrap"} & set(names), shown(path)


def layers() -> list[list[str]]:
    """The import contract's layers, the highest first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    contract = next(contract for contract in contracts if contract["id"] == "direction")
    return [re.split(r" *[|:] *", layer) for layer in contract["layers"]]


def test_the_import_contract_names_every_module_of_pipelines() -> None:
    names = {
        f"pipelines.{path.stem}"
        for path in (ROOT / "pipelines").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    } - {"pipelines.__init__"}
    listed = {name for layer in layers() for name in layer if name.startswith("pipelines.")}
    assert names == listed, "pyproject.toml: put the module into a layer of the import contract"


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--no-cache", "--no-logo"],
        cwd=tree,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


def plant(tree: Path, module: str, text: str = "") -> None:
    """Write a module, with the packages it stands in."""
    path = tree.joinpath(*module.split(".")).with_suffix(".py")
    path.parent.mkdir(parents=True, exist_ok=True)
    for folder in path.parents:
        if folder == tree:
            break
        (folder / "__init__.py").touch()
    path.write_text(text, encoding="utf-8")


FORBIDDEN = {
    "storage.bad": "pipelines.retrievers.room",
    "pipelines.retrievers.bad": "storage.room",
    "pipelines.postprocessors.bad": "pipelines.retrievers.room",
    "pipelines.embeddings.bad": "pipelines.llms.room",
    "pipelines.document": "pipelines.node_parsers.room",
    "pipelines.query_engines.bad": "pipelines.config",
    "pipelines.query_engines.also_bad": "pipelines.llms.room",
    "pipelines.retrievers.also_bad": "pipelines.query_engines.room",
    "pipelines.models.bad": "pipelines.llms.room",
    "pipelines.web.bad": "pipelines.retrievers.room",
    "pipelines.web.also_bad": "pipelines.models.room",
    "pipelines.config": "pipelines.rag",
    "pipelines.llms.protocol": "pipelines.models.room",
    "tools.bad": "evals.room",
    "evals.bad": "tools.room",
    "tools.also_bad": "storage.room",
}


def test_the_import_contract_bites(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    for package in PACKAGES:
        plant(tmp_path, f"{package}.room")
    for name in {name for layer in layers() for name in layer if name.startswith("pipelines.")}:
        room = (ROOT / name.replace(".", "/")).is_dir()
        plant(tmp_path, f"{name}.room" if room else name)
    plant(tmp_path, "pipelines.llms.protocol")
    plant(tmp_path, "pipelines.parts", "import pipelines.llms.protocol\n")
    plant(tmp_path, "storage.room", "import pipelines.llms.protocol\n")
    plant(tmp_path, "tools.commands.room", "import storage.room\n")
    plant(tmp_path, "pipelines.llms.room", "import pipelines.models.room\n")
    plant(tmp_path, "pipelines.rag", "import pipelines.config\nimport storage.room\n")
    clean = lint_imports(tmp_path)
    assert clean.returncode == 0, clean.stdout + clean.stderr

    for module, imported in FORBIDDEN.items():
        plant(tmp_path, module, f"import {imported}\n")
    broken = lint_imports(tmp_path)
    assert broken.returncode == 1
    for module, imported in FORBIDDEN.items():
        assert f"{module} -> {imported}" in broken.stdout, broken.stdout
