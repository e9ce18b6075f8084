"""What /v1/chat/completions takes of OpenAI's parameters, and what it makes of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from pydantic import Field, ValidationError

from tools.server.failures import ApiError, wrong
from tools.server.request_fields import LONGEST_QUESTION, Asked, Name, Question, Request, Text

MOST_MESSAGES = 500
# Accepted, and without effect: they say who asks, or ask for what this server does not have.
WITHOUT_EFFECT = (
    "metadata",
    "prompt_cache_key",
    "reasoning_effort",
    "safety_identifier",
    "service_tier",
    "store",
    "user",
    "verbosity",
    "parallel_tool_calls",
    "prompt_cache_retention",
)
# Each with the values that ask for nothing.
UNSUPPORTED: dict[str, tuple[Any, ...]] = {
    "audio": (None,),
    "frequency_penalty": (None, 0),
    "function_call": (None, "none"),
    "functions": (None, []),
    "logit_bias": (None, {}),
    "logprobs": (None, False),
    "modalities": (None, ["text"]),
    "n": (None, 1),
    "prediction": (None,),
    "presence_penalty": (None, 0),
    "response_format": (None, {"type": "text"}),
    "tool_choice": (None, "none", "auto"),
    "tools": (None, []),
    "top_logprobs": (None, 0),
    "web_search_options": (None,),
}


class TextPart(Request):
    """A part of a message."""

    type: Literal["text"]
    text: Text


class Message(Request):
    """A turn. What a system message says is not obeyed: the config has the instructions."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Text | list[TextPart]
    name: Text | None = None
    refusal: Text | None = None

    @property
    def text(self) -> str:
        """What it says."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content)


class Extension(Asked):
    """What OpenAI's API has no parameter for."""

    nodes: bool = Field(default=False, description="Whether the response holds the passages, too.")


class StreamOptions(Request):
    """What a stream holds beside the answer."""

    include_usage: bool = False
    include_obfuscation: bool = False


class ChatRequest(Request):
    """A conversation whose last message is the question."""

    model: Name = Field(description="A config's name; /v1/models lists them.")
    messages: list[Message] = Field(min_length=1, max_length=MOST_MESSAGES)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_completion_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    max_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)
    stop: Text | Annotated[list[Text], Field(max_length=4)] | None = None
    yomitoki: Extension = Field(default_factory=Extension)
    # Named in the schema, so that a client's library may send them.
    audio: Any = None
    frequency_penalty: Any = None
    function_call: Any = None
    functions: Any = None
    logit_bias: Any = None
    logprobs: Any = None
    modalities: Any = None
    n: Any = None
    prediction: Any = None
    presence_penalty: Any = None
    response_format: Any = None
    tool_choice: Any = None
    tools: Any = None
    top_logprobs: Any = None
    web_search_options: Any = None
    metadata: Any = None
    parallel_tool_calls: Any = None
    prompt_cache_key: Any = None
    prompt_cache_retention: Any = None
    reasoning_effort: Any = None
    safety_identifier: Any = None
    service_tier: Any = None
    store: Any = None
    user: Any = None
    verbosity: Any = None

    def check_supported(self) -> None:
        """Raises ApiError: A parameter asks for what the server does not have."""
        for name, harmless in UNSUPPORTED.items():
            if getattr(self, name) not in harmless:
                raise wrong(name, "not supported: leave it out", "unsupported_parameter")

    @property
    def most_tokens(self) -> int | None:
        """The tokens that the answer may have, where the client says so."""
        given = [n for n in (self.max_completion_tokens, self.max_tokens) if n is not None]
        return min(given) if given else None

    def writing(self) -> dict[str, object]:
        """The options of generation that it sets."""
        stop = [self.stop] if isinstance(self.stop, str) else self.stop
        options: dict[str, object] = {
            "max_new_tokens": self.most_tokens,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "seed": self.seed,
            "stop": tuple(text for text in stop if text) if stop else None,
        }
        return {name: value for name, value in options.items() if value is not None}

    def unused(self) -> list[str]:
        """What was given and had no effect."""
        names = [name for name in WITHOUT_EFFECT if getattr(self, name) is not None]
        if any(message.role in ("system", "developer") for message in self.messages):
            names.insert(0, "system message")
        return names

    def question(self) -> str:
        """The last message.

        Raises:
            ApiError: It is not the user's, or can't be asked.
        """
        last, where = self.messages[-1], f"messages.{len(self.messages) - 1}"
        if last.role != "user":
            raise wrong(f"{where}.role", f"the last one is from {last.role}: must be from user")
        return checked_question(last.text, f"{where}.content")

    def history(self) -> list[ChatMessage]:
        """The turns before it."""
        roles = {"user": MessageRole.USER, "assistant": MessageRole.ASSISTANT}
        return [
            ChatMessage(role=roles[message.role], content=message.text)
            for message in self.messages[:-1]
            if message.role in roles
        ]


class _Askable(Request):
    question: Question


def checked_question(text: str, where: str) -> str:
    """A text as a question.

    Raises:
        ApiError: It is too long, or says nothing.
    """
    if len(text) > LONGEST_QUESTION:
        raise wrong(
            where,
            f"{len(text):,} characters are too long: at most {LONGEST_QUESTION:,}",
            "too_long",
        )
    try:
        return _Askable(question=text).question
    except ValidationError as error:
        problem = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise ApiError(400, f"{where}: {problem}", "invalid_value", where) from None
