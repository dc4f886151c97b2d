"""Where rows go: URLs, names, and that nobody reads in them who may come in."""

import pytest

from targets.database import MAX_NAME_LENGTH, PREFIX, Database, name_for, parse, scrubbed, used_drivers
from targets.errors import UsageError
from targets.secrets import masked_text

SECRET = "p@ss/w:rd"
MYSQL = Database("mysql", "db.example", 3307, "ann", SECRET, "shop")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mysql://127.0.0.1", Database("mysql", "127.0.0.1", 3306)),
        ("mariadb://ann:x@[::1]:3307/shop", Database("mysql", "::1", 3307, "ann", "x", "shop")),
        ("postgres://ann@host", Database("postgresql", "host", 5432, "ann")),
        ("PostgreSQL+asyncpg://host/a%20b", Database("postgresql", "host", 5432, name="a b")),
        (MYSQL.url, MYSQL),
    ],
)
def test_urls(url: str, expected: Database) -> None:
    assert parse(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "host:3306",
        "oracle://ann:S3CRET@host",
        "mysql://ann:S3CRET@host:port",
        "mysql://ann:S3CRET@",
        "mysql://a:S3CRET@h/d?x=1",
    ],
)
def test_what_is_no_url_is_refused_without_saying_it(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(url)

    assert "S3CRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mysql://ann:x@host:3306/shop", "mysql://(hidden)@host:3306/shop"),
        ("see postgresql://ann@host, then", "see postgresql://(hidden)@host, then"),
        ("mysql://ann:p@ss@host", "mysql://(hidden)@host"),
        ("http://127.0.0.1:80/a@b", "http://127.0.0.1:80/a@b"),
        ("ABREAST_DB", "ABREAST_DB"),
        pytest.param("a-" * 300_000, "a-" * 300_000, id="a long text, in no time"),
    ],
)
def test_masks(text: str, expected: str) -> None:
    assert masked_text(text) == expected


def test_what_a_driver_says_is_scrubbed() -> None:
    said = f"Access denied for user 'ann'@'host' ({SECRET}) to {MYSQL.url}"

    assert scrubbed(said, MYSQL) == (
        "Access denied for user (hidden)@'host' ((hidden)) to mysql://(hidden)@db.example:3307/shop"
    )
    assert SECRET not in repr(MYSQL)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Access denied for user", "Access denied for user"),
        ("no pg_hba.conf entry for host", "no pg_hba.conf entry for host"),
        ("with 's' and (s), as \"s\"", "with '(hidden)' and ((hidden)), as \"(hidden)\""),
        ("password=s host=s1, PASSWORD: s", "password=(hidden) host=s1, PASSWORD: (hidden)"),
        ("as ann:s to mysql://ann:s@host/s", "as ann:(hidden) to mysql://(hidden)@host/s"),
    ],
)
def test_a_short_password_is_masked_where_credentials_stand(said: str, expected: str) -> None:
    assert scrubbed(said, Database("mysql", "h", 1, "ann", "s")) == expected


def test_every_target_has_a_name_of_its_own_that_servers_take() -> None:
    long = "20261121-135500-a-very-long-name-of-a-preset-that-goes-on-ab12"
    names = {
        name_for(session, target)
        for session in ("s-1", long)
        for target in ("fastapi", "fastapi#2", "fast-django-asgi")
    }

    assert len(names) == 6
    assert all(name.startswith(PREFIX) and len(name) <= MAX_NAME_LENGTH for name in names)
    assert all(name.replace("_", "").isalnum() and name == name.lower() for name in names)
    assert name_for("20261121-135500-io-ab12", "fastapi") == "abreast_20261121_135500_io_ab12_fastapi"


@pytest.mark.parametrize(
    ("database", "awaited", "used"),
    [
        (MYSQL, True, {"asyncmy": "2"}),
        (MYSQL, False, {"PyMySQL": "3"}),
        (Database("postgresql"), False, {"psycopg": "4", "psycopg-binary": "5"}),
        (Database("postgresql"), True, {}),
        (Database("sqlite"), False, {}),
    ],
)
def test_of_two_drivers_only_the_one_that_is_used_is_recorded(
    database: Database, awaited: bool, used: dict[str, str]
) -> None:
    installed = {"aiomysql": "1", "asyncmy": "2", "PyMySQL": "3", "psycopg": "4", "psycopg-binary": "5"}

    assert used_drivers(database, installed, awaited=awaited) == used
    without = {name: version for name, version in installed.items() if name != "asyncmy"}
    assert used_drivers(MYSQL, without, awaited=True) == {"aiomysql": "1"}
