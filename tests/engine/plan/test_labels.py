"""Labels of targets: what differs between variants, and only that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.plan.labels import labels_of
from engine.plan.plan import make_plan
from engine.plan.targets import CustomTarget, Runtime, TargetChoice, name_apart
from targets.errors import UsageError


def labels(*texts: str, runtime: Runtime = "local") -> list[str]:
    choices = name_apart(map(TargetChoice.parse, texts))
    return list(labels_of(choices, runtime).values())


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["fastapi", "django-wsgi"], ["fastapi", "django-wsgi"]),
        (["fastapi:workers=4", "django-wsgi"], ["fastapi", "django-wsgi"]),
        (["fastapi", "fastapi:workers=4"], ["fastapi", "fastapi ×4"]),
        (["fastapi:pool=100", "fastapi:pool=10000"], ["fastapi pool 100", "fastapi pool 10000"]),
        (["fastapi:server=gunicorn:pool=100", "fastapi:server=gunicorn"], ["fastapi pool 100", "fastapi"]),
        (
            ["fastapi:workers=4", "fastapi", "fastapi:model=thread", "fastapi:workers=4:model=blocking"],
            ["fastapi ×4", "fastapi", "fastapi thread", "fastapi ×4 blocking"],
        ),
        (["fastapi:env.A=1:env.B=1", "fastapi:env.A=1:env.B=2"], ["fastapi B=1", "fastapi B=2"]),
        (["fastapi:env.A=1", "fastapi"], ["fastapi A=1", "fastapi"]),
        (["fastapi:database=sqlite", "fastapi:database=mysql"], ["fastapi SQLite", "fastapi MySQL"]),
        (["fastapi:database=postgresql", "fastapi"], ["fastapi PostgreSQL", "fastapi"]),
        (["fastapi:database=postgresql", "django-wsgi:database=sqlite"], ["fastapi", "django-wsgi"]),
        (
            ["fastapi:database=mariadb://ann:S3CRET@127.0.0.1", "fastapi:database=mysql://ann@db.example:9"],
            ["fastapi MariaDB", "fastapi MySQL at db.example"],
        ),
        (["fastapi:database=MY_DB", "fastapi:database=sqlite"], ["fastapi MY_DB", "fastapi SQLite"]),
    ],
)
def test_a_label_says_what_differs_from_the_other_variants(texts: list[str], expected: list[str]) -> None:
    assert labels(*texts) == expected


def test_only_twins_are_numbered() -> None:
    assert labels("fastapi", "fastapi", "fastapi") == ["fastapi", "fastapi#2", "fastapi#3"]
    assert labels("fastapi", "fastapi:workers=4", "fastapi:workers=4") == [
        "fastapi",
        "fastapi ×4",
        "fastapi ×4 #3",
    ]


def test_the_runtime_counts_as_the_session_has_it() -> None:
    texts = ("fastapi", "fastapi:runtime=docker")
    assert labels(*texts) == ["fastapi", "fastapi docker"]
    assert labels(*texts, runtime="docker") == ["fastapi", "fastapi#2"]
    assert labels("fastapi", "fastapi:runtime=local", runtime="docker") == ["fastapi", "fastapi local"]


def test_no_target_is_called_as_another_is_named() -> None:
    assert labels("fastapi:workers=4", "fastapi") == ["fastapi ×4", "fastapi"]
    assert labels("fastapi:label=hybrid", "hybrid") == ["hybrid#2", "hybrid"]
    assert labels("fastapi:label=hybrid#2", "hybrid", "hybrid") == ["hybrid#2#2", "hybrid", "hybrid#2"]


def test_secrets_are_in_no_label() -> None:
    texts = ("fastapi:env.API_TOKEN=s3cret-1", "fastapi:env.API_TOKEN=s3cret-2", "fastapi")
    assert "s3cret" not in "".join(labels(*texts))
    assert len(set(labels(*texts))) == 3


def test_a_choice_may_have_a_label_of_its_own() -> None:
    texts = ("fastapi:label=Old: workers=4", "fastapi", "fastapi:label=Old")
    assert labels(*texts) == ["Old", "fastapi", "Old#3"]
    choice = TargetChoice.parse(texts[0])
    assert (choice.text, choice.options.workers) == ("fastapi:label=Old:workers=4", 4)
    assert TargetChoice.parse(choice.text) == choice
    assert choice.with_options("workers=2").label == "Old"
    assert choice.with_options("label=New").label == "New"
    assert choice.with_options("label=").label == ""


def test_a_target_of_the_plans_own_may_have_a_label() -> None:
    node = {"name": "node", "label": "Node 22", "url": "http://127.0.0.1:9000"}
    values = {"title": "T", "stages": [{"users": 1, "hold": 5}], "target": [node]}
    for targets, expected in [
        (["node", "fastapi"], ["Node 22", "fastapi"]),
        (["node", "node:label=again"], ["Node 22", "again"]),
        (["node", "node"], ["Node 22", "Node 22 #2"]),
    ]:
        plan = make_plan(values | {"targets": targets}, where="test")
        assert list(labels_of(plan.targets).values()) == expected


def test_what_is_no_label() -> None:
    with pytest.raises(UsageError) as caught:
        TargetChoice.parse(f"fastapi:label={'a' * 33}")
    assert caught.value.why == "a label has at most 32 characters, not 33"
    with pytest.raises(ValueError, match="at most 32 characters"):
        CustomTarget(name="node", url="http://127.0.0.1:9000", label="a" * 33)
    with pytest.raises(UsageError):
        TargetChoice.parse("fastapi:label=a\x07b")


TEXTS = st.lists(
    st.sampled_from(
        [
            "fastapi",
            "fastapi:workers=2",
            "fastapi:model=thread",
            "fastapi:label=fastapi ×2",
            "fastapi:label=fastapi#2",
        ]
    ),
    max_size=6,
)


@given(TEXTS)
def test_labels_differ_always_also_from_the_names_of_other_targets(texts: list[str]) -> None:
    choices = name_apart(map(TargetChoice.parse, texts))
    found = labels_of(choices)
    assert len(set(found.values())) == len(texts)
    assert all(label == name or label not in found for name, label in found.items())
