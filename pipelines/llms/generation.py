"""How to generate: one set of options, given in the config and overridden per call."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.errors import ConfigError


class GenerationOptions(BaseModel):
    """Sampling and stopping. The default is greedy and repeats exactly.

    `temperature` 0 is greedy and ignores top_p, top_k and epsilon_cutoff. `seed` makes sampling
    repeatable. `stop` strings end the answer and are not part of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_new_tokens: int = Field(default=256, ge=1)
    temperature: float = Field(default=0.0, ge=0.0)
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    top_k: int = Field(default=0, ge=0, description="0 keeps all tokens")
    epsilon_cutoff: float = Field(default=0.0, ge=0.0, lt=1.0)
    repetition_penalty: float = Field(default=1.0, gt=0.0)
    seed: int | None = None
    stop: tuple[str, ...] = ()

    def override(self, options: dict[str, Any]) -> GenerationOptions:
        """These options with some replaced; `stop` strings are added.

        Raises:
            ConfigError: An option is unknown or out of its range.
        """
        if not options:
            return self
        try:
            replaced = GenerationOptions.model_validate({**self.model_dump(), **options})
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            allowed = ", ".join(GenerationOptions.model_fields)
            raise ConfigError(
                f"generation options: {name}: {first['msg']}: allowed are {allowed}"
            ) from error
        stop = tuple(dict.fromkeys((*self.stop, *replaced.stop)))
        return replaced.model_copy(update={"stop": stop})
