"""The users that a target had."""

from engine.metrics.users_seen import NEWEST, UsersSeen, users_after


def test_seconds_without_users_end_nothing() -> None:
    seen = UsersSeen()
    for second, users in enumerate([0, 2, 5, 0, 0]):
        seen = users_after(seen, second, users)
    assert seen == UsersSeen(frozenset({0, 2, 5}), last_s=2, newest=(2, 5))


def test_it_stays_small_however_long_the_session() -> None:
    seen = UsersSeen()
    for second in range(1000):
        before, seen = seen, users_after(seen, second, 4 if second < 990 else second)
        assert second in range(1, 990) or seen.had is not before.had
        assert second not in range(1, 990) or seen.had is before.had, "nothing is copied"
    assert seen.newest == tuple(range(1000 - NEWEST, 1000))
