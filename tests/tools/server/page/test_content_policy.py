"""The page's policy: what the server rendered is allowed by its hash, and nothing else."""

from __future__ import annotations

import subprocess

import pytest

from tools.server.failures import ApiError
from tools.server.page.content_policy import page_policy, report_policy

HTML = (
    "<html><head><style>p { color: red; }</style></head><body>"
    '<script type="importmap">{"imports": {}}</script>'
    '<script src="/ui/x.js"></script>'
    "<script>const a = \"<p>&lt;\";</script><p style='display: none'>x</p></body></html>"
)


def openssl(text: str) -> str:
    """The hash as another program computes it."""
    command = "openssl dgst -sha256 -binary | openssl base64 -A"
    run = subprocess.run(
        ["sh", "-c", command], input=text.encode(), capture_output=True, check=False
    )
    if run.returncode or not run.stdout:
        pytest.skip("needs openssl")
    return f"'sha256-{run.stdout.decode()}'"


def directives(policy: str) -> dict[str, list[str]]:
    parts = [part.split() for part in policy.split("; ")]
    return {name: values for name, *values in parts}


def test_scripts_and_styles_are_allowed_by_their_hashes() -> None:
    policy = directives(page_policy(HTML))
    assert policy["script-src"] == [
        "'self'",
        openssl('{"imports": {}}'),
        openssl('const a = "<p>&lt;";'),
    ]
    assert policy["style-src"] == [
        "'self'",
        "'unsafe-hashes'",
        openssl("p { color: red; }"),
        openssl("display: none"),
    ]


def test_nothing_unsafe_and_no_other_host_is_allowed() -> None:
    for policy in (page_policy(HTML), report_policy("<p>x</p>")):
        assert "unsafe-eval" not in policy
        assert "http:" not in policy
        assert "*" not in policy
        found = directives(policy)
        assert found["default-src"] == ["'none'"]
        assert found["base-uri"] == ["'none'"]
        assert found["frame-ancestors"] == ["'none'"]
    assert "unsafe-inline" not in page_policy(HTML)


def test_a_page_with_a_script_too_many_is_not_sent() -> None:
    assert page_policy(HTML + "<script>1</script>" * 2)
    with pytest.raises(ApiError, match="holds 5 scripts"):
        page_policy(HTML + "<script>1</script>" * 3)


def test_a_report_is_closed_off() -> None:
    policy = directives(report_policy("<script>run()</script>"))
    assert policy["sandbox"] == ["allow-scripts"]
    assert policy["script-src"] == [openssl("run()")]
    assert directives(report_policy("<p>x</p>"))["script-src"] == ["'none'"]
    with pytest.raises(ApiError):
        report_policy("<script>run()</script><script>evil()</script>")
