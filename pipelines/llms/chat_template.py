"""Rendering a conversation with the model's own chat template, exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jinja2
from llama_index.core.base.llms.types import ChatMessage, MessageRole

from pipelines.errors import YomitokiError


class ChatTemplate:
    """The chat prompt of one tokenizer.

    A model without a system role gets the system text at the head of the first user turn; a
    tokenizer without a template gets a plain "role: text" form. A model that can open a reasoning
    block is asked not to (`enable_thinking=False`, which other templates ignore).
    """

    def __init__(self, tokenizer: Any, enable_thinking: bool = False) -> None:
        self._tokenizer = tokenizer
        self._enable_thinking = enable_thinking
        self._has_template = bool(getattr(tokenizer, "chat_template", None))
        self._has_system_role = self._has_template and self._renders_system()

    def render(self, messages: Sequence[ChatMessage]) -> str:
        """The prompt, ending where the assistant's turn begins.

        Raises:
            YomitokiError: No messages, or an order of roles that the template refuses.
        """
        if not messages:
            raise YomitokiError("chat prompt: no messages: give at least one user message")
        turns = [{"role": m.role.value, "content": m.content or ""} for m in messages]
        if not self._has_template:
            return _plain(turns)
        if not self._has_system_role:
            turns = fold_system(turns)
        try:
            return self._apply(turns)
        except jinja2.exceptions.TemplateError as error:
            raise YomitokiError(f"chat prompt: the model's template refuses it: {error}") from error

    def encode(self, messages: Sequence[ChatMessage]) -> list[int]:
        """Token ids of `render`. A template writes its own BOS, so none is added to it."""
        ids = self._tokenizer(
            self.render(messages), add_special_tokens=not self._has_template
        ).input_ids
        return [int(i) for i in ids]

    def _apply(self, turns: list[dict[str, str]]) -> str:
        return str(
            self._tokenizer.apply_chat_template(
                turns,
                tokenize=False,
                add_generation_prompt=True,
                enable_thinking=self._enable_thinking,
            )
        )

    def _renders_system(self) -> bool:
        """Whether a system text reaches the prompt; some templates raise, some drop it."""
        marker = "yomitoki-system-probe"
        probe = [{"role": "system", "content": marker}, {"role": "user", "content": "?"}]
        try:
            return marker in self._apply(probe)
        except jinja2.exceptions.TemplateError:
            return False


def fold_system(turns: list[dict[str, str]]) -> list[dict[str, str]]:
    """Move all system texts to the head of the first user turn (a new one if there is none)."""
    system = "\n\n".join(t["content"] for t in turns if t["role"] == MessageRole.SYSTEM.value)
    rest = [dict(t) for t in turns if t["role"] != MessageRole.SYSTEM.value]
    if not system:
        return rest
    for turn in rest:
        if turn["role"] == MessageRole.USER.value:
            turn["content"] = f"{system}\n\n{turn['content']}"
            return rest
    return [{"role": MessageRole.USER.value, "content": system}, *rest]


def _plain(turns: list[dict[str, str]]) -> str:
    lines = [f"{turn['role']}: {turn['content']}" for turn in turns]
    return "\n\n".join([*lines, "assistant:"])
