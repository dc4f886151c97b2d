"""What is measured, in the order in which it is run. Add a section here and it is run."""

from collections.abc import Callable

from tests.benchmarks.accuracy import with_few, with_many
from tests.benchmarks.adapters import adapters
from tests.benchmarks.capacity import capacity
from tests.benchmarks.closing import closing
from tests.benchmarks.cluster import cluster
from tests.benchmarks.comparing import comparing
from tests.benchmarks.containers import cost, overhead
from tests.benchmarks.drivers import drivers
from tests.benchmarks.duel import known_cost, same
from tests.benchmarks.flat_memory import flat_memory
from tests.benchmarks.frames import frames
from tests.benchmarks.hot_path import hot_path
from tests.benchmarks.http2 import http2
from tests.benchmarks.light import light
from tests.benchmarks.limit import limit
from tests.benchmarks.looks import designs, priors
from tests.benchmarks.many_users import many_users
from tests.benchmarks.open_model import open_model
from tests.benchmarks.profile import profile
from tests.benchmarks.recorded_sessions import recorded_sessions
from tests.benchmarks.report import Options, Table
from tests.benchmarks.sampling import sampling
from tests.benchmarks.scraping import scraping
from tests.benchmarks.screen import screen
from tests.benchmarks.serving import serving
from tests.benchmarks.startup import startup
from tests.benchmarks.third_party import third_party
from tests.benchmarks.throughput import at_10, at_50, at_500
from tests.benchmarks.timers import timers
from tests.benchmarks.turns import known_delay, turns
from tests.benchmarks.varying import varying
from tests.benchmarks.verdicts import simulated_verdicts
from tests.benchmarks.workers import workers

SECTIONS: dict[str, Callable[[Options], Table]] = {
    "limit": limit,
    "throughput": at_50,
    "throughput-10": at_10,
    "throughput-500": at_500,
    "closing": closing,
    "http2": http2,
    "varying": varying,
    "profile": profile,
    "hot-path": hot_path,
    "workers": workers,
    "cluster": cluster,
    "third-party": third_party,
    "timers": timers,
    "light": light,
    "truth": with_few,
    "truth-250": with_many,
    "open-model": open_model,
    "capacity": capacity,
    "many-users": many_users,
    "flat-memory": flat_memory,
    "adapters": adapters,
    "drivers": drivers,
    "containers": overhead,
    "containers-cost": cost,
    "sampling": sampling,
    "scraping": scraping,
    "serve": serving,
    "comparing": comparing,
    "verdicts": simulated_verdicts,
    "looks": designs,
    "looks-prior": priors,
    "turns": turns,
    "turns-known-delay": known_delay,
    "duel-same": same,
    "duel": known_cost,
    "startup": startup,
    "sessions": recorded_sessions,
    "frames": frames,
    "screen": screen,
}
