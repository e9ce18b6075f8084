from __future__ import annotations

from types import SimpleNamespace

import torch
from torch import nn

from pipelines.llms.last_layer import LastFeedForward


class Counts(nn.Module):
    """Adds one, and remembers how many tokens it was given."""

    tokens = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.tokens = x.shape[1]
        return x + 1


def decoder(layer: nn.Module) -> SimpleNamespace:
    return SimpleNamespace(model=SimpleNamespace(layers=[None, SimpleNamespace(mlp=layer)]))


def test_only_the_last_tokens_are_computed_while_it_is_told_so() -> None:
    layer = Counts()
    last = LastFeedForward.of(decoder(layer))
    assert last is not None
    x = torch.arange(6.0).reshape(1, 3, 2)
    with last.only(1):
        assert layer(x).tolist() == [[[0, 0], [0, 0], [5, 6]]]
        assert layer.tokens == 1
    assert layer(x).tolist() == (x + 1).tolist()
    assert layer.tokens == 3


def test_fewer_tokens_than_told_are_all_computed() -> None:
    layer = Counts()
    last = LastFeedForward.of(decoder(layer))
    assert last is not None
    x = torch.ones(1, 2, 2)
    with last.only(5):
        assert layer(x).tolist() == (x + 1).tolist()


def test_models_without_such_a_layer_are_left_alone() -> None:
    experts = Counts()
    experts.experts = nn.ModuleList()
    for model in (object(), decoder(experts), SimpleNamespace(model=SimpleNamespace(layers=[]))):
        assert LastFeedForward.of(model) is None
