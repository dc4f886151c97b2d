"""Runs Locust in one process: URL, users, settling seconds, measured seconds. Says what it did as JSON."""

import json
import sys
import time

import gevent  # type: ignore[import-untyped,unused-ignore]  # comes with the bench extra only, without types
from locust import FastHttpUser, constant, task
from locust.env import Environment


class Hello(FastHttpUser):  # type: ignore[misc]  # locust is typed Any: it is no dependency of the type check
    """One request after another."""

    wait_time = constant(0)
    host = sys.argv[1]

    @task  # type: ignore[untyped-decorator]  # as above
    def hello(self) -> None:
        """The same request as everybody's."""
        self.client.get("/")


def main(users: int, settling_s: float, measured_s: float) -> None:
    """Starts all users at once, lets them settle, and counts."""
    environment = Environment(user_classes=[Hello])
    runner = environment.create_local_runner()
    runner.start(users, spawn_rate=users)
    gevent.sleep(settling_s)
    total = environment.stats.total
    count, cpu_s, began_s = total.num_requests, time.process_time(), time.monotonic()
    gevent.sleep(measured_s)
    measured = {
        "requests": total.num_requests - count,
        "seconds": time.monotonic() - began_s,
        "cpu_s": time.process_time() - cpu_s,
    }
    assert total.num_failures == 0
    assert runner.user_count == users
    print(json.dumps(measured))
    runner.quit()


if __name__ == "__main__":
    main(int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]))
