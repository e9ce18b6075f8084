"""llama.cpp in this process gives what transformers gives for the same weights."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from pydantic import ValidationError

from pipelines.answer import Usage
from pipelines.errors import ConfigError, QuestionError, StoppedError, YomitokiError
from pipelines.llms.generation import GenerationOptions
from pipelines.llms.huggingface import HuggingFaceLLM
from pipelines.llms.llama_cpp_settings import LlamaCppLLMSettings
from pipelines.llms.protocol import Finished, Token
from pipelines.llms.served.served_llm import ServedLLM

MESSAGES = [
    ChatMessage(role=MessageRole.SYSTEM, content="短く"),
    ChatMessage(content="川会議はいつ？"),
]


def test_prompts_are_read_as_transformers_reads_them(
    local: ServedLLM, torch_llm: HuggingFaceLLM
) -> None:
    assert local.count_prompt_tokens(MESSAGES) == torch_llm.count_prompt_tokens(MESSAGES)
    assert local.count_tokens("川 river") == torch_llm.count_tokens("川 river") == 3 + 6
    # The server keeps the first token to itself and puts it there when the prompt is tokenised.
    assert torch_llm.render(MESSAGES) == "<s>" + local.render(MESSAGES)


def test_choices_and_texts_have_the_same_log_probabilities(
    local: ServedLLM, torch_llm: HuggingFaceLLM
) -> None:
    # "q" is one token and not among the fifty likeliest of 259 for certain; "いいえ" is nine.
    choices = ["a", "q", "いいえ"]
    [mine], [theirs] = (llm.score_choices([MESSAGES], choices[:2]) for llm in (local, torch_llm))
    assert mine == pytest.approx(theirs, abs=2e-3)
    mine_texts, their_texts = (llm.log_likelihoods(MESSAGES, choices) for llm in (local, torch_llm))
    assert [text.tokens for text in mine_texts] == [1, 1, 9]
    assert [t.log_probability for t in mine_texts] == pytest.approx(
        [t.log_probability for t in their_texts], abs=1e-2
    )


def test_greedy_text_is_the_same_and_counted(local: ServedLLM, torch_llm: HuggingFaceLLM) -> None:
    *_, mine = local.stream_events(MESSAGES, max_new_tokens=24)
    *_, theirs = torch_llm.stream_events(MESSAGES, max_new_tokens=24)
    assert isinstance(mine, Finished)
    assert isinstance(theirs, Finished)
    assert mine.completion.usage == theirs.completion.usage
    assert mine.completion.cut == theirs.completion.cut
    # Bytes that are no character are shown in another way, and at the limit kept back; what is
    # text is the same.
    shown = _plain(mine.completion.text)
    assert shown
    assert _plain(theirs.completion.text).startswith(shown)


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isprintable())


def test_sampling_repeats_with_its_seed_and_has_no_epsilon_cutoff(local: ServedLLM) -> None:
    options = GenerationOptions(temperature=1.5, top_k=40, seed=7, max_new_tokens=16)
    sampled = local.with_generation(options)
    texts = [sampled.chat(MESSAGES).message.content for _ in range(2)]
    assert texts[0] == texts[1]
    other = local.with_generation(options.model_copy(update={"seed": 8}))
    assert other.chat(MESSAGES).message.content != texts[0]
    with pytest.raises(ConfigError, match=r"generation\.epsilon_cutoff: .* no such option"):
        local.with_generation(GenerationOptions(epsilon_cutoff=0.1))


def test_a_prompt_that_does_not_fit_is_refused_and_an_answer_ends_at_the_window(
    local: ServedLLM,
) -> None:
    with pytest.raises(QuestionError, match="context window of 512"):
        local.chat([ChatMessage(content="x" * 600)])
    nearly = [ChatMessage(content="x" * 460)]
    room = 512 - local.count_prompt_tokens(nearly)
    usage = local.chat(nearly, max_new_tokens=300).additional_kwargs
    assert usage["completion_tokens"] <= room


def test_a_prompt_is_read_once_for_all_choices(local: ServedLLM) -> None:
    before = local.usage
    conversations = [[ChatMessage(content="長い共通の前置き" * 4 + end)] for end in "abc"]
    rows = local.score_choices(conversations, ["0", "1"])
    assert len(rows) == 3
    whole = sum(local.count_prompt_tokens(messages) for messages in conversations)
    assert local.usage - before == Usage(whole, 0)


def test_work_ends_when_nobody_waits(local: ServedLLM) -> None:
    stream = local.stream_events(MESSAGES, max_new_tokens=400)
    assert isinstance(next(e for e in stream if isinstance(e, Token)), Token)
    stream.close()  # type: ignore[attr-defined]
    started = time.monotonic()
    with local.stopping(lambda: True), pytest.raises(StoppedError):
        local.score_choices([MESSAGES], ["a", "b"])
    assert time.monotonic() - started < 5
    assert local.score_choices([MESSAGES], ["a", "b"])


def test_choices_must_differ(local: ServedLLM) -> None:
    for choices in (["a"], ["a", ""], ["a", "a"]):
        with pytest.raises(ValueError, match="choices"):
            local.score_choices([MESSAGES], choices)
    with pytest.raises(ValueError, match="choices"):
        local.log_likelihoods(MESSAGES, [])


ENDS = """
import signal, sys
from pathlib import Path
from pipelines.llms.llama_cpp_settings import LlamaCppLLMSettings
from llama_index.core.base.llms.types import ChatMessage
signal.signal(signal.SIGINT, signal.default_int_handler)
settings = LlamaCppLLMSettings(
    kind="llama_cpp", model=sys.argv[1], context_window=512, threads=1
)
llm = settings.build(Path("."))
assert llm.chat([ChatMessage(content="x")], max_new_tokens=2)
print(llm._kept.socket)
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_the_process_keeps_its_signals_and_ends_clean(gguf: Path) -> None:
    root = Path(__file__).parents[4]
    done = subprocess.run(
        [sys.executable, "-c", ENDS, str(gguf)],
        cwd=root, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    socket, interrupted = done.stdout.split()
    assert interrupted == "interrupted"
    assert not Path(socket).parent.exists()


def test_what_can_not_be_loaded_is_named(tmp_path: Path) -> None:
    def build(model: str) -> None:
        LlamaCppLLMSettings(kind="llama_cpp", model=model).build(tmp_path)

    with pytest.raises(YomitokiError, match=r"models pull qwen2\.5-coder-0\.5b"):
        build("qwen2.5-coder-0.5b")
    with pytest.raises(ConfigError, match="is no language model"):
        build("all-minilm-l6-v2")
    with pytest.raises(YomitokiError, match="no such file: name a GGUF file"):
        build(str(tmp_path / "none.gguf"))
    other = tmp_path / "other.gguf"
    other.write_bytes(b"PK\3\4")
    with pytest.raises(ConfigError, match="no GGUF file"):
        build(str(other))
    with pytest.raises(ValidationError):
        LlamaCppLLMSettings.model_validate({"kind": "llama_cpp", "quantization": "nf4"})


def test_a_damaged_file_is_an_error_of_one_line(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp", reason="the extra llama-cpp is not installed")
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(b"GGUF" + b"\3\0\0\0" + b"\xff" * 64)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(YomitokiError, match=r"llama\.cpp can't load it") as raised:
        LlamaCppLLMSettings(kind="llama_cpp", model=str(damaged)).build(tmp_path)
    assert "\n" not in str(raised.value)
    assert signal.getsignal(signal.SIGINT) is before
