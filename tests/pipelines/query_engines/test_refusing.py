from __future__ import annotations

import pytest

from pipelines.prompts import REFUSAL
from pipelines.query_engines.refusing import is_refusal


@pytest.mark.parametrize(
    "text",
    [
        REFUSAL,
        "参考資料には、優勝賞金についての情報は含まれていません。",
        "その点は資料に記載されていません。",
        "資料からは分かりません。",
        "The article does not provide information about the number of images.",
        "The documents do not state it; the prize is not mentioned.",
    ],
)
def test_refusals(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "答えはQwQモデルです。",
        "医学論文のデータです。それ以外のデータについては書かれていません。",
        "事例を一つも入れないことをZero-shotと言います。",
    ],
)
def test_answers(text: str) -> None:
    assert not is_refusal(text)
