from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from llama_index.core.schema import MetadataMode

from pipelines.config import load_config
from pipelines.document import label, span
from pipelines.errors import ConfigError, YomitokiError
from pipelines.japanese.tokens import CharNgramTokenizerSettings
from pipelines.notes import noted
from pipelines.parts import Parts
from pipelines.retrievers.fusion import FusionRetriever
from pipelines.retrievers.web import WebRetriever, WebRetrieverSettings
from pipelines.retrievers.web_passages import best_passages, passages
from pipelines.web.breaker import Breaker
from pipelines.web.cache import WebCache
from pipelines.web.duckduckgo import SearchOptions
from pipelines.web.failure import WebFailure
from pipelines.web.fetched_page import FetchedPage, FetchLimits
from pipelines.web.found import PageText, SearchResult
from pipelines.web.retrying import Backoff
from pipelines.web.web_search import ReadPage, WebSearch
from tests.pipelines.query_engines.engine_doubles import Finds, node

RESULTS = [
    SearchResult("https://a.example/", "堰の改修", "改修は三月に終わる。"),
    SearchResult("https://b.example/", "水門", ""),
    SearchResult("https://c.example/", "昼食", "うどん。"),
]
TEXTS = {
    "https://a.example/": "会議は木曜日。" * 10
    + "\n堰の改修は三月に終わる予定です。\n"
    + "昼食。" * 30,
    "https://c.example/": "堰の話。\n",
}


def retriever(
    found: Sequence[SearchResult] | WebFailure = RESULTS,
    read_page: ReadPage | None = None,
    **settings: object,
) -> WebRetriever:
    def ask(_query: str, _options: SearchOptions) -> Sequence[SearchResult]:
        if isinstance(found, WebFailure):
            raise found
        return found

    def fetch(url: str, _limits: FetchLimits) -> FetchedPage:
        if url not in TEXTS:
            raise WebFailure("refused", "type image/png: no page")
        return FetchedPage(url, "text/html", TEXTS[url].encode())

    search = WebSearch(
        options=SearchOptions(),
        limits=FetchLimits(),
        cache=WebCache(None, 0),
        breaker=Breaker(None),
        backoff=Backoff(1),
        ask=ask,
        fetch=fetch,
        clock=lambda: 1_700_000_000.0,
    )
    return WebRetriever(WebRetrieverSettings.model_validate(settings), search, read_page)


def read(body: bytes, _media_type: str) -> tuple[str, str]:
    return "", body.decode()


def test_snippets_are_nodes_in_the_engines_order() -> None:
    hits = retriever().retrieve("堰")
    assert [hit.score for hit in hits] == [1, 1 / 2, 1 / 3]
    first = hits[0].node
    assert first.metadata == {
        "source": "https://a.example/",
        "web": "snippet",
        "fetched_at": "2023-11-14T22:13:20+00:00",
        "title": "堰の改修",
    }
    assert (first.get_content(MetadataMode.NONE), span(first)) == ("改修は三月に終わる。", (0, 10))
    assert first.get_content(MetadataMode.EMBED) == "堰の改修\n改修は三月に終わる。"
    assert label(first.metadata) == "https://a.example/ (web, 2023-11-14)"
    assert hits[1].node.get_content(MetadataMode.NONE) == "水門", "the title, where no snippet is"


def test_ids_are_those_of_the_content() -> None:
    ids = [hit.node.node_id for hit in retriever().retrieve("堰")]
    assert [hit.node.node_id for hit in retriever().retrieve("別の質問")] == ids
    changed = [SearchResult("https://a.example/", "堰の改修", "改修は四月に終わる。")]
    assert retriever(changed).retrieve("堰")[0].node.node_id not in ids
    assert len(set(ids)) == 3


def test_at_most_top_k_nodes() -> None:
    assert len(retriever(top_k=2).retrieve("堰")) == 2
    assert len(retriever(read_page=read, top_k=1).retrieve("堰")) == 1


def test_of_pages_the_passages_that_the_question_is_about() -> None:
    with noted() as notes:
        hits = retriever(read_page=read, pages={"passage_chars": 50}).retrieve("堰の改修はいつ？")
    best = hits[0].node
    assert "三月に終わる予定" in best.get_content(MetadataMode.NONE)
    start, end = span(best)
    assert TEXTS["https://a.example/"][start:end] == best.get_content(MetadataMode.NONE)
    assert best.metadata["web"] == "page"
    scores = [hit.score or 0.0 for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    by_source = [hit.node.metadata["source"] for hit in hits]
    assert by_source.count("https://a.example/") == 3, "at most pages.passages of a page"
    # The page that could not be had is there with its snippet (here its title).
    assert "https://b.example/" in by_source
    assert notes == [
        "web search: 1 of 3 pages not read, their snippets are used: "
        "refused (type image/png: no page)"
    ]


@pytest.mark.parametrize("chars", [50, 80, 300, 5000])
def test_passages_hold_the_whole_text_in_slices(chars: int) -> None:
    text = "短い文。" * 40 + "\n\n" + "あ" * 400 + "\n終わり。"
    page = PageText("https://a.example/", "2023-11-14T22:13:20+00:00", "", text)
    nodes = list(passages(page, chars))
    assert all(len(node.text) <= chars for node in nodes)
    assert "".join("".join(node.text for node in nodes).split()) == "".join(text.split())
    for one in nodes:
        start, end = span(one)
        assert text[start:end] == one.text


def test_scores_are_shares_of_the_words_by_their_rarity() -> None:
    page = PageText("https://a.example/", "2023", "", "ab\nab cd\nef\n")
    first = next(passages(page, 50))
    texts = ["ab", "ab cd", "ef"]
    nodes = [first.model_copy(update={"text": text, "id_": text}) for text in texts]
    found = best_passages("ab cd zz", nodes, CharNgramTokenizerSettings().build(), 5)
    # df(ab) = 2, df(cd) = 1 of 3 nodes: ln(1 + 3/2) = .916, ln(1 + 3) = 1.386; zz is nowhere.
    assert [hit.node.node_id for hit in found] == ["ab cd", "ab", "ef"]
    assert [hit.score for hit in found] == pytest.approx(
        [1, 0.9163 / (0.9163 + 1.3863), 0], abs=1e-4
    )


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (WebFailure("no network"), "no network"),
        (WebFailure("rate limited", "HTTP 202"), "rate limited (HTTP 202)"),
        (WebFailure("timed out", "8 s"), "timed out (8 s)"),
    ],
)
def test_a_failure_finds_nothing_and_is_noted(failure: WebFailure, said: str) -> None:
    with noted() as notes:
        assert retriever(failure).retrieve("堰") == []
    assert notes == [f"web search: {said}: answered from your documents only"]


def test_nothing_found_is_noted() -> None:
    with noted() as notes:
        assert retriever([]).retrieve("堰") == []
    assert notes == ["web search: nothing found: answered from your documents only"]


def test_in_a_fusion_it_is_one_vote_and_its_failure_none() -> None:
    own = Finds([node("堰は三月。")])
    both = FusionRetriever([own, retriever()], [1.0, 1.0], top_k=3).retrieve("堰")
    assert [hit.node.metadata["source"] for hit in both][:2] == ["lecture.md", "https://a.example/"]
    with noted() as notes:
        alone = FusionRetriever([own, retriever(WebFailure("no network"))], [1.0, 1.0], 3)
        assert [hit.node.metadata["source"] for hit in alone.retrieve("堰")] == ["lecture.md"]
    assert len(notes) == 1


def test_settings_are_built_with_what_they_say(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="fetch_pages: can only be used in a pipeline"):
        WebRetrieverSettings(fetch_pages=True).build(Parts(home=tmp_path))
    cassette = {"path": str(tmp_path / "none.jsonl")}
    with pytest.raises(YomitokiError, match="there is no such file"):
        WebRetrieverSettings.model_validate({"cassette": cassette}).build(Parts())
    assert WebRetrieverSettings().build(Parts()) is not None
    assert list(tmp_path.iterdir()) == [], "nothing is written before something is found"


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("region: japan", "region"),
        ("backend: auto", "duckduckgo"),
        ("safe_search: none", "strict"),
        ("time: y", "year"),
        ("max_result: 3", "max_results"),
        ("max_results: 50", "max_results"),
        ("cassette: {path: x, mode: play}", "replay"),
    ],
)
def test_a_wrong_setting_is_named(setting: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        load_config(None, [f"retriever={{kind: web, {setting}}}"])
    assert "retriever" in str(caught.value)


def test_what_decides_its_results_from_outside(tmp_path: Path) -> None:
    path = tmp_path / "web.jsonl"
    path.write_text("")

    def state(**cassette: object) -> str | None:
        settings = WebRetrieverSettings.model_validate({"cassette": cassette or None})
        return settings.outside_state()

    assert state() is None
    assert state(path=path, mode="record") is None
    before = state(path=path)
    path.write_text("{}")
    assert None not in (before, state(path=path))
    assert state(path=path) != before


def test_no_shipped_config_but_those_that_say_so_searches_the_web() -> None:
    folder = Path(__file__).resolve().parents[3] / "configs"
    searching = {
        path.name
        for path in folder.rglob("*.yaml")
        if "suites" not in path.parts
        and any(isinstance(part, WebRetrieverSettings) for part in load_config(path).parts())
    }
    assert searching == {"agent.yaml", "web.yaml"}
