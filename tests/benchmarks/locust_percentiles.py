"""Runs Locust in one process: URL, users, seconds. Says the percentiles that it reports as JSON."""

import json
import sys

import gevent  # type: ignore[import-untyped,unused-ignore]  # comes with the bench extra only, without types
from locust.env import Environment

from tests.benchmarks.locust_script import Hello
from tests.benchmarks.truth_server import SHARES


def main(users: int, seconds: float) -> None:
    """Starts all users at once, and counts from the first request on."""
    environment = Environment(user_classes=[Hello])
    runner = environment.create_local_runner()
    runner.start(users, spawn_rate=users)
    gevent.sleep(seconds)
    total = environment.stats.total
    assert total.num_failures == 0
    ms = [total.get_response_time_percentile(share) for share in SHARES]
    print(json.dumps({"count": total.num_requests, "ms": ms}))
    runner.quit()


if __name__ == "__main__":
    main(int(sys.argv[2]), float(sys.argv[3]))
