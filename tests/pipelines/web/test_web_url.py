from __future__ import annotations

import pytest

from pipelines.web.failure import WebFailure
from pipelines.web.web_url import checked_url

REFUSED = [
    # Schemes.
    "file:///etc/passwd", "ftp://example.com/", "gopher://example.com/", "javascript:alert(1)",
    "data:text/html,x", "//example.com/", "example.com", "", "HTTPX://example.com/",
    "http:example.com",
    # A user name.
    "http://user@example.com/", "http://user:pw@example.com/", "http://example.com@127.0.0.1/",
    "http://@example.com/",
    # Ports.
    "http://example.com:8080/", "http://example.com:443/", "https://example.com:80/", "http://example.com:0/",
    "http://example.com:22/", "http://example.com:99999/", "http://example.com:x/",
    # Numbers that a resolver or a browser reads as 127.0.0.1 and the like.
    "http://127.0.0.1/", "http://2130706433/", "http://0177.0.0.1/", "http://0x7f.0.0.1/", "http://0x7f000001/",
    "http://127.1/", "http://127.0.1/", "http://127.0.0.1./", "http://017700000001/", "http://1.2.3.4.5/",
    "http://１２７.０.０.１/", "http://127。0。0。1/", "http://①②⑦.0.0.1/", "http://8.8.8.08/", "http://0/",
    "http://example.0x7f/",
    # IPv6.
    "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/", "http://[::]/", "http://[64:ff9b::7f00:1]/",
    "http://[example.com]/", "http://[/", "http://::1/",
    # Metadata services.
    "http://169.254.169.254/latest/meta-data/", "http://metadata.google.internal/",
    "http://[fd00:ec2::254]/",
    # Local names.
    "http://localhost/", "http://LOCALHOST/", "http://a.localhost/", "http://printer.local/",
    "http://intranet/", "http://nas.lan/", "http://router.home.arpa/",
    # What two parsers read otherwise.
    "http://example.com\\@127.0.0.1/", "http://example.com /", "http://exa\tmple.com/",
    "http://example.com/\r\nHost: x", "http://example.com/\x00", "http://exa%6dple.com/",
    "http://%31%32%37.0.0.1/", "http:///path", "http://",
    "http://ex..com/", "http://-a.com/", "http://a_b c.com/", "http://example.com#@127.0.0.1:8080\\",
    "http://" + "a" * 3000 + ".com/",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
def test_is_refused(url: str) -> None:
    with pytest.raises(WebFailure) as caught:
        checked_url(url)
    assert caught.value.state == "refused"


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("http://example.com", "http://example.com/"),
        ("HTTPS://Example.COM:443/A?b=1&c=%E3%81%82#part", "https://example.com/A?b=1&c=%E3%81%82"),
        ("https://ja.wikipedia.org/wiki/堰", "https://ja.wikipedia.org/wiki/%E5%A0%B0"),
        ("https://例え.jp/", "https://xn--r8jz45g.jp/"),
        ("http://example.com./x", "http://example.com/x"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://[2606:2800::1]/x", "http://[2606:2800::1]/x"),
        ("http://a_b.example.com/\u202egpj.exe", "http://a_b.example.com/%E2%80%AEgpj.exe"),
    ],
)
def test_is_asked_for_in_ascii(url: str, text: str) -> None:
    assert checked_url(url).text == text
