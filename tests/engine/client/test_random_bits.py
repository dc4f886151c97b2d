"""Drawn values: what splitmix64 gives for each request by itself, whatever is asked for before it."""

from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from engine.client.fill_context import FillContext
from engine.client.random_bits import LANES, MAX_UNUSED, number_drawer, uuid_drawer

WORD = (1 << 64) - 1
SEEDS = st.integers(-(2**53), 2**70)
SALTS = st.integers(-(2**33), 2**33)


def drawn_bits(seed: int, number: int, salt: int) -> int:
    """One request's bits, worked out by themselves."""
    mixed = (seed * 0x9E3779B97F4A7C15 + number * 0xD1B54A32D192ED03 + salt * 0x8CB92BA72F3D8DD7 + 1) & WORD
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & WORD
    return mixed ^ (mixed >> 31)


def drawn_uuid(seed: int, number: int, salt: int) -> str:
    """One request's UUID, made by the standard library."""
    both = drawn_bits(seed, number, salt) << 64 | drawn_bits(seed, number, ~salt)
    return str(UUID(int=both, version=4))


def asked(seed: int, number: int, stride: int = 1) -> FillContext:
    return FillContext(seed, 0, number, {}, stride=stride)


@given(SEEDS, SALTS, st.integers(1, 70), st.lists(st.integers(0, 2**40), min_size=1, max_size=6))
def test_requests_drawn_together_get_what_each_would_get_by_itself(
    seed: int, salt: int, stride: int, begins: list[int]
) -> None:
    bits, uuids = number_drawer(salt, 0, WORD), uuid_drawer(salt)
    for begin in begins:
        for step in (0, 1, 2, 1, LANES - 1, LANES, 3 * LANES, 0):
            number = begin + step * stride
            assert bits(asked(seed, number, stride)) == drawn_bits(seed, number, salt)
            assert uuids(asked(seed, number, stride)).decode() == drawn_uuid(seed, number, salt)


@given(SEEDS, SEEDS, SALTS)
def test_what_was_drawn_of_one_seed_is_not_given_for_another(one: int, other: int, salt: int) -> None:
    bits = number_drawer(salt, 0, WORD)
    assert [bits(asked(seed, 1)) for seed in (one, other, one)] == [
        drawn_bits(seed, 1, salt) for seed in (one, other, one)
    ]


def test_numbers_are_even_and_within_their_ends() -> None:
    draw, counts = number_drawer(99, -5, 4), dict.fromkeys(range(-5, 5), 0)
    for number in range(20_000):
        counts[draw(asked(7, number))] += 1
    assert max(counts.values()) - min(counts.values()) < 300


def test_uuids_of_all_load_workers_are_version_4_and_differ() -> None:
    drawers = [uuid_drawer(5) for _ in range(3)]
    found = {
        UUID(drawers[worker](asked(3, number, stride=3)).decode())
        for worker in range(3)
        for number in range(worker, 3000, 3)
    }
    assert len(found) == 3000
    assert {(each.version, each.variant) for each in found} == {(4, RFC_4122)}
    ones = [sum(each.int >> bit & 1 for each in found) for bit in range(128)]
    fixed = {*range(76, 80), 62, 63}
    assert all(1300 < ones[bit] < 1700 for bit in range(128) if bit not in fixed)


def test_memory_stays_bounded_if_only_some_requests_need_a_value() -> None:
    draw = uuid_drawer(1)
    (known,) = (cell.cell_contents for cell in draw.__closure__ or () if isinstance(cell.cell_contents, dict))
    for number in range(0, 100 * MAX_UNUSED, 50):
        draw(asked(1, number))
        assert len(known) <= MAX_UNUSED + LANES
