"""The embedding of a question, made once for all who search or judge by it."""

from __future__ import annotations

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import QueryBundle


def question_embedding(query: QueryBundle, embed_model: BaseEmbedding) -> list[float]:
    """The question's vector, left in the bundle for whoever gets it next.

    LlamaIndex's vector retriever does so, too. A bundle that is asked of two embedding models
    needs a copy for each.

    Args:
        query: A question; one that has a vector keeps it.
        embed_model: Makes the vector where there is none.
    """
    if query.embedding is None:
        query.embedding = embed_model.get_query_embedding(query.query_str)
    return query.embedding
