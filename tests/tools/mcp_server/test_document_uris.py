"""Documents as URIs, and pages of them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tools.mcp_server.document_uris import document_uri, named_document
from tools.server.failures import ApiError

# Half of a surrogate pair is no text, and no name in a collection.
NAMES = st.text(st.characters(codec="utf-8"), min_size=1)


@given(NAMES, NAMES, st.integers(0, 10**12 - 1))
@example("講義", "a/b?c#d%2F.md", 0)
@example("default", "../../etc/passwd", 5)
def test_a_uri_names_what_it_was_made_of(collection: str, source: str, start: int) -> None:
    uri = document_uri(collection, source, start)
    assert uri.isascii()
    assert uri.startswith("yomitoki://documents/")
    assert named_document(uri) == (collection, source, start)


def test_a_client_may_leave_a_slash_as_it_is() -> None:
    assert named_document("yomitoki://documents/default/2024/a.md") == ("default", "2024/a.md", 0)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "lecture.md",
        "file:///lecture.md",
        "yomitoki://documents",
        "yomitoki://documents/default",
        "yomitoki://documents/default/",
        "yomitoki://documents//lecture.md",
        "yomitoki://documents/default/%ff.md",
        "yomitoki://documents/default/a.md?page=2",
        "yomitoki://documents/default/a.md?start_char",
        "yomitoki://documents/default/a.md?start_char=-1",
        "yomitoki://documents/default/a.md?start_char=1e3",
        "yomitoki://documents/default/a.md?start_char=９",
        "yomitoki://documents/default/a.md#part",
        "yomitoki://[documents/default/a.md",
    ],
)
def test_any_other_uri_is_none(uri: str) -> None:
    with pytest.raises(ApiError, match="uri: "):
        named_document(uri)
