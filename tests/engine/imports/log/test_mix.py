"""Requests of a log are counted by kinds, with a sample of their ids."""

from collections import Counter

from engine.imports.log.mix import MANY_NAMES, MAX_KINDS, SAMPLE, SLOT, Mix, split_target


def mix_of(*targets: str, method: str = "GET") -> Mix:
    """A mix of requests with these targets."""
    mix = Mix()
    for number, target in enumerate(targets, 1):
        mix.add(method, target, 200, f"line {number}")
    return mix


def test_ids_and_parameters_are_split_off() -> None:
    segments, names, row = split_target("/users/17/orders/9.json?sort=name&page=2&q=new+york")
    assert segments == ("users", SLOT, "orders", f"{SLOT}.json")
    assert names == ("page", "q", "sort"), "in one order, whatever the client's was"
    assert row == ("17", "9", "2", "new york", "name")


def test_a_parameter_without_an_equals_sign_is_another_one() -> None:
    assert split_target("/a?debug&x=&&%00y=1%00") == (("a",), ("debug\0", "x", "y"), ("", "", "1\0"))


def test_requests_that_differ_in_ids_are_one_kind() -> None:
    mix = mix_of("/a/1", "/b", "/a/2", "/a/1", "/a")
    kinds = mix.kinds()
    assert [(kind.segments, kind.count) for kind in kinds] == [(("a", SLOT), 3), (("b",), 1), (("a",), 1)]
    assert kinds[0].columns() == [("1", "2", "1")]
    assert kinds[0].place == "line 1"


def test_another_method_is_another_kind() -> None:
    mix = mix_of("/a")
    mix.add("POST", "/a", 201, "line 2")
    assert [(kind.method, dict(kind.statuses)) for kind in mix.kinds()] == [
        ("GET", {200: 1}),
        ("POST", {201: 1}),
    ]


def test_ids_that_belong_together_stay_together() -> None:
    mix = mix_of(*(f"/users/{number % 7}/orders/{100 + number % 7}" for number in range(500)))
    users, orders = mix.kinds()[0].columns()
    assert len(users) == SAMPLE
    assert all(int(order) == 100 + int(user) for user, order in zip(users, orders, strict=True))


def test_a_frequent_id_is_frequent_in_the_sample() -> None:
    mix = mix_of(*("/a/1" if number % 2 else f"/a/{number}" for number in range(5000)))
    counts = Counter(mix.kinds()[0].columns()[0])
    assert SAMPLE * 0.3 < counts["1"] < SAMPLE * 0.7
    assert max(number for value, number in counts.items() if value != "1") <= 2


def test_many_names_at_one_place_are_data_too() -> None:
    articles = [f"/blog/{word}-{word}/comments" for word in map(str, names(MANY_NAMES + 20))]
    mix = mix_of(*articles, "/blog", "/about/us/comments", articles[0])
    first, *others = mix.kinds()
    assert first.segments == ("blog", SLOT, "comments")
    assert (first.count, first.place) == (MANY_NAMES + 21, "line 1")
    assert set(first.columns()[0]) <= {article.split("/")[2] for article in articles}
    assert [kind.segments for kind in others] == [("blog",), ("about", "us", "comments")]


def names(count: int) -> list[str]:
    """So many different words."""
    return ["".join(chr(97 + int(digit)) for digit in f"{number:04}") for number in range(count)]


def test_there_is_room_for_a_bounded_number_of_kinds() -> None:
    words = names(MAX_KINDS + 500)
    mix = mix_of(*(f"/{word}{'/x' * (number % 60)}" for number, word in enumerate(words)))
    assert len(mix.kinds()) <= MAX_KINDS
    assert sum(kind.count for kind in mix.kinds()) + mix.uncounted == len(words)


def test_the_same_log_gives_the_same_plan() -> None:
    targets = [f"/a/{number}" for number in range(1000)]
    assert mix_of(*targets).kinds() == mix_of(*targets).kinds()
