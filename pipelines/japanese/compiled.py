"""Loops over numbers, compiled where they are first run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """The function, compiled by Numba at its first call, which is kept for other processes.

    Numba keeps it beside the source or in the user's cache folder; where neither can be written (a
    read-only container) each process compiles its own, about a second.
    """
    try:
        made: F = njit(cache=True, nogil=True)(function)
    except RuntimeError:
        made = njit(nogil=True)(function)
    return made
