"""Data files of a plan: read once, named in requests, recorded without their rows."""

import hashlib
import re
from pathlib import Path

import pytest

import presets
from engine.client.rows import sources_of
from engine.client.template_fill import FillContext, Filler
from engine.export.plan_file import without_defaults
from engine.plan import data_files
from engine.plan.data_file import DataFile
from engine.plan.data_files import changed_files, check_rows, most_users
from engine.plan.plan import Plan
from engine.plan.render import rendered
from targets.errors import UsageError

USERS = b"name,password,Full name\nann,s3cret-1,Ann/A\nbob,s3cret-2,B\xc3\xa9\n"
PLAN = """
targets = ["fastapi"]
stages = [{ users = 2, hold = "2 s" }]

[data.users]
file = "users.csv"
OPTIONS

[[request]]
name = "first"
method = "POST"
path = "/a/{data.users.Full name}?q={data.users.name}"
headers.X-Key = "{data.users.password}"
json = { name = "{data.users.name}", n = "{n|number}", text = "{{data.users.name}}" }
"""


def load(folder: Path, options: str = "", *, plan: str = PLAN, content: bytes = USERS) -> Plan:
    (folder / "users.csv").write_bytes(content)
    (folder / "plan.toml").write_text(plan.replace("OPTIONS", options))
    return presets.load(str(folder / "plan.toml"))


def refused(folder: Path, options: str = "", *, plan: str = PLAN, content: bytes = USERS) -> str:
    with pytest.raises(UsageError) as caught:
        load(folder, options, plan=plan, content=content)
    return str(caught.value)


def bodies(plan: Plan, count: int) -> list[str]:
    sent = rendered(plan, "own", "http://h:1")
    filler = Filler(sent.templates[0], sources_of(sent.tables))
    return [filler.fill(FillContext(plan.seed, number, number, {})).decode() for number in range(count)]


def test_all_values_of_a_request_are_of_one_row(tmp_path: Path) -> None:
    first, second, third = bodies(load(tmp_path), 3)
    assert first.startswith("POST /a/Ann%2FA?q=ann HTTP/1.1\r\n")
    assert "\r\nx-key: s3cret-1\r\n" in first
    assert first.endswith('{"name":"ann","n":0,"text":"{data.users.name}"}')
    assert second.startswith("POST /a/B%C3%A9?q=bob HTTP/1.1\r\n")
    assert second.endswith('{"name":"bob","n":1,"text":"{data.users.name}"}')
    assert third.replace('"n":2', '"n":0') == first


def test_rows_are_drawn_or_belong_to_users(tmp_path: Path) -> None:
    drawn = bodies(load(tmp_path, 'order = "random"'), 100)
    names = [re.findall('name":"(ann|bob)', each)[0] for each in drawn]
    assert set(names) == {"ann", "bob"}
    assert names != ["ann", "bob"] * 50
    assert drawn == bodies(load(tmp_path, 'order = "random"'), 100), "by the plan's seed"
    assert all(("s3cret-1" in each) == ("?q=ann" in each) for each in drawn)
    assert [each[:18] for each in bodies(load(tmp_path, 'order = "unique"'), 2)] == [
        "POST /a/Ann%2FA?q=",
        "POST /a/B%C3%A9?q=",
    ]


def test_it_is_recorded_without_its_rows(tmp_path: Path) -> None:
    plan = load(tmp_path, 'order = "unique"')
    assert plan.model_dump(mode="json")["data"] == {
        "users": {
            "file": "users.csv",
            "order": "unique",
            "format": "",
            "delimiter": None,
            "columns": [],
            "rows": 2,
            "column_names": ["name", "password", "Full name"],
            "sha256": hashlib.sha256(USERS).hexdigest(),
        }
    }
    assert "ann" not in plan.model_dump_json() + repr(plan)
    changed = plan.changed(users=1)
    assert changed.rows == plan.rows


def test_passwords_in_it_are_hidden_in_other_texts(tmp_path: Path) -> None:
    plan = PLAN.replace('"{data.users.name}", n', '"{data.users.name}", token = "{data.users.Full name}", n')
    masker = load(tmp_path, plan=plan).masker()
    assert masker.known("no such user: ann with s3cret-2.") == "no such user: ann with (hidden)."
    assert masker.known("ann 's3cret-2' Ann/A, s3cret-22") == "ann '(hidden)' (hidden), s3cret-22"
    assert masker.placeholders >= {"data.users.name", "data.users.Full name"}


def test_a_saved_plan_says_if_the_file_is_another(tmp_path: Path) -> None:
    plan = load(tmp_path)
    saved = without_defaults(DataFile, plan.model_dump(mode="json")["data"]["users"])
    assert saved == {"file": "users.csv", "sha256": hashlib.sha256(USERS).hexdigest()}
    pinned = f'sha256 = "{saved["sha256"]}"'
    assert changed_files(load(tmp_path, pinned)) == []
    (said,) = changed_files(load(tmp_path, pinned, content=USERS + b"cy,s3cret-3,C\n"))
    assert "data.users: users.csv is not the file of the recorded session: it has 3 rows now" in said


def test_users_with_rows_of_their_own_need_enough_of_them(tmp_path: Path) -> None:
    plan = load(tmp_path, 'order = "unique"')
    check_rows(plan)
    assert most_users(plan) == 2
    with pytest.raises(UsageError, match=r"data\.users has 2 rows, and a target has up to 3 users") as caught:
        check_rows(plan.changed(users=3))
    assert "run at most 2 users" in caught.value.hint
    assert most_users(load(tmp_path)) is None
    check_rows(load(tmp_path).changed(users=3))


@pytest.mark.parametrize(
    ("name", "content", "options", "columns"),
    [
        ("a.tsv", b"x\ty z\n1\t2,3", "", ["x", "y z"]),
        ("a.csv", b"x;y\n1;2", 'delimiter = ";"', ["x", "y"]),
        ("a.jsonl", b'{"x": 1, "y": 2}', "", ["x", "y"]),
        ("a.ndjson", b'{"x": 1}', "", ["x"]),
        ("a.dat", b"1,2", 'format = "csv"\ncolumns = ["x", "y"]', ["x", "y"]),
        ("sub/a.CSV", b"x\n1", "", ["x"]),
    ],
)
def test_formats(tmp_path: Path, name: str, content: bytes, options: str, columns: list[str]) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    plan = load(
        tmp_path,
        plan=PLAN.partition("[data")[0] + f'[data.d]\nfile = "{name}"\n{options}\n'
        '[[request]]\npath = "/{data.d.x}"',
    )
    assert list(plan.rows["d"].names) == columns
    assert bodies(plan, 1)[0].startswith("GET /1 HTTP/1.1")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ('order = "shuffled"', "line 7: data.users.order: must be 'in-order', 'random' or 'unique'"),
        ('delimiter = "||"', "line 7: data.users.delimiter: '||' cannot separate values"),
        ('columns = ["a", "a"]', "line 7: data.users.columns: two columns have the same name"),
        ('columns = ["a|b"]', "'a|b' cannot be a column's name"),
        ('format = "jsonl"\ncolumns = ["a"]', "columns and delimiter are for CSV files"),
        ('format = "xml"', "line 7: data.users.format"),
        ("rows = 3", "line 7: unknown key 'data.users.rows'"),
        ('sha256 = "abc"', "line 7: data.users.sha256"),
    ],
)
def test_what_cannot_be_said_of_a_file(tmp_path: Path, options: str, error: str) -> None:
    assert error in refused(tmp_path, options)


@pytest.mark.parametrize(
    ("plan", "error"),
    [
        (
            PLAN.replace("users.csv", "none.csv"),
            "line 6: data.users cannot use 'none.csv'\n  why:  No such file",
        ),
        (PLAN.replace("users.csv", "../users.csv"), "it is outside the plan's folder"),
        (PLAN.replace("users.csv", "/etc/a.csv"), "it is outside the plan's folder"),
        (PLAN.replace("users.csv", "users.xlsx"), "the name 'users.xlsx' does not say its format"),
        (
            PLAN.replace("{data.users.name}?", "?").replace("users.name}", "users.nam}"),
            "unknown column of data.users 'nam'",
        ),
        (PLAN.replace("q={data.users", "q={data.user"), "unknown data file 'user'"),
        (PLAN.replace("q={data.users.name}", "q={data.users}"), "unknown column of data.users ''"),
        (
            PLAN.replace("q={data.users.name}", "q={data.users.name:user}"),
            "{data.users.name:user} means nothing",
        ),
        (
            PLAN.replace("[data.users]", 'data.city = ["a"]\n[data.users]').replace(
                "q={data.users.name}", "q={data.city.x}"
            ),
            "write {city}",
        ),
        ("rows = 1\n" + PLAN, "unknown key 'rows'"),
    ],
)
def test_what_a_plan_cannot_use(tmp_path: Path, plan: str, error: str) -> None:
    assert error in refused(tmp_path, plan=plan)


def test_a_wrong_line_is_named_and_not_repeated(tmp_path: Path) -> None:
    error = refused(tmp_path, content=USERS + b"cy,s3cret-3\n")
    assert "plan.toml, line 6: data.users cannot use 'users.csv'" in error
    assert "line 4: 2 values instead of 3" in error
    assert "s3cret" not in error


def test_all_files_together_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_files, "MAX_BYTES", len(USERS) * 2 - 1)
    load(tmp_path)
    assert "the limit" in refused(tmp_path, '[data.more]\nfile = "users.csv"')
