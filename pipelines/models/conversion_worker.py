"""The child process of a conversion: its memory goes back to the system when it ends.

Run as ``python -m pipelines.models.conversion_worker JOB`` with a JSON job. Prints JSON lines
``{"done": n, "total": n, "detail": "..."}``; whatever else is printed matters only after a failure.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


def dequantise(gguf: Path, out: Path, stop_tokens: list[str]) -> None:
    """Write a GGUF file's model as a bf16 checkpoint with its tokenizer.

    The chat template and the special tokens are the GGUF file's; `stop_tokens` become the
    generation's end tokens, since GGUF has room for one only.
    """
    import gguf as gguf_library
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, modeling_gguf_pytorch_utils
    from transformers.utils import logging
    from transformers.utils.quantization_config import GgufConfig

    logging.disable_progress_bar()
    _tell(0, 1, "reading the GGUF file")
    # transformers parses the whole vocabulary anew for the configuration and for the tensors.
    gguf_library.GGUFReader = functools.lru_cache(maxsize=1)(gguf_library.GGUFReader)
    modeling_gguf_pytorch_utils.tqdm = _counted
    model = AutoModelForCausalLM.from_pretrained(
        str(gguf.parent),
        gguf_file=gguf.name,
        dtype=torch.bfloat16,
        quantization_config=GgufConfig(dequantize=True),
    )
    # Still attached, the GGUF quantiser makes save_pretrained refuse.
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
    _mend(tokenizer, gguf, model.config.max_position_embeddings)
    ends = [tokenizer.convert_tokens_to_ids(token) for token in stop_tokens]
    if ends:
        model.generation_config.eos_token_id = ends
    _tell(1, 1, "writing the bf16 checkpoint")
    model.save_pretrained(str(out))
    tokenizer.save_pretrained(str(out))


def quantise(base: Path, out: Path) -> None:
    """Write a bf16 checkpoint again in NF4: double quantisation, bf16 compute."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
    from transformers.utils import logging

    logging.disable_progress_bar()
    _tell(0, 1, "quantising to nf4")
    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    model = AutoModelForCausalLM.from_pretrained(
        str(base), dtype=torch.bfloat16, quantization_config=config, local_files_only=True
    )
    _tell(1, 1, "writing the nf4 checkpoint")
    model.save_pretrained(str(out))
    AutoTokenizer.from_pretrained(str(base), local_files_only=True).save_pretrained(str(out))


def _mend(tokenizer: Any, gguf: Path, context: int) -> None:
    """Put right what transformers does not read from a GGUF file's tokenizer."""
    from tokenizers import pre_tokenizers
    from transformers.integrations.gguf.reader import read_gguf_metadata

    tokenizer.model_max_length = context
    metadata, _ = read_gguf_metadata(str(gguf))
    if metadata.get("tokenizer.ggml.pre") == "smollm":
        # Its merges were learned with every digit on its own.
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Digits(individual_digits=True),
                pre_tokenizers.ByteLevel(add_prefix_space=False),
            ]
        )


def _counted(tensors: Iterable[Any], **_: object) -> Iterator[Any]:
    """Stands in for the progress bar of transformers' GGUF loader."""
    whole = list(tensors)
    for done, tensor in enumerate(whole):
        _tell(done, len(whole), "unpacking tensors")
        yield tensor


def _tell(done: int, total: int, detail: str) -> None:
    line = json.dumps({"done": done, "total": total, "detail": detail})
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _end_with(parent: int) -> None:
    """End when the process that waits for us is gone, so that nothing works on unseen."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def main(job: dict[str, Any]) -> None:
    """Do one job.

    Args:
        job: ``step`` ("dequantise" or "quantise"), ``source`` and ``out`` paths, ``parent`` process
            id, ``stop_tokens``.
    """
    threading.Thread(target=_end_with, args=(job["parent"],), daemon=True).start()
    source, out = Path(job["source"]), Path(job["out"])
    if job["step"] == "dequantise":
        dequantise(source, out, job["stop_tokens"])
    else:
        quantise(source, out)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
