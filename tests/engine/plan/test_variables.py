"""Variables of a plan's file: which are not set, and where; what they are filled in with."""

from pathlib import Path

import pytest

import presets
from engine.plan.plan import Plan
from engine.plan.render import rendered
from engine.plan.variables import filled, values_of
from targets.errors import UsageError
from targets.variables import Variables

HEAD = 'targets = ["fastapi"]\nstages = [{ users = 1, hold = "2 s" }]\n'


def load(folder: Path, text: str) -> Plan:
    path = folder / "plan.toml"
    path.write_text(HEAD + text)
    return presets.load(str(path))


def refused(folder: Path, text: str) -> str:
    with pytest.raises(UsageError) as caught:
        load(folder, text)
    return str(caught.value)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)
    for name, value in {"TOKEN": "t0ken{n}", "PLACE": "a b/c", "EMPTY": "", "LINES": "a\nb"}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[[request]]\npath = "/${NOT_SET}"', "line 4: request #1.path"),
        ('[[request]]\npath = "/"\nheaders.X-Key = "${NOT_SET}"', "line 5: request #1.headers.X-Key"),
        ('[[request]]\npath = "/"\njson = { a = [{ b = "${NOT_SET}" }] }', "line 5: request #1.json.a #1.b"),
        ('[[step]]\npath = "/"\nauth.bearer = "${NOT_SET}"', "line 5: step #1.auth.bearer"),
        ('[[step]]\npath = "/"\nchecks.contains = "${NOT_SET}"', "line 5: step #1.checks.contains"),
        (
            '[[target]]\nname = "a"\nurl = "http://${NOT_SET}:1"\n[[request]]\npath = "/"',
            "line 5: target #1.url",
        ),
        (
            '[[target]]\nname = "a"\ncommand = "a {port}"\nenv.KEY = "${NOT_SET}"',
            "line 6: target #1.env.KEY",
        ),
    ],
)
def test_a_variable_that_is_not_set_is_refused_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    error = refused(tmp_path, text)
    assert f"plan.toml, {place}: the environment variable NOT_SET is not set" in error
    assert "export NOT_SET=" in error


def test_an_empty_one_is_refused_unless_there_is_a_default(tmp_path: Path) -> None:
    assert "EMPTY is empty" in refused(tmp_path, '[[request]]\npath = "/${EMPTY}"')
    plan = load(tmp_path, '[[request]]\npath = "/${EMPTY:-x}"')
    assert rendered(plan, "own", "http://h:1").templates[0].head.startswith(b"GET /x HTTP/1.1")


def test_all_that_are_wrong_are_listed(tmp_path: Path) -> None:
    error = refused(
        tmp_path, '[[request]]\npath = "/${NOT_SET}"\n[[request]]\npath = "/b${no-name}"\nbody = "${TOKEN"'
    )
    assert "3 problems" in error
    for text in ("request #1.path", "'${no-name}' is not a variable", "'${TOKEN' is not a variable"):
        assert text in error


def test_other_texts_are_as_they_are_written(tmp_path: Path) -> None:
    plan = load(
        tmp_path,
        'title = "${NOT_SET}"\n[[target]]\nname = "a"\ncommand = "sh -c \'serve ${NOT_SET}\' {port}"\n'
        '[[request]]\nname = "${NOT_SET}"\npath = "/"',
    )
    assert (plan.title, plan.target[0].command[2], plan.request[0].title) == (
        "${NOT_SET}",
        "serve ${NOT_SET}",
        "${NOT_SET}",
    )


def test_values_are_text_wherever_they_stand(tmp_path: Path) -> None:
    plan = load(
        tmp_path,
        '[[request]]\nmethod = "POST"\npath = "/${PLACE}?q=${TOKEN}"\nquery.z = "${PLACE}"\n'
        'headers.A = "${TOKEN} $${TOKEN} {n}"\njson = { a = "${LINES}{n}", b = "${TOKEN}" }\n'
        'checks.json = { "/a" = "${LINES}" }\nchecks.contains = ["$${TOKEN}", "${TOKEN}"]',
    )
    template = rendered(plan, "own", "http://h:1").templates[0]
    assert template.head.startswith(b"POST /a%20b/c?q=t0ken%7Bn%7D&z=a+b%2Fc HTTP/1.1\r\n")
    assert b"\r\na: t0ken{n} ${TOKEN} \r\n" in template.head
    assert template.head.endswith(b'{"a":"a\\nb","b":"t0ken{n}"}')
    assert [slot.source for slot in template.slots] == ["n", "length", "n"], "a value has no placeholders"
    assert [each.text for each in template.checks[:2]] == ["${TOKEN}", "t0ken{n}"]
    assert template.checks[-1].expected == b'"a\\nb"'


def test_a_value_that_cannot_be_sent_is_not_repeated(tmp_path: Path) -> None:
    error = refused(tmp_path, '[[request]]\npath = "/"\nheaders.X = "${LINES}"')
    assert "line 3: the request 'GET /' cannot be sent" in error
    assert "control character" in error
    error = refused(tmp_path, '[[request]]\npath = "${TOKEN}"')
    assert "a path must begin with a slash" in error
    assert "t0ken" not in error


def test_a_url_with_values_is_checked_like_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = '[[target]]\nname = "a"\nurl = "${BASE}"\nca = "ca.pem"\n[[request]]\npath = "/"'
    text = f'targets = ["a"]\n{text}'
    path = tmp_path / "plan.toml"
    path.write_text(text + "\n[[stages]]\nusers = 1\nhold = 2\n")
    monkeypatch.setenv("BASE", "https://s3cret.test:8443")
    plan = presets.load(str(path))
    custom = plan.targets[0].custom
    assert custom is not None
    assert (custom.address.host, custom.address.port, custom.is_https) == ("s3cret.test", 8443, True)
    assert custom.written.url == "${BASE}"
    assert plan.targets[0].target.about == "${BASE}"
    for wrong in ("http://s3cret:8443", "s3cret", "https://s3cret/path", "https://s3cret:99999"):
        monkeypatch.setenv("BASE", wrong)
        with pytest.raises(UsageError) as caught:
            presets.load(str(path))
        assert "url of 'a' cannot be used with the values of its environment variables" in str(caught.value)
        assert "s3cret" not in str(caught.value)


def test_targets_of_the_catalogue_get_values_in_their_env(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text('targets = ["fastapi:env.KEY=${TOKEN}"]\nstages = [{ users = 1, hold = "2 s" }]\n')
    plan = presets.load(str(path))
    assert "${TOKEN}" in plan.targets[0].public_text
    changed = plan.changed(targets=("fastapi:env.OTHER=${PLACE}",))
    assert changed.masker().with_variables("at a b/c") == "at ${PLACE}"
    with pytest.raises(UsageError, match="NOT_SET is not set"):
        plan.changed(targets=("fastapi:env.OTHER=${NOT_SET}",))
    with pytest.raises(UsageError, match="NOT_SET is not set"):
        plan.parse_target("fastapi:env.OTHER=${NOT_SET}")


def test_the_values_that_a_plan_uses() -> None:
    variables = Variables({"A": "1", "B": "2", "C": "3"})
    plain = {
        "request": [{"path": "/${A}", "name": "${C}"}],
        "target": [{"env": {"X": "${B}"}, "command": ["${C}"]}],
        "title": "${C}",
        "step": "wrong",
    }
    assert values_of(plain, variables) == {"A": "1", "B": "2"}
    assert filled({"a": ["${A}", 1, {"b": "$${B}"}]}, variables) == {"a": ["1", 1, {"b": "${B}"}]}
