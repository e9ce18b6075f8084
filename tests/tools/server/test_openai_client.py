"""/v1 as OpenAI's own client sees it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import openai
import pytest

from pipelines.config import load_config
from pipelines.query_engines.refusing import is_refusal
from tests.tools.server.running_server import ANSWER, ATTACK, Running

QUESTION = "魚道の工費は？"
QUOTED = f"{ANSWER}\n「{ANSWER}」[1]"


@pytest.fixture(scope="module")
def client(server: Running) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        base_url=f"{server.url}/v1", api_key="not needed", max_retries=0, timeout=60
    ) as made:
        yield made


def user(content: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": content}]


def ask(
    client: openai.OpenAI, content: str = QUESTION, **more: object
) -> openai.types.chat.ChatCompletion:
    return client.chat.completions.create(model="default", messages=user(content), **more)  # type: ignore[call-overload, no-any-return]


def test_models_are_the_configs(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["default", "options", "asking"]
    assert client.models.retrieve("asking").owned_by == "yomitoki"
    with pytest.raises(openai.NotFoundError, match="Did you mean 'default'"):
        client.models.retrieve("defualt")


def test_a_completion_has_answer_usage_and_citations(
    client: openai.OpenAI, server: Running
) -> None:
    completion = ask(client)
    (choice,) = completion.choices
    assert choice.message.content == QUOTED
    assert choice.finish_reason == "stop"
    assert completion.usage is not None
    assert completion.usage.prompt_tokens == len(server.llm.prompts[-1])  # a token a character
    assert completion.usage.completion_tokens == len(ANSWER)
    assert completion.usage.total_tokens == len(server.llm.prompts[-1]) + len(ANSWER)
    extension = completion.model_extra["yomitoki"]  # type: ignore[index]
    assert extension["collection"] == "default"
    assert extension["refused"] is False
    assert extension["citations"] == [
        {
            "n": 1,
            "source": "工費.md",
            "start_char": 0,
            "end_char": len(ANSWER),
            "label": "工費.md",
            "text": ANSWER,
        }
    ]
    assert set(extension["seconds"]) == {"retrieving", "answering"}
    assert "nodes" not in extension


def test_passages_are_there_if_wanted(client: openai.OpenAI) -> None:
    completion = ask(client, extra_body={"yomitoki": {"nodes": True}})
    (node,) = completion.model_extra["yomitoki"]["nodes"]  # type: ignore[index]
    assert ATTACK in node["text"]
    assert node["rank"] == 1


def test_a_stream_is_the_answer_in_pieces_then_usage(client: openai.OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model="default",
            messages=user(QUESTION),  # type: ignore[arg-type]
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    *pieces, end, usage = chunks
    assert pieces[0].choices[0].delta.role == "assistant"
    texts = [chunk.choices[0].delta.content or "" for chunk in pieces]
    assert "".join(texts) == QUOTED
    assert texts[1:-1] == list(ANSWER), "a chunk a token"
    assert end.choices[0].finish_reason == "stop"
    assert end.model_extra["yomitoki"]["citations"][0]["text"] == ANSWER  # type: ignore[index]
    assert not usage.choices
    assert usage.usage is not None
    assert usage.usage.completion_tokens == len(ANSWER)
    assert len({chunk.id for chunk in chunks}) == 1


def test_a_stream_without_usage_has_none(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(model="default", messages=user(QUESTION), stream=True)  # type: ignore[arg-type]
    assert all(chunk.choices and chunk.usage is None for chunk in stream)


def test_earlier_messages_are_the_history(client: openai.OpenAI, server: Running) -> None:
    client.chat.completions.create(
        model="default",
        messages=[
            {"role": "system", "content": "You are a pirate."},
            {"role": "user", "content": "魚道の話です"},
            {"role": "assistant", "content": "三億円です。"},
            {"role": "user", "content": [{"type": "text", "text": "それはいつ？"}]},
        ],
    )
    prompt = server.llm.prompts[-1]
    assert "質問: 魚道の話です\n回答: 三億円です。" in prompt
    assert "[質問]\nそれはいつ？" in prompt
    assert "pirate" not in prompt


def test_what_had_no_effect_is_named(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="default",
        messages=[
            {"role": "developer", "content": "x"},
            {"role": "user", "content": QUESTION},
        ],
        user="u",
        store=False,
    )
    extension = completion.model_extra["yomitoki"]  # type: ignore[index]
    assert extension["unused"] == ["system message", "store", "user"]


def test_sampling_is_that_of_the_request(client: openai.OpenAI, server: Running) -> None:
    ask(client, temperature=0.5, top_p=0.9, seed=7, stop=["x"], max_tokens=5)
    chosen = server.llm.chosen[-1]
    own = load_config(None, []).llm.generation
    assert (chosen.temperature, chosen.top_p, chosen.seed, chosen.stop) == (0.5, 0.9, 7, ("x",))
    assert chosen.max_new_tokens == own.max_new_tokens, "what is written on the way is not shorter"
    assert server.llm.options[-1]["max_new_tokens"] == 5


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_an_answer_that_took_all_its_tokens_says_so(client: openai.OpenAI, name: str) -> None:
    completion = ask(client, **{name: 4})
    assert completion.choices[0].finish_reason == "length"
    assert (completion.choices[0].message.content or "").startswith(ANSWER[:4] + "\n")
    assert ask(client, **{name: 13}).choices[0].finish_reason == "stop"


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("n", 2),
        ("logprobs", True),
        ("top_logprobs", 3),
        ("tools", [{"type": "function", "function": {"name": "f"}}]),
        ("response_format", {"type": "json_object"}),
        ("frequency_penalty", 0.5),
        ("logit_bias", {"1": 2}),
        ("modalities", ["audio"]),
    ],
)
def test_what_is_not_supported_is_refused(
    client: openai.OpenAI, parameter: str, value: object
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        ask(client, **{parameter: value})
    assert refused.value.param == parameter
    assert refused.value.code == "unsupported_parameter"
    assert f"{parameter}: not supported: leave it out" in str(refused.value)


def test_what_asks_for_nothing_is_fine(client: openai.OpenAI) -> None:
    ask(
        client,
        n=1,
        logprobs=False,
        tools=[],
        frequency_penalty=0.0,
        response_format={"type": "text"},
    )


@pytest.mark.parametrize(
    ("messages", "param", "said"),
    [
        ([], "messages", "at least 1 item"),
        ([{"role": "assistant", "content": "x"}], "messages.0.role", "must be from user"),
        ([{"role": "tool", "content": "x"}], "messages.0.role", "'user'"),
        (user(" "), "messages.0.content", "it is empty: write a question"),
        (user("?!"), "messages.0.content", "no letter and no digit"),
        (user("あ" * 8001), "messages.0.content", "8,001 characters are too long: at most 8,000"),
        (
            [{"role": "user", "content": [{"type": "image_url"}]}],
            "messages.0.content.0.type",
            "'text'",
        ),
    ],
)
def test_wrong_messages_are_named(
    client: openai.OpenAI, messages: list[dict[str, str]], param: str, said: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="default", messages=messages)  # type: ignore[arg-type]
    assert said in str(refused.value)
    assert refused.value.param == param


def test_unknown_models_and_collections(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        client.chat.completions.create(model="gpt-5", messages=user(QUESTION))  # type: ignore[arg-type]
    assert refused.value.code == "model_not_found"
    assert "Known: default, options, asking" in str(refused.value)
    for stream in (False, True):
        with pytest.raises(openai.NotFoundError) as refused:
            ask(client, stream=stream, extra_body={"yomitoki": {"collection": "nope"}})
        assert refused.value.code == "collection_not_found"
        assert "there are: default" in str(refused.value)
    with pytest.raises(openai.BadRequestError, match="ranks options: use /ask"):
        client.chat.completions.create(model="options", messages=user(QUESTION))  # type: ignore[arg-type]


def test_only_what_matches_is_searched_and_the_next_question_searches_all(
    client: openai.OpenAI,
) -> None:
    with pytest.raises(openai.BadRequestError, match="no passage of collection 'default' matches"):
        ask(client, extra_body={"yomitoki": {"where": {"source": ["x*"]}}})
    assert ask(client).choices[0].message.content == QUOTED


def test_a_refusal_is_an_answer(client: openai.OpenAI, server: Running) -> None:
    said = "参考資料からは分かりません。"
    assert is_refusal(said)
    server.llm.answer = said
    try:
        completion = ask(client)
    finally:
        server.llm.answer = ANSWER
    assert completion.choices[0].message.content == said
    assert completion.model_extra["yomitoki"]["refused"] is True  # type: ignore[index]
    assert completion.model_extra["yomitoki"]["citations"] == []  # type: ignore[index]


def test_a_failure_in_the_middle_of_a_stream_reaches_the_client(
    client: openai.OpenAI, server: Running
) -> None:
    server.llm.fails = "out of memory at /srv/secret/cache"
    try:
        with pytest.raises(openai.APIError, match="its log has the reason") as broke:
            list(ask(client, stream=True))  # type: ignore[call-overload]
    finally:
        server.llm.fails = ""
    assert "secret" not in str(broke.value.body)


def test_embeddings_are_those_of_the_collection(client: openai.OpenAI) -> None:
    texts = ["魚道の工費", "委員"]
    packed = client.embeddings.create(model="default", input=texts)  # the client asks for base64
    plain = client.embeddings.create(model="default", input=texts, encoding_format="float")
    assert [item.index for item in plain.data] == [0, 1]
    for one, other in zip(packed.data, plain.data, strict=True):
        assert len(one.embedding) == 384
        assert math.isclose(math.hypot(*other.embedding), 1.0, abs_tol=1e-3)
        assert one.embedding == pytest.approx(other.embedding, abs=1e-6)
    query = client.embeddings.create(
        model="default", input=texts[0], extra_body={"input_type": "query"}
    )
    assert query.data[0].embedding != pytest.approx(packed.data[0].embedding, abs=1e-3)
    assert packed.usage.prompt_tokens == packed.usage.total_tokens > 2


def test_wrong_embeddings_are_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="vectors of default have 384"):
        client.embeddings.create(model="default", input="x", dimensions=100)
    for wrong in ([], [[1, 2]], ["x"] * 2049):
        with pytest.raises(openai.BadRequestError):
            client.embeddings.create(model="default", input=wrong)  # type: ignore[arg-type]
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="text-embedding-3-small", input="x")
