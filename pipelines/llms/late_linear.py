"""Layers that are built in the background while the program goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import torch
from torch import nn


class LateLinear(nn.Module):
    """A layer that may still be being built: its first use waits for it."""

    def __init__(self, built: Future[nn.Module]) -> None:
        super().__init__()
        self._built = built

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """What the layer makes of `x`. Raises what building it raised."""
        out: torch.Tensor = self._built.result()(x)
        return out


def build_late(
    names: Sequence[str], build: Callable[[str], nn.Module], threads: int
) -> dict[str, LateLinear]:
    """Begin to build layers, in this order, and return at once.

    The threads are daemons: a program that ends early does not wait for them.
    """
    futures: dict[str, Future[nn.Module]] = {name: Future() for name in names}
    waiting = iter(names)
    taking = threading.Lock()

    def work() -> None:
        while True:
            with taking:
                name = next(waiting, None)
            if name is None:
                return
            try:
                futures[name].set_result(build(name))
            except Exception as error:  # noqa: BLE001 - the thread's boundary: raised at first use
                futures[name].set_exception(error)

    for _ in range(threads):
        threading.Thread(target=work, name="layers", daemon=True).start()
    return {name: LateLinear(future) for name, future in futures.items()}
