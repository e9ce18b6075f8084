"""A linear layer multiplied in 8-bit integers: what makes 4-bit weights fast on a plain CPU."""

from __future__ import annotations

import torch
from torch import nn

# The second digit of an activation counts in steps of 1/254 of the first: half a step of the
# first (its largest rounding error) is then 127, the largest int8.
SECOND_DIGIT = 254.0
# Rows whose largest value is above this many times their root mean square get two digits: at 16
# the model stays within a mean divergence of .003 of two digits everywhere (docs/decisions/003).
OUTLIER_RATIO = 16.0
SMALLEST = torch.finfo(torch.float32).tiny


class Int8Linear(nn.Module):
    """y = x Wᵀ + b with integer products and one scale a row of W and a row of x.

    A row of activations is written in one or two base-254 digits of 8 bits. One digit is enough
    for most; a row whose largest value stands out from the others (the attention sinks of
    decoder models) would lose its small values, and gets two, which is 15 bits in all.

    Source: row-wise scales as in LLM.int8() (Dettmers et al. 2022, section 2); there outlying
    columns are multiplied in 16-bit floats instead of a second digit.

    Args:
        weight: Shape (out, in), int8.
        scale: Shape (out,), float32: what one step of each row of `weight` is worth.
        bias: Shape (out,) or None.
    """

    weight: torch.Tensor
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
        return cls(
            torch.empty((out_features, in_features), dtype=torch.int8, device="meta"),
            torch.empty(out_features, device="meta"),
            torch.empty(out_features, device="meta") if bias else None,
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shape (…, in) to (…, out), in the type of `x`."""
        rows = x.reshape(-1, x.shape[-1]).float()
        largest = rows.abs().amax(dim=1, keepdim=True)
        step = largest.clamp_min(SMALLEST) / 127
        scaled = rows / step
        first = torch.round(scaled)
        outlying = largest[:, 0] > OUTLIER_RATIO * rows.square().mean(dim=1).sqrt()
        products = self._multiply(first)
        if bool(outlying.any()):
            second = torch.round((scaled[outlying] - first[outlying]) * SECOND_DIGIT)
            products[outlying] += self._multiply(second) / SECOND_DIGIT
        products *= step
        products *= self.scale
        if self.bias is not None:
            products += self.bias
        return products.reshape(*x.shape[:-1], -1).to(x.dtype)

    def _multiply(self, digits: torch.Tensor) -> torch.Tensor:
        return torch._int_mm(digits.to(torch.int8), self.weight.t()).float()
