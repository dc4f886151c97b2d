"""Load goes to this machine and private networks, and to hosts that the person named."""

from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from engine.plan.targets import CustomTarget
from engine.preflight.allowed_hosts import AllowedHosts, is_near, without_use
from engine.preflight.reachability import tls_of
from targets.errors import UsageError
from tests.support.templates import rendered


def meaning(*ips: str, named: Sequence[str] = ()) -> AllowedHosts:
    """A name server for which every name means these addresses."""
    return AllowedHosts.of(named, lambda host: ips)


@pytest.mark.parametrize(
    ("host", "ip"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.8.9.10", "127.8.9.10"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("10.1.2.3", "10.1.2.3"),
        ("172.31.0.1", "172.31.0.1"),
        ("192.168.1.1", "192.168.1.1"),
        ("fd00::1", "fd00::1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1"),
    ],
)
def test_near_hosts_are_allowed_and_become_addresses(host: str, ip: str) -> None:
    assert AllowedHosts().check_now(host) == (ip,)


def test_a_name_becomes_its_addresses() -> None:
    assert set(AllowedHosts().check_now("localhost")) <= {"127.0.0.1", "::1"}


FAR = ["8.8.8.8", "172.32.0.1", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "::127.0.0.1"]
OF_SERVICES = [
    "169.254.169.254",
    "169.254.1.1",
    "::ffff:169.254.169.254",
    "2852039166",
    "0xa9.0xfe.0xa9.0xfe",
    "0251.0376.0251.0376",
    "fe80::1",
    "fe80::1%1",
    "fd00:ec2::254",
    "fd20:ce::254",
]


@pytest.mark.parametrize(
    ("host", "why"),
    [*((host, "neither this machine nor") for host in FAR), *((host, "link-local") for host in OF_SERVICES)],
)
def test_other_hosts_are_refused_with_the_flag_that_allows_them(host: str, why: str) -> None:
    with pytest.raises(UsageError) as refused:
        AllowedHosts().check_now(host)
    assert why in refused.value.why
    assert refused.value.hint.endswith(f"--allow-host {host}")
    assert AllowedHosts.of([host]).check_now(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "0"])
def test_what_is_no_address_to_connect_to_is_refused_with_one_that_is(host: str) -> None:
    with pytest.raises(UsageError) as refused:
        AllowedHosts().check_now(host)
    assert "127.0.0.1" in refused.value.hint


def test_a_far_host_is_allowed_by_its_own_name_alone() -> None:
    allowed = AllowedHosts.of(["8.8.8.8", "[2001:db8::1]"])
    assert allowed.check_now("8.8.8.8") == ("8.8.8.8",)
    assert allowed.check_now("2001:db8::1") == ("2001:db8::1",)
    with pytest.raises(UsageError):
        allowed.check_now("8.8.4.4")


def test_one_far_address_among_near_ones_is_enough_to_refuse_a_name() -> None:
    assert meaning("10.0.0.1", "10.0.0.2").check_now("shop.test") == ("10.0.0.1", "10.0.0.2")
    for ip in ("203.0.113.1", "169.254.169.254", "fe80::1%eth0"):
        with pytest.raises(UsageError, match=r"no load to shop\.test"):
            meaning("10.0.0.1", ip).check_now("shop.test")
        assert meaning("10.0.0.1", ip, named=["shop.test"]).check_now("shop.test") == ("10.0.0.1", ip)
        assert meaning("10.0.0.1", ip, named=[ip]).check_now("shop.test") == ("10.0.0.1", ip)
    with pytest.raises(UsageError):
        meaning("203.0.113.1", "203.0.113.2", named=["203.0.113.1"]).check_now("shop.test")


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 100, "\u00e4..b"])
def test_what_is_no_name_or_has_no_address_is_an_error_of_its_own(host: str) -> None:
    with pytest.raises(UsageError) as unknown:
        AllowedHosts().check_now(host)
    assert "cannot be found" in unknown.value.what
    assert unknown.value.why


def test_a_name_without_an_address_says_so() -> None:
    with pytest.raises(UsageError, match="has no address"):
        meaning().check_now("shop.test")


def test_an_address_within_an_address_is_judged_by_what_it_means() -> None:
    assert is_near(ip_address("::ffff:127.0.0.1"))
    assert not is_near(ip_address("::ffff:1.1.1.1"))


def test_a_name_in_any_script_is_looked_up_as_it_is_said_to_the_server() -> None:
    asked: list[str] = []

    def look_up(host: str) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    AllowedHosts.of([], look_up).check_now("faß.test")
    url = "https://faß.test:9443"
    template = rendered(url, path="/")
    assert asked == ["xn--fa-hia.test"]
    assert b"\r\nHost: xn--fa-hia.test:9443\r\n" in template.head
    tls = tls_of(CustomTarget(name="t", url=url), "")
    assert tls is not None
    assert tls.server_name == "xn--fa-hia.test"


@pytest.mark.parametrize(
    ("named", "host"),
    [
        ("[2001:DB8:0::1]", "2001:db8::1"),
        ("2001:db8::1", "[2001:db8:0:0::1]"),
        ("Shop.Test", "shop.test"),
        ("shop.test", "SHOP.test"),
        ("xn--fa-hia.test", "faß.test"),
        ("2001:DB8::1", "other.test"),
    ],
)
def test_an_allowed_host_may_be_spelled_otherwise(named: str, host: str) -> None:
    look_up = meaning("2001:db8::1").look_up
    assert AllowedHosts.of([named], look_up).check_now(host) == ("2001:db8::1",)
    with pytest.raises(UsageError, match="sends no load"):
        AllowedHosts.of(["2001:db8::2", "else.test"], look_up).check_now(host)


@pytest.mark.parametrize(
    ("granted", "hosts", "idle"),
    [
        (["a.example"], [], ["a.example"]),
        (["a.example"], ["a.example", "127.0.0.1"], []),
        (["127.0.0.1"], ["127.0.0.1"], []),
        (["[::1]", "::2"], ["::1"], ["::2"]),
        (["8.8.8.8"], ["127.0.0.1"], ["8.8.8.8"]),
        (["8.8.8.8", "b.example"], ["a.example"], ["b.example"]),
        (["2001:db8::1"], ["2001:db8:0::1"], []),
        (["[2001:DB8:0:0::1]"], ["2001:db8::1"], []),
        (["2001:db8::1"], ["2001:db8::2"], ["2001:db8::1"]),
        (["8.8.8.8"], ["::ffff:8.8.8.8"], []),
        (["Shop.Example"], ["shop.example"], []),
        (["faß.test"], ["xn--fa-hia.test"], []),
        (["xn--fa-hia.test"], ["FAß.test"], []),
    ],
)
def test_hosts_that_no_request_goes_to(granted: list[str], hosts: list[str], idle: list[str]) -> None:
    assert without_use(granted, hosts) == idle
