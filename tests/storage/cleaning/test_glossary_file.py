from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import ConfigError
from storage.cleaning.glossary_file import GlossaryTerm, read_glossary


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "glossary.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_terms_alone_and_with_what_is_known_of_them(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "- 魚道\n- {term: 二ノ柳堰, readings: [にのやなぎ, ニノセキ], misheard: [二の席]}\n",
    )
    assert read_glossary(path) == [
        GlossaryTerm("魚道", (("gyo", "do", "R"),)),
        GlossaryTerm(
            "二ノ柳堰",
            (
                ("ni", "no", "ya", "na", "gi"),
                ("ni", "no", "se", "ki"),
            ),
            ("二の席",),
        ),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must be a list of terms"),
        ("魚道: x", "must be a list of terms"),
        ("- 魚道\n- {term: 堰, heard: [席]}", r"entry 2: 'heard': allowed are term, readings"),
        ("- {readings: [セキ]}", "entry 1: term: must be text"),
        ("- {term: 堰, readings: セキ}", r"entry 1 \(堰\): readings: must be a list of texts"),
        ("- {term: 堰, readings: [weir]}", r"entry 1 \(堰\): readings: 'weir': must be kana"),
        ("- 、。", "how it is said is not known: add readings"),
        ("- 魚道\n- 魚道", "魚道 stands there twice"),
        ("- [", "line 1"),
    ],
)
def test_what_is_wrong_is_said_with_its_entry(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_glossary(written(tmp_path, text))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read"):
        read_glossary(tmp_path / "none.yaml")
