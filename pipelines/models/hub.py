"""A model file from the Hugging Face hub, or from its local cache."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from pipelines.models.catalogue import HubRepository, ModelFile
from pipelines.models.hub_probe import HUB_LIMITS, HubLimits, ask, file_url, reason
from pipelines.models.source_error import SourceError

OnBytes = Callable[[int], None]
_SHA256 = re.compile(r"[0-9a-f]{64}")


def fetch(
    repository: HubRepository,
    file: ModelFile,
    target: Path,
    on_bytes: OnBytes,
    limits: HubLimits = HUB_LIMITS,
) -> None:
    """Bring a file to `target`, going on from what `target` already holds.

    HF_ENDPOINT, HF_HUB_OFFLINE, HF_HOME, HF_TOKEN and the proxy variables hold as they do for
    every Hugging Face program. The bytes are not verified here.

    Args:
        repository: Where the hub keeps the file.
        file: The file, with the size and digest it must have.
        target: A file of ours that only this pull writes.
        on_bytes: Hears the number of bytes there are after each block.
        limits: When to give up.

    Raises:
        SourceError: The hub is off, not reached, too slow, or has other bytes.
        OSError: `target` can't be written.
    """
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(repository.id, file.hub_path, revision=repository.revision)
    if isinstance(cached, str) and Path(cached).stat().st_size == file.size:
        _copy(Path(cached), target)
        on_bytes(file.size)
        return
    url = file_url(repository.id, file.hub_path, repository.revision)
    _check_offer(url, file, limits)
    _download(url, file.size, target, on_bytes, limits)


def _copy(cached: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        os.link(cached.resolve(), target)
    except OSError:
        shutil.copyfile(cached, target)


def _check_offer(url: str, file: ModelFile, limits: HubLimits) -> None:
    """Ask what the hub has under this name, and refuse other bytes before loading them."""
    offer = ask(url, limits)
    if offer.size is not None and offer.size != file.size:
        raise SourceError(f"{file.hub_path} has {offer.size:,} bytes there, not {file.size:,}")
    if offer.etag and _SHA256.fullmatch(offer.etag) and offer.etag != file.sha256:
        raise SourceError(f"{file.hub_path} has another digest there (sha256 {offer.etag[:12]}…)")


def _download(url: str, size: int, target: Path, on_bytes: OnBytes, limits: HubLimits) -> None:
    from httpx2 import HTTPError

    failures = 0
    while (have := target.stat().st_size if target.exists() else 0) < size:
        try:
            _stream(url, have, size, target, on_bytes, limits)
        except HTTPError as error:
            now = target.stat().st_size if target.exists() else 0
            failures = 0 if now - have >= limits.slowest_bytes_per_second else failures + 1
            status = getattr(getattr(error, "response", None), "status_code", 0)
            if failures >= limits.attempts or 400 <= status < 500:
                raise SourceError(reason(error)) from error
            time.sleep(min(1.0, limits.stall_seconds / 10))


def _stream(
    url: str, have: int, size: int, target: Path, on_bytes: OnBytes, limits: HubLimits
) -> None:
    """Append to `target` from byte `have` on, until the end or an error."""
    from httpx2 import ReadError
    from huggingface_hub import get_session
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    timeout = (limits.connect_seconds, limits.stall_seconds, limits.stall_seconds, None)
    with get_session().stream("GET", url, headers=headers, timeout=timeout) as response:
        response.raise_for_status()
        if have and response.status_code != 206:
            have = 0
        with target.open("r+b" if have else "wb") as out:
            out.seek(have)
            started, base = time.monotonic(), have
            # No chunk size: a chunk that a cut connection left unfinished would be lost.
            for block in response.iter_bytes():
                if have + len(block) > size:
                    raise SourceError(f"sent more than the {size:,} bytes of the file")
                out.write(block)
                have += len(block)
                on_bytes(have)
                if (passed := time.monotonic() - started) > limits.window_seconds:
                    if have - base < limits.slowest_bytes_per_second * passed:
                        raise SourceError(f"too slow ({(have - base) / passed / 1024:.0f} KiB/s)")
                    started, base = time.monotonic(), have
    if have < size:
        raise ReadError(f"closed after {have:,} of {size:,} bytes")
