from __future__ import annotations

import pytest

from pipelines.web.addresses import why_refused


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "2a00:1450::1"]
)
def test_public_addresses_may_be_asked(address: str) -> None:
    assert why_refused(address) == ""


REFUSED = {
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "fd12:3456::1"],
    "link-local": ["169.254.0.1", "fe80::1", "fe80::1%eth0"],
    "metadata": ["169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16"],
    "metadata of IPv6": ["fd00:ec2::254", "fd20:ce::254"],
    "shared, unspecified": ["100.64.0.1", "0.0.0.0", "0.1.2.3", "::"],
    "multicast": ["224.0.0.1", "239.255.255.250", "ff02::1"],
    "reserved": ["240.0.0.1", "255.255.255.255", "192.88.99.1", "fec0::1", "4000::1"],
    "documentation, benchmarks": ["192.0.2.1", "198.18.0.1", "2001:db8::1", "3fff::1", "2001:2::1"],
    "mapped": ["::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:169.254.169.254", "::ffff:10.0.0.1"],
    "compatible": ["::127.0.0.1", "::7f00:1"],
    "6to4": ["2002:7f00:1::", "2002:a9fe:a9fe::1"],
    "NAT64": ["64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::1"],
    "Teredo": ["2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "no address": ["localhost", "", "127.1", "0177.0.0.1", "2130706433"],
}  # fmt: skip


@pytest.mark.parametrize(
    "address", [address for addresses in REFUSED.values() for address in addresses]
)
def test_others_may_not(address: str) -> None:
    assert why_refused(address) != ""


def test_what_an_address_stands_for_is_named() -> None:
    assert why_refused("::ffff:7f00:1").endswith(
        "stands for 127.0.0.1 is not on the public internet"
    )
    # An address that stands for a public one of IPv4 is as public.
    assert why_refused("64:ff9b::8.8.8.8") == why_refused("::ffff:8.8.8.8") == ""
