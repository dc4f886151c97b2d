"""Where a site is served."""

import pytest

from targets.errors import UsageError
from tui.serve import server
from tui.serve.server import Place, bound


def test_without_a_port_it_takes_the_default_or_a_free_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with bound("127.0.0.1", 0) as taken:
        monkeypatch.setattr(server, "DEFAULT_PORT", taken.getsockname()[1])
        with bound("127.0.0.1", None) as other:
            assert other.getsockname()[1] != taken.getsockname()[1]
    with bound("127.0.0.1", None) as same:
        assert same.getsockname()[1] == server.DEFAULT_PORT


def test_a_port_that_was_asked_for_and_is_taken_is_an_error() -> None:
    with bound("127.0.0.1", 0) as taken, pytest.raises(UsageError, match="nothing can be served") as raised:
        bound("127.0.0.1", taken.getsockname()[1])
    assert "already in use" in raised.value.why
    assert "--port" in raised.value.hint


def test_an_address_of_another_machine_is_an_error() -> None:
    with pytest.raises(UsageError) as raised:
        bound("192.0.2.1", 0)
    assert "--host" in raised.value.hint


def test_links_name_an_address_that_can_be_reached() -> None:
    assert Place("127.0.0.1", 80).links("/") == ["http://127.0.0.1:80/"]
    assert Place("::1", 80).links("/t/") == ["http://[::1]:80/t/"]
    links = Place("0.0.0.0", 80).links("/t/")
    assert links
    for link in links:
        assert link.startswith("http://")
        assert link.endswith(":80/t/")
        assert "0.0.0.0" not in link


@pytest.mark.parametrize(
    ("host", "is_open"),
    [("127.0.0.1", False), ("::1", False), ("0.0.0.0", True), ("::", True), ("10.0.0.1", True)],
)
def test_only_loopback_is_not_open(host: str, is_open: bool) -> None:
    assert Place(host, 1).is_open is is_open
