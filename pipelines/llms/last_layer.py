"""Leaving out what the last decoder layer would compute for tokens that nobody asks about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn


class LastFeedForward:
    """A model's last feed-forward layer, which can be told to compute only the last tokens.

    Behind the last layer only those tokens are looked at whose logits are wanted; the others go
    into the cache as keys and values, which are made before this layer. For them it gives zeros.
    """

    def __init__(self, layer: nn.Module) -> None:
        self._count: int | None = None
        self._left_out = 0
        layer.register_forward_pre_hook(self._shorten)
        layer.register_forward_hook(self._lengthen)

    @classmethod
    def of(cls, model: Any) -> LastFeedForward | None:
        """That of a decoder of transformers, `model.layers[-1].mlp`; None where there is none.

        A mixture of experts is left alone, because it returns more than a tensor.
        """
        layers = getattr(getattr(model, "model", None), "layers", None)
        layer = getattr(layers[-1], "mlp", None) if layers else None
        if not isinstance(layer, nn.Module) or hasattr(layer, "experts"):
            return None
        return cls(layer)

    @contextmanager
    def only(self, count: int) -> Iterator[None]:
        """Compute the last `count` tokens alone while this is open."""
        self._count = count
        try:
            yield
        finally:
            self._count = None

    def _shorten(self, _layer: nn.Module, inputs: tuple[torch.Tensor]) -> tuple[torch.Tensor]:
        """Shape (batch, tokens, hidden) to (batch, at most count, hidden)."""
        (x,) = inputs
        self._left_out = 0 if self._count is None else max(0, x.shape[1] - self._count)
        return (x[:, self._left_out :],)

    def _lengthen(self, _layer: nn.Module, _inputs: Any, output: torch.Tensor) -> torch.Tensor:
        return nn.functional.pad(output, (0, 0, self._left_out, 0))
