from __future__ import annotations

from typing import Any

import numpy as np

from pipelines.japanese.compiled import compiled

SOURCE = """
def total(values):
    found = 0
    for value in values:
        found += value
    return found
"""


def test_what_is_compiled_does_the_same() -> None:
    @compiled
    def doubled(value: int) -> int:
        return 2 * value

    assert doubled(21) == 42


def test_a_function_that_can_not_be_kept_is_compiled_all_the_same() -> None:
    """One without a source file has no folder to be kept in, as in a read-only container."""
    names: dict[str, Any] = {}
    exec(SOURCE, names)
    assert compiled(names["total"])(np.arange(5)) == 10
