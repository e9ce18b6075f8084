"""The int8 form of an NF4 checkpoint: made once beside it, then mapped into memory at start."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pipelines.llms.int8_linear import Int8Linear

FILE = "cpu-int8.safetensors"
# Raise it when the layout of the file changes: an older one is then made anew.
FORMAT = "1"


class FloatEmbedding(nn.Module):
    """A token embedding kept in bfloat16 whose output is float32."""

    weight: torch.Tensor

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", weight)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Ids of shape (…) to vectors of shape (…, width)."""
        return nn.functional.embedding(ids, self.weight).float()


def load_int8(checkpoint: Path) -> Any:
    """The model of an NF4 checkpoint folder with int8 layers, float32 between them.

    The first call dequantises NF4 and writes the int8 form; later ones map that file, so that a
    start takes about a second and pages are shared between processes.
    """
    path = checkpoint / FILE
    if not _is_current(path, checkpoint):
        _write(checkpoint, path)
    return _read(checkpoint, path)


def _identity(checkpoint: Path) -> str:
    """What the int8 file was made from: the weights' size and time, and the layout."""
    stat = (checkpoint / "model.safetensors").stat()
    return json.dumps([FORMAT, stat.st_size, stat.st_mtime_ns])


def _is_current(path: Path, checkpoint: Path) -> bool:
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        return False
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
    except SafetensorError:
        return False
    return bool(metadata.get("identity") == _identity(checkpoint))


def _write(checkpoint: Path, path: Path) -> None:
    """Convert layer by layer, so that no more than one is held in two forms."""
    from bitsandbytes.functional import dequantize_4bit
    from bitsandbytes.nn import Linear4bit
    from safetensors.torch import save_file
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(checkpoint, device_map="cpu", dtype=torch.bfloat16)

    def dense(layer: nn.Linear) -> torch.Tensor:
        if isinstance(layer, Linear4bit):
            weight: torch.Tensor = dequantize_4bit(layer.weight.data, layer.weight.quant_state)
            return weight
        return layer.weight.data

    with torch.inference_mode():
        _replace(model, lambda linear: Int8Linear.of(dense(linear), linear.bias))
        _to_float32(model)
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    unfinished = path.with_name(f"{FILE}.{os.getpid()}.partial")
    save_file(tensors, unfinished, metadata={"identity": _identity(checkpoint)})
    os.replace(unfinished, path)


def _read(checkpoint: Path, path: Path) -> Any:
    from accelerate import init_empty_weights
    from safetensors.torch import load_file
    from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig

    config = AutoConfig.from_pretrained(checkpoint)
    del config.quantization_config
    config.dtype = torch.float32
    with init_empty_weights(include_buffers=False):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    _replace(
        model,
        lambda linear: Int8Linear.empty(
            linear.out_features, linear.in_features, linear.bias is not None
        ),
    )
    _keep_embedding_small(model)
    model.load_state_dict(load_file(path), strict=True, assign=True)
    model.generation_config = GenerationConfig.from_pretrained(checkpoint)
    return model.requires_grad_(False)


def _replace(model: nn.Module, make: Any) -> None:
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Linear):
                setattr(parent, name, make(child))


def _to_float32(model: Any) -> None:
    """Norms become float32; the embedding stays small and widens its output."""
    for parameter in model.parameters():
        if parameter.dtype == torch.bfloat16 and parameter.dim() == 1:
            parameter.data = parameter.data.float()
    _keep_embedding_small(model)


def _keep_embedding_small(model: Any) -> None:
    model.set_input_embeddings(FloatEmbedding(model.get_input_embeddings().weight.data))
