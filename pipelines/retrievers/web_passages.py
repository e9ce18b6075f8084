"""Snippets and pages of the web as nodes, and which passages of pages a question is about."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from llama_index.core.schema import NodeWithScore, TextNode

from pipelines.component import fingerprint
from pipelines.document import FETCHED_KEY, WEB_KEY
from pipelines.japanese.sentences import split_sentences
from pipelines.japanese.tokens import Tokenizer
from pipelines.web.found import Found, PageText, SearchResult


def snippet_node(result: SearchResult, fetched_at: str) -> TextNode:
    """A result's snippet, or its title where it has none; the span counts into that text."""
    text = result.snippet or result.title
    return _node(result.url, result.title, fetched_at, "snippet", text, 0, len(text))


def snippets(found: Found) -> list[NodeWithScore]:
    """A node a result, in the engine's order; scores are 1 / rank."""
    return [
        NodeWithScore(node=snippet_node(result, found.fetched_at), score=1 / rank)
        for rank, result in enumerate(found.results, 1)
    ]


def passages(page: PageText, most_chars: int) -> Iterator[TextNode]:
    """A page's text as nodes of whole sentences, up to `most_chars` characters each."""
    start: int | None = None
    end = 0
    for first, last in split_sentences(page.text, max_chars=most_chars):
        if start is not None and last - start > most_chars:
            yield _passage(page, start, end)
            start = None
        start, end = first if start is None else start, last
    if start is not None:
        yield _passage(page, start, end)


def best_passages(
    question: str, nodes: Sequence[TextNode], tokenizer: Tokenizer, a_source: int
) -> list[NodeWithScore]:
    """The nodes that hold most of the question's words, best first, at most `a_source` a source.

    A score is the share of the question's words that the node holds, in [0, 1], a word counting by
    its rarity among the nodes (ln(1 + n / df)); a word that no node holds counts for nothing. Equal
    scores: the earlier node.

    Args:
        question: As it was searched.
        nodes: In the engine's order of their pages, and in each page's own.
        tokenizer: Cuts words, of the question and of the nodes alike.
        a_source: Nodes of one page at most.
    """
    asked = set(tokenizer.tokenize(question))
    held = [asked & set(words) for words in tokenizer.tokenize_many([node.text for node in nodes])]
    frequency = Counter(word for words in held for word in words)
    weight = {word: math.log(1 + len(nodes) / count) for word, count in frequency.items()}
    most = math.fsum(weight.values())
    scores = [math.fsum(weight[word] for word in words) / most if most else 0.0 for words in held]
    taken: Counter[str] = Counter()
    best = []
    for place in sorted(range(len(nodes)), key=lambda place: -scores[place]):
        source = str(nodes[place].metadata["source"])
        if taken[source] < a_source:
            taken[source] += 1
            best.append(NodeWithScore(node=nodes[place], score=scores[place]))
    return best


def _passage(page: PageText, start: int, end: int) -> TextNode:
    text = page.text[start:end]
    return _node(page.url, page.title, page.fetched_at, "page", text, start, end)


def _node(
    url: str, title: str, fetched_at: str, kind: str, text: str, start: int, end: int
) -> TextNode:
    metadata = {"source": url, WEB_KEY: kind, FETCHED_KEY: fetched_at}
    if title:
        metadata["title"] = title
    excluded = [key for key in metadata if key != "title"]
    return TextNode(
        id_=fingerprint([url, kind, start, end, text]),
        text=text,
        start_char_idx=start,
        end_char_idx=end,
        metadata=metadata,
        excluded_embed_metadata_keys=excluded,
        excluded_llm_metadata_keys=excluded,
        metadata_template="{value}",
        text_template="{metadata_str}\n{content}",
    )
