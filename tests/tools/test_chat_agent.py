from __future__ import annotations

import io
from pathlib import Path

import pytest

from pipelines.errors import ConfigError
from pipelines.query_engines.agent.settings import AgentSettings
from tools.command_line import Invocation
from tools.commands.chatting import with_agent
from tools.output import Output

ROOT = Path(__file__).resolve().parents[2]


def invocation(config: str | None, *overrides: str) -> Invocation:
    path = ROOT / "configs" / config if config else None
    return Invocation(Output(io.StringIO(), io.StringIO()), path, overrides)


def test_a_config_keeps_everything_but_its_engine() -> None:
    fast = invocation("fast.yaml").load("lectures").settings
    run = with_agent(invocation("fast.yaml", "query_engine.max_steps=1", "retriever.top_k=7"))
    settings = run.load("lectures").settings
    engine = settings.query_engine
    assert isinstance(engine, AgentSettings)
    assert engine.max_steps == 1
    assert [tool.kind for tool in engine.tools] == ["documents", "web", "calculator", "closed_book"]
    assert settings.retriever.top_k == 7
    assert settings.collection == "lectures"
    assert (settings.llm, settings.node_parser) == (fast.llm, fast.node_parser)


def test_the_default_config_becomes_the_shipped_agent() -> None:
    assert with_agent(invocation(None)).load().settings == invocation("agent.yaml").load().settings


def test_an_agent_of_ones_own_stays(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    shipped = ROOT / "configs" / "agent.yaml"
    own.write_text(f"extends: {shipped}\nquery_engine: {{max_steps: 2}}\n", encoding="utf-8")
    run = Invocation(Output(io.StringIO(), io.StringIO()), own)
    assert with_agent(run) is run


def test_a_wrong_setting_of_the_agent_is_named() -> None:
    with pytest.raises(
        ConfigError, match=r"query_engine\.max_step=1: unknown key\. Did you mean 'max_steps'"
    ):
        with_agent(invocation(None, "query_engine.max_step=1")).load()
