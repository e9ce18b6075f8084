"""Which content a browser may run and load on the page: what the server itself wrote, and no more.

Scripts and styles that stand in a rendered page are allowed by their hashes, so that neither
'unsafe-inline' nor 'unsafe-eval' is needed. NiceGUI escapes what elements say inside its script,
and what documents say comes over the socket later, so no hash is ever one of foreign markup.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from html.parser import HTMLParser

from tools.server.failures import ApiError

# The import map, a function for styles, Vue, and the start of the page with its elements.
PAGE_SCRIPTS = 4
REPORT_SCRIPTS = 1
# A page of evaluations runs its own script alone, in an origin of its own, and asks for nothing.
# Its drawings set styles by attribute.
SANDBOXED = (
    "sandbox allow-scripts; default-src 'none'; script-src {scripts}; "
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
NOTHING = "default-src 'none'; frame-ancestors 'none'"


@dataclass
class _Inline(HTMLParser):
    """What stands in a page itself, as browsers hash it."""

    scripts: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self._into: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if style := named.get("style"):
            self.attributes.append(style)
        if tag == "script" and "src" not in named:
            self._into = self.scripts
        elif tag == "style":
            self._into = self.styles
        else:
            return
        self._into.append("")

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._into = None


def page_policy(html: str) -> str:
    """The policy of a page that NiceGUI rendered.

    Raises:
        ApiError: It holds more scripts than the page has: something else wrote into it.
    """
    inline = _read(html, PAGE_SCRIPTS)
    return (
        f"default-src 'none'; script-src 'self' {_hashes(inline.scripts)}; "
        f"style-src 'self' 'unsafe-hashes' {_hashes([*inline.styles, *inline.attributes])}; "
        "font-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


def login_policy(html: str) -> str:
    """The policy of the page that asks for the token; it has no script."""
    inline = _read(html, 0)
    return (
        f"default-src 'none'; style-src {_hashes(inline.styles)}; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


def report_policy(html: str) -> str:
    """The policy of an evaluation's report.

    Raises:
        ApiError: It holds more scripts than reports have.
    """
    scripts = _hashes(_read(html, REPORT_SCRIPTS).scripts)
    return SANDBOXED.format(scripts=scripts or "'none'")


def _read(html: str, most: int) -> _Inline:
    inline = _Inline()
    inline.feed(html)
    inline.close()
    if len(inline.scripts) > most:
        raise ApiError(
            500, f"page: it holds {len(inline.scripts)} scripts: at most {most} are its own", "page"
        )
    return inline


def _hashes(texts: list[str]) -> str:
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
