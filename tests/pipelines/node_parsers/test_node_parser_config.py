"""What a user reads who writes a node parser wrongly into a config file."""

from __future__ import annotations

import pytest

from pipelines.config import load_config
from pipelines.errors import ConfigError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "{kind: paragraf}",
            "unknown kind 'paragraf'. Did you mean 'paragraph'? Known: hierarchical, paragraph, "
            "semantic, sentence, sentence_window, token, transcript",
        ),
        (
            "{kind: paragraph, max_char: 3}",
            "node_parser.max_char: unknown key. Did you mean 'max_chars'? Allowed: kind, "
            "min_chars, max_chars, sentence_chars, embed_metadata",
        ),
        (
            "{kind: paragraph, max_chars: 10}",
            "node_parser.max_chars: must be a whole number >= 20, got 10",
        ),
        (
            "{kind: transcript, min_chars: 900}",
            "min_chars must be at most max_chars, got 900 and 500",
        ),
        (
            "{kind: transcript, window_seconds: 0}",
            "node_parser.window_seconds: must be a number >= 1, got 0",
        ),
        (
            "{kind: token, max_tokens: 8}",
            "node_parser.max_tokens: must be a whole number >= 16, got 8",
        ),
        (
            "{kind: token, overlap_tokens: 256}",
            "overlap_tokens must be less than max_tokens, got 256 and 256",
        ),
        (
            "{kind: token, tokenizer: ''}",
            "node_parser.tokenizer: must be text of length >= 1, got ''",
        ),
        (
            "{kind: semantic, mode: local_minimun}",
            "node_parser.mode: must be one of percentile, local_minimum, got 'local_minimun'. Did "
            "you mean 'local_minimum'?",
        ),
        (
            "{kind: semantic, percentile: 100}",
            "node_parser.percentile: must be a number > 0 and < 100, got 100",
        ),
        (
            "{kind: hierarchical, levels: [section, sentense]}",
            "node_parser.levels.1: must be one of document, section, paragraph, sentence, got "
            "'sentense'. Did you mean 'sentence'?",
        ),
        (
            "{kind: hierarchical, levels: [sentence, section]}",
            "levels must be in the order document, section, paragraph, sentence, each at most once",
        ),
        (
            "{kind: hierarchical, levels: []}",
            "node_parser.levels: must be a list of length >= 1, got a list of 0",
        ),
    ],
)
def test_message(value: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(None, [f"node_parser={value}"], {})
    assert str(caught.value).startswith(f"--set node_parser={value}: ")
    assert str(caught.value).endswith(expected)


def test_the_merging_ratio_is_a_share() -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(None, ["postprocessors=[{kind: auto_merge, ratio: 0}]"], {})
    assert str(caught.value).endswith(
        "postprocessors.0.ratio: must be a number > 0 and <= 1, got 0"
    )
