"""`--prometheus` beside load: figures that only grow, and agree with what the session came to."""

import itertools
import re
from pathlib import Path

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.support.fronts import started, until

pytestmark = pytest.mark.timeout(120)

COMMAND = (
    *("run", "hello", "--targets", "fastapi,django-wsgi", "--users", "2", "--seconds", "5", "--headless"),
    *("--prometheus", "0", "--json"),
)
ACCEPT = {"Accept": "application/openmetrics-text; version=1.0.0"}


def scraped(url: str) -> dict[str, float]:
    """By metric and target: the counters, and the counts of the histograms."""
    text = httpx.get(url, headers=ACCEPT, trust_env=False, timeout=10).text
    families = text_string_to_metric_families(text)  # type: ignore[no-untyped-call]  # of the library
    return {
        f"{sample.name}{sorted(sample.labels.items())}": sample.value
        for family in families
        for sample in family.samples
        if sample.name.endswith(("_total", "_count", "_bucket"))
    }


def test_a_session_is_scraped_while_it_runs(tmp_path: Path) -> None:
    with started(tmp_path, *COMMAND) as front:
        front.says("metrics for Prometheus at ")
        (url,) = re.findall(r"http://127\.0\.0\.1:\d+/metrics", front.err)
        front.loads()
        seen = [scraped(url)]

        def grown() -> bool:
            seen.append(scraped(url))
            return requests_of(seen[-1]) > 1.5 * max(requests_of(seen[0]), 100)

        until(grown, "the figures grow")
        assert front.wait() == 0
        document = front.json
    for before, after in itertools.pairwise(seen):
        assert [name for name in before if after[name] < before[name]] == []
    measured = sum(target["summary"]["requests"] for target in document["targets"])
    assert 0 < requests_of(seen[-1]) <= measured
    assert any("latency_seconds_bucket" in name for name in seen[-1])


def requests_of(figures: dict[str, float]) -> float:
    """Of all targets and outcomes."""
    return sum(value for name, value in figures.items() if name.startswith("abreast_requests_total"))
