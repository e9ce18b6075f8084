"""What the processor can do, as far as an embedding engine needs to know."""

from __future__ import annotations

import os
from pathlib import Path


def usable_cpus() -> int:
    """Logical processors that this process may run on, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def without_avx2(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the system says that its processor lacks AVX2 or FMA; unknown counts as having."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    flags = next((line.split(":", 1)[1].split() for line in lines if line.startswith("flags")), [])
    return bool(flags) and not {"avx2", "fma"} <= set(flags)
