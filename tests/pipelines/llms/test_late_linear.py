from __future__ import annotations

import threading

import pytest
import torch
from torch import nn

from pipelines.llms.late_linear import build_late


def test_first_use_waits_for_a_layer_and_the_others_do_not() -> None:
    gate = threading.Event()

    def build(name: str) -> nn.Module:
        if name == "slow":
            gate.wait(10)
        return nn.Identity()

    late = build_late(["slow", "quick"], build, threads=2)
    assert late["quick"](torch.ones(2)).tolist() == [1.0, 1.0]
    got: list[torch.Tensor] = []
    user = threading.Thread(target=lambda: got.append(late["slow"](torch.zeros(1))))
    user.start()
    user.join(0.1)
    assert got == []
    gate.set()
    user.join(10)
    assert [g.tolist() for g in got] == [[0.0]]


def test_layers_are_begun_in_order() -> None:
    begun: list[str] = []

    def build(name: str) -> nn.Module:
        begun.append(name)
        return nn.Identity()

    names = [f"layer{i}" for i in range(20)]
    late = build_late(names, build, threads=1)
    late["layer19"](torch.ones(1))
    assert begun == names


def test_what_building_raised_is_raised_at_first_use() -> None:
    def build(name: str) -> nn.Module:
        raise ValueError(f"{name} is damaged")

    late = build_late(["layer"], build, threads=1)
    with pytest.raises(ValueError, match="layer is damaged"):
        late["layer"](torch.ones(1))
