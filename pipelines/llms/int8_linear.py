"""A linear layer multiplied in 8-bit integers: what makes 4-bit weights fast on a plain CPU."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import nn

SMALLEST = torch.finfo(torch.float32).tiny


class Int8Linear(nn.Module):
    """y = x Wᵀ + b with integer products and one scale a row of W and a row of x.

    A row of activations is written in one or two digits from -`levels` to `levels`. One is enough
    for most; a row whose largest value stands out from the others (the attention sinks of
    decoder models) would lose its small values, and gets two.

    Source: row-wise scales as in LLM.int8() (Dettmers et al. 2022, section 2); there outlying
    columns are multiplied in 16-bit floats instead of a second digit.

    Args:
        weight: Shape (out, in), int8 from -127 to 127.
        scale: Shape (out,), float32: what one step of each row of `weight` is worth.
        bias: Shape (out,) or None.
    """

    levels: ClassVar[int] = 127
    # A row gets a second digit where a step of one digit is more than this share of the row's root
    # mean square (docs/decisions/003).
    coarsest_step: ClassVar[float] = 1 / 8

    weight: torch.Tensor | None
    scale: torch.Tensor
    bias: torch.Tensor | None

    def __init__(
        self, weight: torch.Tensor, scale: torch.Tensor, bias: torch.Tensor | None
    ) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("scale", scale)
        self.register_buffer("bias", bias)

    @classmethod
    def of(cls, weight: torch.Tensor, bias: torch.Tensor | None) -> Int8Linear:
        """Round float weights of shape (out, in), a row at a scale of its own."""
        exact = weight.detach().float()
        scale = exact.abs().amax(dim=1).clamp_min(SMALLEST) / 127
        rounded = torch.round(exact / scale[:, None]).to(torch.int8)
        return cls(rounded, scale, None if bias is None else bias.detach().float())

    @classmethod
    def empty(cls, out_features: int, in_features: int, bias: bool) -> Int8Linear:
        """A layer whose tensors are about to be loaded."""
        return Int8Linear(
            torch.empty((out_features, in_features), dtype=torch.int8, device="meta"),
            torch.empty(out_features, device="meta"),
            torch.empty(out_features, device="meta") if bias else None,
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shape (…, in) to (…, out), in the type of `x`."""
        rows = x.reshape(-1, x.shape[-1]).float()
        # Several times faster here than the norm of infinity or aminmax.
        largest = torch.maximum(rows.amax(dim=1, keepdim=True), -rows.amin(dim=1, keepdim=True))
        length = torch.linalg.vector_norm(rows, dim=1)
        step = largest.clamp_min(SMALLEST) / self.levels
        scaled = rows / step
        products = self._multiply(scaled)
        coarse = step[:, 0] * math.sqrt(rows.shape[1]) > self.coarsest_step * length
        if bool(coarse.any()):
            # Half a step of the first digit, its largest rounding error, is `levels` of the second.
            base = 2 * self.levels
            rest = scaled[coarse]
            rest -= torch.round(rest)
            rest *= base
            products[coarse] += self._multiply(rest).div_(base)
        products *= step
        if self.bias is not None:
            products += self.bias
        return products.reshape(*x.shape[:-1], -1).to(x.dtype)

    def _multiply(self, digits: torch.Tensor) -> torch.Tensor:
        """Digits of shape (rows, in), still to be rounded, times the weights, as float32."""
        if self.weight is None:
            raise ValueError("int8 layer: its weights were not loaded")
        whole = torch.round(digits).to(torch.int8)
        return torch._int_mm(whole, self.weight.t()) * self.scale


class PackedInt8Linear(Int8Linear):
    """The same on processors whose only 8-bit product adds two products in 16 bits (AVX2).

    The instruction (vpmaddubsw) multiplies unsigned by signed bytes and saturates at 32,767. With
    64 levels the unsigned digit is at most 128, and two products at most 2 * 128 * 127 = 32,512:
    no sum can saturate, whatever the weights. FBGEMM, the quantised kernels inside torch, wants the
    weights in an order of its own, so they are packed once and kept in that form alone.
    """

    levels: ClassVar[int] = 64
    coarsest_step: ClassVar[float] = 3 / 16

    def __init__(
        self, weight: torch.Tensor, scale: torch.Tensor, bias: torch.Tensor | None
    ) -> None:
        super().__init__(weight, scale, bias)
        # Read by linear_prepack, and process-wide; nothing else here multiplies quantised tensors.
        torch.backends.quantized.engine = "fbgemm"
        rows = weight.shape[0]
        whole = torch._make_per_channel_quantized_tensor(
            weight, scale.double(), torch.zeros(rows, dtype=torch.long), 0
        )
        self._packed = torch.ops.quantized.linear_prepack(whole, None)
        self.weight = None

    def _multiply(self, digits: torch.Tensor) -> torch.Tensor:
        product: torch.Tensor = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(
            digits, 1.0, self.levels, self._packed
        )
        return product


def int8_layer() -> type[Int8Linear] | None:
    """The layer for this processor, or None where torch has no fast 8-bit product."""
    if torch.cpu._is_vnni_supported():
        return Int8Linear
    if "fbgemm" in torch.backends.quantized.supported_engines:
        return PackedInt8Linear
    return None
