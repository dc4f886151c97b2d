"""One session with ten users against a server that runs already: what it shows, what it says of that.

    python -P -m tests.benchmarks.light_run PORT SECONDS

Says one line of JSON. Run by `tests.benchmarks.light`, which knows what the server really did.
"""

import json
import sys
import tempfile

import anyio

from engine.metrics.lag_effect import SHARES
from engine.metrics.records import GeneratorSecond
from engine.plan.plan import make_plan
from engine.recording import journal
from engine.session.session import opened
from tests.benchmarks.light import THINK_TIME, USERS, WARM_UP_S


async def run(port: int, seconds: int) -> dict[str, object]:
    """The last measured second's figures, bounds and light, and which moments the figures are of."""
    with tempfile.TemporaryDirectory() as folder:
        plan = make_plan(
            {
                "title": "Light",
                "target": [{"name": "truth", "url": f"http://127.0.0.1:{port}", "health": "/"}],
                "request": [{"path": "/"}],
                "stages": [{"users": USERS, "hold": f"{seconds} s"}],
                "think_time": THINK_TIME,
                "warm_up": f"{WARM_UP_S} s",
                "folder": folder,
            },
            where="light.toml",
        )
        async with opened(plan) as session:
            await session.finished.wait()
        book = session.recorder
        last = WARM_UP_S + seconds - 1
        second = next(
            each
            for each in journal.read(book.journal.path)
            if isinstance(each, GeneratorSecond) and each.second == last
        )
        whole = book.timeline.targets["truth"].whole_stats()
        epoch_ns = round(book.epoch_ns)
        return {
            "ok": whole.ok,
            "shown_ms": [whole.p50.value_ms, whole.p95.value_ms, whole.p99.value_ms],
            "bounds_ms": [second.lag_bounds_ms.get("truth", {}).get(name) for name in SHARES],
            "light": second.light,
            "lights": [each.light for each in book.timeline.generator],
            "reasons": second.reasons,
            "lag_us": list(book.timeline.review.lag.quantiles_us(0.5, 0.99)),
            "begin_ns": epoch_ns + WARM_UP_S * 10**9,
            "end_ns": epoch_ns + (WARM_UP_S + seconds) * 10**9,
        }


if __name__ == "__main__":
    print(json.dumps(anyio.run(run, int(sys.argv[1]), int(sys.argv[2]))))
