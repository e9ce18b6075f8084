"""A small search over real documents: by words alone, the gold stands second for every question."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

CONFIGS = Path(__file__).resolve().parents[3] / "configs"
TOPICS = (
    ("魚道", "工費", "四百万円"), ("石橋", "長さ", "百メートル"), ("水車", "高さ", "二メートル"),
    ("公園", "広さ", "三ヘクタール"), ("神社", "石段", "八十段"), ("図書館", "蔵書", "五万冊"),
    ("温泉", "温度", "四十二度"), ("鉄道", "運賃", "二百円"), ("学校", "生徒", "三百人"),
    ("市場", "店舗", "七軒"), ("港", "漁船", "十五隻"), ("病院", "病床", "九十床"),
)  # fmt: skip


def write_search(folder: Path, name: str = "river", **changes: Any) -> Path:
    """A search of top_k over twelve questions, six a part; one passage, the base's, finds nothing.

    Each question's two words stand in a sentence that tells nothing, one of them in the gold.
    """
    lines, questions = [], []
    for place, (topic, what, value) in enumerate(TOPICS, start=1):
        gold = f"{what}は{value}です。"
        lines += [f"{topic}の{what}の話をします。", gold]
        questions.append(
            {
                "id": f"q{place}", "question": f"{topic}の{what}は？",
                "evidence": [{"source": "a.md", "quote": gold}],
            }
        )  # fmt: skip
    if not (folder / "docs").exists():  # Searches of one folder share its collection.
        (folder / "docs").mkdir()
        (folder / "docs" / "a.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    written = [json.dumps(question, ensure_ascii=False) + "\n" for question in questions]
    (folder / "q.jsonl").write_text("".join(written), encoding="utf-8")
    base = {
        "extends": str(CONFIGS / "default.yaml"),
        "node_parser": {"kind": "sentence", "max_chars": 0},
        "retriever": {"kind": "bm25", "top_k": 1},
        "postprocessors": [],
    }
    (folder / "base.yaml").write_text(yaml.safe_dump(base), encoding="utf-8")
    search = {
        "name": name,
        "base": "base.yaml",
        "datasets": [
            {
                "kind": "questions", "path": "q.jsonl", "documents": ["docs"],
                "split": {"by": "odd_even"},
            }
        ],
        "answers": False,
        "metric": {"kind": "recall", "k": 5},
        "space": {"retriever.top_k": {"int": [1, 4]}},
        "sampler": "grid",
        **changes,
    }  # fmt: skip
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(search, sort_keys=False), encoding="utf-8")
    return path
