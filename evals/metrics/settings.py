"""The menu of measures that a suite may name."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from evals.metrics.answer_scores import (
    AliasMatchSettings,
    BleuSettings,
    CharacterF1Settings,
    ChrfSettings,
    ExactMatchSettings,
    RougeLSettings,
    VerifiableSettings,
)
from evals.metrics.cost_scores import SecondsSettings, TokensSettings
from evals.metrics.decision_scores import (
    CitationPrecisionSettings,
    CitationRecallSettings,
    OptionAccuracySettings,
    OptionMapSettings,
    RefusalPrecisionSettings,
    RefusalRecallSettings,
)
from evals.metrics.found_scores import (
    HitRateSettings,
    MapSettings,
    MrrSettings,
    NdcgSettings,
    PrecisionSettings,
    RecallSettings,
)
from evals.metrics.repeated_scores import DistinctSettings, PassSettings, SelfBleuSettings

MetricSettings = Annotated[
    RecallSettings
    | PrecisionSettings
    | HitRateSettings
    | MrrSettings
    | MapSettings
    | NdcgSettings
    | AliasMatchSettings
    | ExactMatchSettings
    | CharacterF1Settings
    | RougeLSettings
    | ChrfSettings
    | BleuSettings
    | VerifiableSettings
    | RefusalPrecisionSettings
    | RefusalRecallSettings
    | CitationPrecisionSettings
    | CitationRecallSettings
    | OptionAccuracySettings
    | OptionMapSettings
    | SelfBleuSettings
    | DistinctSettings
    | PassSettings
    | SecondsSettings
    | TokensSettings,
    Field(discriminator="kind"),
]
