"""What load is counted in: users in the closed model, arrivals a second in the open one. Pure."""

from engine.metrics import formatting


def load_unit(*, is_open: bool, load: float | None = None) -> str:
    """`users`, or `user` for a load of 1; in the open model `arrivals/s`."""
    if is_open:
        return "arrivals/s"
    return "user" if load == 1 else "users"


def load_text(load: int, *, is_open: bool) -> str:
    """A level of load in words: `20 users`, `1 user`, `200 arrivals/s`."""
    return f"{formatting.count(load)} {load_unit(is_open=is_open, load=load)}"


def unit_of(load: float, unit: str) -> str:
    """A unit of load behind a number: `user` for 1 of `users`; others have one form."""
    return "user" if load == 1 and unit == "users" else unit


def users_text(users: int) -> str:
    """A level of users with all its digits: `1 user`, `1500 users`."""
    return f"{users} {unit_of(users, 'users')}"


def long_unit(*, is_open: bool, is_one: bool = False) -> str:
    """The same where it is asked for or explained: `virtual users`, `arrivals a second`."""
    if is_open:
        return "arrival a second" if is_one else "arrivals a second"
    return "virtual user" if is_one else "virtual users"
