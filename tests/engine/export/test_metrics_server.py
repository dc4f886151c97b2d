"""The metrics server over real HTTP, as Prometheus scrapes it."""

import socket

import anyio
import anyio.to_thread
import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from engine.export.metrics_server import ListenAddress, serving_metrics
from engine.export.open_metrics import Moment
from engine.metrics.timeline import Timeline
from targets.errors import UsageError
from tests.support.made_sessions import Shape, records

pytestmark = pytest.mark.anyio

ACCEPT = {"Accept": "application/openmetrics-text; version=1.0.0"}


def scrape(url: str) -> httpx.Response:
    with httpx.Client(trust_env=False, timeout=10) as client:
        return client.get(url, headers=ACCEPT)


async def test_each_scrape_has_the_newest_figures_and_the_port_is_free_afterwards() -> None:
    timeline = Timeline()
    made = list(records(Shape(seconds=4)))
    for record in made[:-5]:
        timeline.apply(record)
    async with serving_metrics(ListenAddress(0), lambda: Moment(timeline.snapshot(4.0), {})) as url:
        totals = []
        for record in made[-5:]:
            response = await anyio.to_thread.run_sync(scrape, url)
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("application/openmetrics-text")
            read = text_string_to_metric_families(response.text)  # type: ignore[no-untyped-call]  # of the library
            found = {each.name: each for each in read}
            totals.append(sum(sample.value for sample in found["abreast_requests"].samples))
            timeline.apply(record)
        assert totals == sorted(totals)
        assert totals[-1] > totals[0]
        port = int(url.split(":")[2].partition("/")[0])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


async def test_without_a_session_there_are_no_metrics() -> None:
    async with serving_metrics(ListenAddress(0), lambda: None) as url:
        response = await anyio.to_thread.run_sync(scrape, url)
    assert (response.status_code, response.text) == (200, "# EOF\n")


async def test_a_port_in_use_is_an_error_that_says_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError) as caught:
            async with serving_metrics(ListenAddress(port), lambda: None):
                pass
    assert f"port {port}" in caught.value.what
    assert "in use" in caught.value.why


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9100", ListenAddress(9100, "127.0.0.1")),
        ("0.0.0.0:9100", ListenAddress(9100, "0.0.0.0")),
        ("[::1]:0", ListenAddress(0, "::1")),
    ],
)
async def test_addresses_are_read(text: str, expected: ListenAddress) -> None:
    assert ListenAddress.parse(text) == expected


@pytest.mark.parametrize("text", ["", "x", "70000", "-1", "localhost:1", "1.2.3:4", "٣"])
async def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        ListenAddress.parse(text)


async def test_an_address_of_another_machine_is_said_to_be_one() -> None:
    with pytest.raises(UsageError) as caught:
        async with serving_metrics(ListenAddress(0, "192.0.2.1"), lambda: None):
            pass
    assert caught.value.hint == "give an address of this machine, or 0.0.0.0 for all of them"
