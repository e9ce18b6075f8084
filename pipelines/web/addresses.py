"""Which network addresses a page may be fetched from: those of the public internet, no others."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# Beside what `ipaddress` knows as not global (loopback, private, link-local with the metadata
# service 169.254.169.254, shared, documentation, benchmarks).
_REFUSED_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "192.0.0.0/24",  # special purposes; 192.0.0.192 is Oracle's metadata service
            "192.88.99.0/24",  # relays of 6to4
            "168.63.129.16/32",  # Azure's host, public by its number alone
        ),
    )
)
# Of IPv6, 2000::/3 is what is given out at all (IANA, IPv6 Global Unicast Address Assignments).
_GLOBAL_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocols: Teredo, ORCHID, benchmarks
            "2001:db8::/32",
            "3fff::/20",
        ),
    )
)
# Addresses that carry one of IPv4, which is then what is reached.
_NAT64 = (IPv6Network("64:ff9b::/96"),)


def why_refused(address: str) -> str:
    """Why nothing may be fetched from an address; "" for a public one.

    Args:
        address: An IPv4 or IPv6 address as a name look-up returns it.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return f"{address!r} is no address"
    return _why_v4(parsed) if isinstance(parsed, IPv4Address) else _why_v6(parsed)


def _why_v4(address: IPv4Address) -> str:
    # `is_global` is true of multicast.
    usual = address.is_global and not address.is_multicast and not address.is_reserved
    if usual and not any(address in network for network in _REFUSED_V4):
        return ""
    return f"{address} is not on the public internet"


def _why_v6(address: IPv6Address) -> str:
    carried = address.ipv4_mapped or address.sixtofour
    if carried is None and any(address in network for network in _NAT64):
        carried = IPv4Address(int(address) & 0xFFFFFFFF)
    if carried is not None:
        why = _why_v4(carried)
        return f"{address} stands for {why}" if why else ""
    public = address in _GLOBAL_V6 and address.scope_id is None
    if public and not any(address in network for network in _REFUSED_V6):
        return ""
    return f"{address} is not on the public internet"
