"""Results are summed by name, stretch after stretch, and totals are those of all names."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.request_sums import RequestSums, SumsByName
from engine.protocol.histogram import Histogram
from engine.protocol.tick_stats import RequestTickStats
from tests.support.recording import latencies, tally

KINDS = ("service", "first_byte", "first_token", "given_up", "redirects")

Requests = dict[str, RequestTickStats]


def stats(ok_us: list[int], failed: int) -> RequestTickStats:
    """Successes of these latencies, each a stream that a user might have given up, and some failures."""
    values = latencies(*ok_us)
    kinds: dict[str, Any] = dict.fromkeys(KINDS, values)
    made = tally(ok_us, **({"reset": failed} if failed else {}))
    return replace(
        made, tokens=len(ok_us), examples={"reset": f"{failed} of them"} if failed else {}, **kinds
    )


RESULTS = st.builds(stats, st.lists(st.integers(0, 10**7), max_size=5), st.integers(0, 3))
STRETCHES = st.lists(st.dictionaries(st.sampled_from(["read", "list", "write"]), RESULTS), max_size=6)


def summed(stretches: list[Requests]) -> SumsByName:
    made = SumsByName()
    for requests in stretches:
        made.add_requests(requests)
    return made


@given(STRETCHES, st.integers(0, 6))
def test_sums_of_successive_stretches_add_up(stretches: list[Requests], cut: int) -> None:
    parts = [summed(stretches[:cut]), summed(stretches[cut:])]
    before = [summed(stretches[:cut]), summed(stretches[cut:])]
    assert SumsByName.of(parts) == summed(stretches)
    assert parts == before, "nothing that was added up changes"


@given(STRETCHES)
def test_a_total_is_that_of_all_names(stretches: list[Requests]) -> None:
    every = [each for requests in stretches for each in requests.values()]
    total = summed(stretches).total()
    assert total.ok == Histogram.of(each.ok for each in every)
    assert total.failed_latencies == Histogram.of(each.failed for each in every)
    for kind in KINDS:
        assert getattr(total, kind) == Histogram.of(getattr(each, kind) for each in every)
    assert total.ended == sum(each.ended for each in every)
    assert total.tokens == sum(each.tokens for each in every)


def test_the_first_example_of_a_kind_is_kept() -> None:
    sums = summed([{"read": stats([], 1)}, {"read": stats([], 2)}])["read"]
    assert (sums.errors, sums.examples, sums.failed) == ({"reset": 3}, {"reset": "1 of them"}, 3)
    assert SumsByName().total() == RequestSums()
