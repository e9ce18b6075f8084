"""From settings to a model in memory: where it lies, how it is quantised, how it is multiplied."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import ConfigError, YomitokiError
from pipelines.llms.huggingface import HuggingFaceLLM
from pipelines.llms.huggingface_settings import HuggingFaceLLMSettings, Quantization
from pipelines.models.catalogue import CATALOGUE
from pipelines.models.conversion import ensure_checkpoint
from pipelines.models.hub_probe import ask, file_url
from pipelines.models.progress import OnProgress, Progress
from pipelines.models.source_error import SourceError

if TYPE_CHECKING:
    from pipelines.llms.int8_linear import Int8Linear

INT8_FORM = "writing the int8 form"


def load(
    settings: HuggingFaceLLMSettings, home: Path, on_stage: Callable[[str], None]
) -> HuggingFaceLLM:
    """Load tokenizer and model as the settings say.

    A catalogue name is looked up under `home` and converted on its first use; an existing folder
    is loaded without the network; anything else is a hub id.

    Raises:
        YomitokiError: Not downloaded, not reachable, damaged, or too large for this machine.
    """
    import torch

    if settings.threads:
        torch.set_num_threads(settings.threads)
    source = _source(settings, home, on_stage)
    on_stage("loading model")
    extra = {"revision": settings.revision, "trust_remote_code": settings.trust_remote_code}
    if not Path(source).is_dir():
        extra["local_files_only"] = _only_cached(source, settings.revision)
    try:
        if layer := int8_kernel(settings):
            from pipelines.llms.int8_checkpoint import load_int8

            model = load_int8(Path(source), layer)
        else:
            model = _from_pretrained(source, settings, extra)
        tokenizer = _tokenizer(source, settings, extra)
    except (OSError, ValueError, KeyError) as error:
        raise YomitokiError(f"{settings.model}: {_reason(error)}") from error
    model.eval()
    return HuggingFaceLLM(
        model=model,
        tokenizer=tokenizer,
        name=settings.model,
        context_window=settings.context_window,
        options=settings.generation,
        enable_thinking=settings.enable_thinking,
        draft_tokens=settings.draft_tokens,
    )


def int8_kernel(settings: HuggingFaceLLMSettings) -> type[Int8Linear] | None:
    """The layer that multiplies the NF4 weights in 8-bit integers, or None for bitsandbytes.

    `auto` takes one wherever there is one: faster than bitsandbytes on every processor tried
    (docs/decisions/003).

    Raises:
        ConfigError: `int8` is asked for where it can't be had.
    """
    from pipelines.llms.int8_linear import int8_layer

    asked = settings.cpu_kernel == "int8"
    if settings.quantization != "nf4" or settings.model not in _llm_names():
        if asked:
            raise ConfigError(
                "llm.cpu_kernel: 'int8' multiplies NF4 weights of catalogue models: set "
                f"llm.quantization to nf4 and llm.model to one of {', '.join(_llm_names())}"
            )
        return None
    if asked and settings.device_map not in ("auto", "cpu"):
        raise ConfigError(
            f"llm.cpu_kernel: 'int8' runs on a CPU, not on llm.device_map={settings.device_map!r}: "
            "set llm.device_map to cpu, or llm.cpu_kernel to auto"
        )
    if asked:
        if layer := int8_layer():
            return layer
        raise ConfigError("llm.cpu_kernel: 'int8' needs an x86 processor with AVX2: set it to auto")
    if settings.cpu_kernel == "bitsandbytes" or _device_map(settings.device_map) != "cpu":
        return None
    return int8_layer()


def _llm_names() -> list[str]:
    return [model.name for model in CATALOGUE if model.role == "llm"]


def prepare(settings: HuggingFaceLLMSettings, home: Path, on_progress: OnProgress) -> Path:
    """Convert a catalogue model to what these settings load, once; return its folder.

    Raises:
        YomitokiError: The model was not pulled, or can't be converted.
    """
    checkpoint = ensure_checkpoint(settings.model, home, settings.quantization, on_progress)
    if int8_kernel(settings):
        from pipelines.llms.int8_checkpoint import ensure_int8

        writing = Progress(settings.model, "converting", 0, 1, "tensors", INT8_FORM)
        ensure_int8(checkpoint, lambda: on_progress(writing))
    return checkpoint


def _source(settings: HuggingFaceLLMSettings, home: Path, on_stage: Callable[[str], None]) -> str:
    """Folder or hub id to load from."""
    if settings.model in _llm_names():

        def show(moment: Progress) -> None:
            counted = f"{moment.done}/{moment.total} {moment.unit}"
            on_stage(f"converting {moment.model} (once): {moment.detail or counted}")

        return str(prepare(settings, home, show))
    folder = Path(settings.model).expanduser()
    return str(folder) if folder.is_dir() else settings.model


def _only_cached(model: str, revision: str | None) -> bool:
    """Whether the hub is not there to be asked, but the Hugging Face cache has the model.

    Raises:
        YomitokiError: Neither has it, or `model` is no hub id.
    """
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        cached = try_to_load_from_cache(model, "config.json", revision=revision)
        ask(file_url(model, "config.json", revision))
    except (SourceError, HFValidationError) as error:
        if isinstance(error, SourceError) and isinstance(cached, str):
            return True
        raise YomitokiError(
            f"llm.model: {model}: no such folder, not in the Hugging Face cache, and the hub does "
            f"not deliver it ({error}): use a folder, a reachable hub id, or one of "
            f"{', '.join(_llm_names())}"
        ) from error
    return False


def _tokenizer(source: str, settings: HuggingFaceLLMSettings, extra: dict[str, Any]) -> Any:
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    if settings.model in _llm_names():
        # Our own checkpoints hold the whole tokenizer in tokenizer.json. A model's own class reads
        # it several times over to build the same again, half a second at every start.
        return PreTrainedTokenizerFast.from_pretrained(source)
    return AutoTokenizer.from_pretrained(source, **extra)


def _from_pretrained(source: str, settings: HuggingFaceLLMSettings, extra: dict[str, Any]) -> Any:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(source, **extra)
    options: dict[str, Any] = {"device_map": _device_map(settings.device_map)}
    if getattr(config, "quantization_config", None) is None:
        options |= _quantised(settings.quantization)
    elif settings.quantization not in ("nf4", "int8"):
        raise ValueError("the checkpoint is already quantised: set llm.quantization to nf4 or int8")
    else:
        options["dtype"] = torch.bfloat16
    return AutoModelForCausalLM.from_pretrained(source, **options, **extra)


def _device_map(device_map: str) -> str:
    """`auto` without an accelerator is the CPU; accelerate would offload to disk instead."""
    import torch

    if device_map == "auto" and not torch.accelerator.is_available():
        return "cpu"
    return device_map


def _quantised(quantization: Quantization) -> dict[str, Any]:
    import torch
    from transformers import BitsAndBytesConfig

    if quantization == "nf4":
        config = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        )
        return {"quantization_config": config, "dtype": torch.bfloat16}
    if quantization == "int8":
        return {
            "quantization_config": BitsAndBytesConfig(load_in_8bit=True),
            "dtype": torch.bfloat16,
        }
    types = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
    return {"dtype": types[quantization]}


def _reason(error: Exception) -> str:
    """One line: what went wrong and what to do."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return f"can't be loaded: {first}"
