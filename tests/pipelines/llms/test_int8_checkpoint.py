from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, LlamaConfig, LlamaForCausalLM

from pipelines.llms.int8_checkpoint import FILE, ensure_int8, load_int8
from pipelines.llms.int8_linear import Int8Linear, PackedInt8Linear

needs_fbgemm = pytest.mark.skipif(
    "fbgemm" not in torch.backends.quantized.supported_engines, reason="no FBGEMM on this processor"
)
LAYERS = [Int8Linear, pytest.param(PackedInt8Linear, marks=needs_fbgemm)]
IDS = torch.tensor([[5, 9, 200, 31, 77, 12]])


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Llama saved in NF4 with double quantisation, as `models pull` leaves a model."""
    torch.manual_seed(11)
    config = LlamaConfig(
        vocab_size=259,
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        attention_bias=True,
    )
    plain, nf4 = tmp_path_factory.mktemp("plain"), tmp_path_factory.mktemp("nf4")
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(str(plain))
    quantised = AutoModelForCausalLM.from_pretrained(
        str(plain),
        dtype=torch.bfloat16,
        quantization_config=BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        ),
    )
    quantised.save_pretrained(str(nf4))
    return nf4


def logits(model: Any) -> torch.Tensor:
    with torch.inference_mode():
        out: torch.Tensor = model(IDS).logits[0].float()
    return out


@pytest.mark.parametrize("layer", LAYERS)
def test_logits_are_those_of_bitsandbytes(checkpoint: Path, layer: type[Int8Linear]) -> None:
    reference = logits(AutoModelForCausalLM.from_pretrained(str(checkpoint)))
    ours = logits(load_int8(checkpoint, layer))
    # bitsandbytes computes in bfloat16 (8 bits), ours rounds weights to 8 bits a row: both lose a
    # few thousandths a layer. A wrong scale or a lost bias would be an error of the size of 1.
    error = (ours - reference).square().mean().sqrt()
    assert float(error) < 0.05 * float(reference.std())


def test_second_start_reads_the_file_that_the_first_one_wrote(checkpoint: Path) -> None:
    first = logits(load_int8(checkpoint, Int8Linear))
    written = (checkpoint / FILE).stat().st_mtime_ns
    assert torch.equal(logits(load_int8(checkpoint, Int8Linear)), first)
    assert (checkpoint / FILE).stat().st_mtime_ns == written


def test_damaged_or_stale_file_is_made_anew(checkpoint: Path) -> None:
    told: list[str] = []
    expected = logits(load_int8(checkpoint, Int8Linear))
    (checkpoint / FILE).write_bytes(b"cut short")
    ensure_int8(checkpoint, lambda: told.append("writing"))
    ensure_int8(checkpoint, lambda: told.append("not again"))
    assert told == ["writing"]
    assert torch.equal(logits(load_int8(checkpoint, Int8Linear)), expected)
    before = (checkpoint / FILE).stat().st_mtime_ns
    weights = checkpoint / "model.safetensors"
    os.utime(weights, ns=(1, weights.stat().st_mtime_ns + 1_000_000_000))
    assert torch.equal(logits(load_int8(checkpoint, Int8Linear)), expected)
    assert (checkpoint / FILE).stat().st_mtime_ns != before
    assert [p.name for p in checkpoint.glob("*.partial")] == []


def test_linear_weights_are_eight_bits_in_memory(checkpoint: Path) -> None:
    model = load_int8(checkpoint, Int8Linear)
    layer = model.model.layers[0].mlp.up_proj
    assert layer.weight.dtype == torch.int8
    assert model.get_input_embeddings().weight.dtype == torch.bfloat16
