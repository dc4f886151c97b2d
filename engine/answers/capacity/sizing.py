"""What a number of users needs, from what one instance of a target served within the SLO. Pure."""

import math
from dataclasses import dataclass

from engine.metrics import formatting
from engine.metrics.load_unit import unit_of

HOURS_A_MONTH = 730
ASSUMES = (
    "assumes that load spreads evenly over instances like the one measured, on machines like this one, that "
    "they do not slow each other, and that nothing else (database, network) limits them; there is no reserve"
)


@dataclass(frozen=True, slots=True)
class Sizing:
    """What so many users need of one target."""

    load: int
    """Users; in the open model, arrivals per second."""
    instances: int
    """Copies of the target as it was measured."""
    processes: int
    """Server processes of all instances."""
    cores: float | None
    """CPU cores that they keep busy; None without a reading."""
    memory_mb: float | None
    """Of all instances; None without a reading."""
    price_per_hour: float | None
    """None without a price, or without a reading."""

    @property
    def price_per_month(self) -> float | None:
        """For 730 hours."""
        return None if self.price_per_hour is None else HOURS_A_MONTH * self.price_per_hour


def sizing(
    load: int,
    *,
    served: int,
    processes: int,
    cpu_pct: float | None,
    memory_mb: float | None,
    price_per_core_hour: float | None,
) -> Sizing:
    """What `load` needs, where one instance of so many processes served `served` with this CPU and memory.

    CPU use grows with the load that an instance gets, so it is counted for the load; processes and memory for
    whole instances. The price is for whole cores.
    """
    instances = math.ceil(load / served)
    cores = None if cpu_pct is None else cpu_pct / 100 * load / served
    price = None
    if cores is not None and price_per_core_hour is not None:
        price = math.ceil(cores) * price_per_core_hour
    return Sizing(
        load,
        instances,
        instances * processes,
        cores,
        None if memory_mb is None else memory_mb * instances,
        price,
    )


def sizing_text(of: Sizing, unit: str) -> str:
    """In words: `1,000 users need 4 instances (8 processes), 5.6 cores and 480 MB: 0.24 an hour, 175 a
    month`."""
    instances = f"{of.instances:,} instance{'' if of.instances == 1 else 's'}"
    processes = f"{of.processes:,} process{'' if of.processes == 1 else 'es'}"
    needed = [f"{instances} ({processes})"]
    if of.cores is not None:
        needed.append(f"{of.cores:.1f} cores" if of.cores >= 0.05 else "less than 0.1 cores")
    if of.memory_mb is not None:
        needed.append(formatting.memory(of.memory_mb))
    *first, last = needed
    who = f"{of.load:,} {unit_of(of.load, unit)} need{'s' if of.load == 1 else ''}"
    text = f"{who} {', '.join(first)} and {last}" if first else f"{who} {last}"
    if of.price_per_hour is None or of.price_per_month is None:
        return text
    return f"{text}: {_money(of.price_per_hour)} an hour, {_money(of.price_per_month)} a month"


def _money(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value >= 0.1 else f"{value:.3g}"
