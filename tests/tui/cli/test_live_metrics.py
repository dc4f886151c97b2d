"""`--prometheus` and `--otlp`: both at once, and wrong ones."""

import re

import anyio
import anyio.to_thread
import httpx
import pytest

from engine.export.metrics_server import ListenAddress
from engine.export.otlp_sender import endpoint_of
from targets.errors import UsageError
from tests.support.otlp_receiver import receiving
from tui.cli.arguments import parse_arguments
from tui.cli.live_metrics import LiveMetrics, sharing
from tui.cli.main import main


@pytest.mark.anyio
async def test_both_are_served_while_the_block_lasts(capsys: pytest.CaptureFixture[str]) -> None:
    with receiving() as receiver:
        to = LiveMetrics(ListenAddress(0), endpoint_of(receiver.url))
        async with sharing(to, lambda: None):
            (url,) = re.findall(r"http://127\.0\.0\.1:\d+/metrics", capsys.readouterr().err)
            with httpx.Client(trust_env=False, timeout=30) as client:
                response = await anyio.to_thread.run_sync(client.get, url)
            assert response.status_code == 200
        assert receiver.paths == []  # no session, no metrics


def test_without_options_figures_go_nowhere() -> None:
    assert not LiveMetrics()
    assert LiveMetrics(otlp="http://h/v1/metrics")
    assert LiveMetrics(ListenAddress(0))


def test_a_url_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="--otlp") as caught:
        parse_arguments(["run", "hello", "--otlp", "collector:4318"], {})
    assert "give one like http://127.0.0.1:4318" in caught.value.why


@pytest.mark.parametrize("url", ["https://otel.example", "http://192.0.2.1:4318"])
def test_metrics_may_go_anywhere(url: str) -> None:
    assert parse_arguments(["attach", "http://127.0.0.1:1", "--otlp", url], {}).otlp == f"{url}/v1/metrics"


def test_a_bad_option_ends_before_anything_starts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "hello", "--headless", "--otlp", "nowhere"]) == 2
    assert "session" not in capsys.readouterr().err
