"""The int8 form of an NF4 checkpoint: made once beside it, then read at every start."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pipelines.errors import YomitokiError
from pipelines.llms.int8_linear import Int8Linear
from pipelines.llms.late_linear import LateLinear, build_late
from pipelines.models.child import run_watched

FILE = "cpu-int8.safetensors"
# Raise it when the layout of the file changes: an older one is then made anew.
FORMAT = "1"
STALL_SECONDS = 900.0


class FloatEmbedding(nn.Module):
    """A token embedding kept in bfloat16 whose output is float32."""

    weight: torch.Tensor

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", weight)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Ids of shape (…) to vectors of shape (…, width)."""
        return nn.functional.embedding(ids, self.weight).float()


def ensure_int8(checkpoint: Path, on_writing: Callable[[], None] = lambda: None) -> Path:
    """The int8 form of an NF4 checkpoint folder, written if it is absent, stale or damaged.

    A child process writes it, because it holds the weights in several forms meanwhile.

    Args:
        checkpoint: The folder.
        on_writing: Called before that, if it is needed.

    Raises:
        YomitokiError: It can't be written.
    """
    path = checkpoint / FILE
    if not _is_current(path, checkpoint):
        on_writing()
        root = Path(__file__).parents[2]
        search = os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH", ""))))
        environment = {**os.environ, "PYTHONPATH": search, "HF_HUB_OFFLINE": "1"}
        command = [sys.executable, "-m", "pipelines.llms.int8_checkpoint", str(checkpoint)]
        ended = run_watched(command, environment, len, STALL_SECONDS)
        if ended.returncode:
            said = ended.output.strip().splitlines() or [f"exit code {ended.returncode}"]
            raise YomitokiError(f"{path}: can't be made: {said[-1][:300]}")
    return path


def load_int8(checkpoint: Path, layer: type[Int8Linear]) -> Any:
    """The model of an NF4 checkpoint folder with layers of this type, float32 between them.

    Args:
        checkpoint: The folder; its int8 form is made if need be.
        layer: `Int8Linear` uses the weights where the file is mapped, so that processes share
            them. Layers of another type are built in the background, in the order of their use;
            the first passes wait for those that are not there yet.
    """
    path = ensure_int8(checkpoint)
    if layer is Int8Linear:
        from safetensors.torch import load_file

        model = _skeleton(checkpoint)
        model.load_state_dict(load_file(path), strict=True, assign=True)
    else:
        # Begun before transformers is imported, which takes about as long.
        late = _begin_building(path, layer)
        model = _skeleton(checkpoint)
        _fill(model, path, late)
    return model.requires_grad_(False)


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


def _skeleton(checkpoint: Path) -> Any:
    """The model without weights."""
    from accelerate import init_empty_weights
    from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig
    from transformers.initialization import no_init_weights

    config = AutoConfig.from_pretrained(checkpoint)
    del config.quantization_config
    config.dtype = torch.float32
    with init_empty_weights(include_buffers=False), no_init_weights():
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    _replace(
        model,
        lambda linear: Int8Linear.empty(
            linear.out_features, linear.in_features, linear.bias is not None
        ),
    )
    _keep_embedding_small(model)
    model.generation_config = GenerationConfig.from_pretrained(checkpoint)
    return model


def _begin_building(path: Path, layer: type[Int8Linear]) -> dict[str, LateLinear]:
    """Start to build the integer layers of a file; by name, in the order of their use."""
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        keys = set(file.keys())
    names = [key.removesuffix(".scale") for key in keys if key.endswith(".scale")]

    def build(name: str) -> Int8Linear:
        # Opened anew for each layer and left without a view of it, so that its pages are given
        # back when the layer is built.
        with safe_open(path, framework="pt") as file:
            weight = file.get_tensor(f"{name}.weight")
            scale = file.get_tensor(f"{name}.scale").clone()
            bias = file.get_tensor(f"{name}.bias").clone() if f"{name}.bias" in keys else None
            return layer(weight, scale, bias)

    return build_late(sorted(names, key=_order), build, torch.get_num_threads())


def _order(name: str) -> tuple[int, str]:
    """Decoder layers by their number, what stands outside of them (the head) last."""
    number = next((int(part) for part in name.split(".") if part.isdigit()), sys.maxsize)
    return number, name


def _fill(model: Any, path: Path, late: dict[str, LateLinear]) -> None:
    """Put the layers into the model, and the file's other tensors."""
    from safetensors import safe_open

    own = {f"{name}.{part}" for name in late for part in ("weight", "scale", "bias")}
    with safe_open(path, framework="pt") as file:
        others = {key: file.get_tensor(key).clone() for key in set(file.keys()) - own}
    missing, unexpected = model.load_state_dict(others, strict=False, assign=True)
    if unexpected or not own.issuperset(missing):
        raise YomitokiError(f"{path}: other tensors than the model's: delete it, it is made anew")
    for name, layer in late.items():
        model.set_submodule(name, layer)


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


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    _write(folder, folder / FILE)
