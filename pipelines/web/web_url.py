"""An address of a page, taken apart strictly: what two parsers could read otherwise is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urlsplit

from pipelines.web.addresses import why_refused
from pipelines.web.failure import WebFailure

MOST_CHARS = 2000
PORTS = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029]")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
# A last label like this makes a browser read the whole as a number: 2130706433, 0x7f.1, 127.1.
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
# Names that only a local network knows.
_LOCAL = ("localhost", "local", "internal", "lan", "home", "corp", "intranet", "localdomain")
_KEPT = "/%:@!$&'()*+,;=~-._?[]"


@dataclass(frozen=True)
class WebUrl:
    """A checked address; `target` is path and query in ASCII, `host` ASCII without brackets."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def text(self) -> str:
        """The address as it is asked for and cited."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}{self.target}"


def checked_url(text: str) -> WebUrl:
    """An http or https address of a public host at its usual port, without credentials.

    A host written as a number of any kind must be a plain public address. A name is looked up
    later, and what it leads to is checked then.

    Raises:
        WebFailure: "refused", with the reason.
    """
    if len(text) > MOST_CHARS:
        raise _refused(f"an address of {len(text):,} characters")
    if _UNSAFE.search(text):
        raise _refused("an address with blanks, backslashes or control characters")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _refused(f"no address: {error}") from error
    if parts.scheme not in PORTS:
        raise _refused(f"scheme {parts.scheme[:20]!r}: only http and https")
    if "@" in parts.netloc:
        raise _refused("an address with a user name")
    usual = PORTS[parts.scheme]
    if port is not None and port != usual:
        raise _refused(f"port {port}: only {usual} for {parts.scheme}")
    host = _host(parts.hostname or "", bracketed="[" in parts.netloc)
    query = f"?{parts.query}" if parts.query else ""
    target = quote((parts.path or "/") + query, safe=_KEPT)
    return WebUrl(parts.scheme, host, usual, target)


def _host(text: str, *, bracketed: bool) -> str:
    if bracketed:
        return _literal(IPv6Address, text)
    try:
        # Also folds full-width digits and dots, so that the checks below see them.
        host = text.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError as error:
        raise _refused("a host that is no name") from error
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _literal(IPv4Address, host)
    if not all(_LABEL.fullmatch(label) for label in labels) or len(host) > 253:
        raise _refused("a host that is no name")
    if len(labels) == 1 or labels[-1] in _LOCAL or host.endswith(".home.arpa"):
        raise _refused(f"{host}: a name of a local network")
    return host


def _literal(kind: type[IPv4Address] | type[IPv6Address], text: str) -> str:
    try:
        address = str(kind(text))
    except AddressValueError as error:
        raise _refused(f"{text[:80]!r} as a host") from error
    if why := why_refused(address):
        raise _refused(why)
    return address


def _refused(why: str) -> WebFailure:
    return WebFailure("refused", why)
