"""Load goes to this machine and private networks, and to hosts that the person named."""

from ipaddress import ip_address

import pytest

from engine.safety import check_host, is_near
from targets.errors import UsageError


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.8.9.10",
        "::1",
        "[::1]",
        "localhost",
        "10.1.2.3",
        "172.31.0.1",
        "192.168.1.1",
        "fd00::1",
    ],
)
def test_near_hosts_are_allowed(host: str) -> None:
    check_host(host)


@pytest.mark.parametrize(
    "host", ["8.8.8.8", "172.32.0.1", "2001:4860:4860::8888", "0.0.0.0", "::ffff:8.8.8.8"]
)
def test_far_hosts_are_refused_with_the_flag_that_allows_them(host: str) -> None:
    with pytest.raises(UsageError) as refused:
        check_host(host)
    assert f"--allow-host {host}" in refused.value.hint


def test_a_far_host_is_allowed_by_its_own_name_alone() -> None:
    check_host("8.8.8.8", {"8.8.8.8"})
    with pytest.raises(UsageError):
        check_host("8.8.4.4", {"8.8.8.8"})


def test_a_name_without_an_address_is_an_error_of_its_own() -> None:
    with pytest.raises(UsageError) as unknown:
        check_host("no-such-host.invalid")
    assert "not known" in unknown.value.what


def test_an_address_within_an_address_is_judged_by_what_it_means() -> None:
    assert is_near(ip_address("::ffff:127.0.0.1"))
    assert not is_near(ip_address("::ffff:1.1.1.1"))
