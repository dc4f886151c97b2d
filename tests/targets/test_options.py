"""Options from texts and back, and what is refused before anything starts."""

import tomllib
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

import pytest

from engine.plan.targets import TargetChoice
from targets import catalog, requirements
from targets.apps.settings import Settings, read
from targets.errors import UsageError
from targets.option_kinds import chosen_cores
from targets.options import (
    OPTIONS,
    Options,
    app_env,
    parse_options,
    plain,
    split_options,
    words,
    words_of,
)


def refusal_of(text: str) -> UsageError:
    """What is said of a target that cannot be as it is written."""
    with pytest.raises(UsageError) as caught:
        TargetChoice.parse(text)
    return caught.value


def test_options_from_texts() -> None:
    target = catalog.find("django-wsgi")

    assert parse_options(target, {}) == Options(server="gthread", threads=8, model="blocking")
    assert parse_options(target, {"workers": "4", "threads": "2"}) == Options(
        server="gthread", workers=4, threads=2, model="blocking"
    )


def test_a_variable_may_hold_colons_and_equals_signs() -> None:
    choice = TargetChoice.parse("fastapi:workers=2:env.URL=http://x:80/?a=b:backlog=9")

    assert choice.options.env == (("URL", "http://x:80/?a=b"),)
    assert (choice.options.workers, choice.options.backlog) == (2, 9)


@pytest.mark.parametrize(
    ("text", "url", "workers"),
    [
        ("fastapi:database=mysql", "mysql", 1),
        ("fastapi:database=mysql://ann:pw@h:3306/x:workers=4", "mysql://ann:pw@h:3306/x", 4),
        ("fastapi:workers=4:database=postgresql://ann:a=b@[::1]:5432", "postgresql://ann:a=b@[::1]:5432", 4),
        ("fastapi:database=MY_DB:label=mine:workers=2", "MY_DB", 2),
    ],
)
def test_a_database_may_be_a_url_with_colons_and_equals_signs(text: str, url: str, workers: int) -> None:
    options = TargetChoice.parse(text).options
    assert (options.database, options.workers) == (url, workers)


@pytest.mark.parametrize("text", ["oracle://ann:S3CRET@host", "mysql://ann:S3CRET@", "no-database"])
def test_what_is_no_database_is_refused_without_its_password(text: str) -> None:
    refused = refusal_of(f"fastapi:database={text}")
    assert refused.what.startswith("database cannot be")
    assert "a URL, the name of an environment variable with one, or mysql, postgresql, sqlite" in refused.why
    assert "S3CRET" not in str(refused)


def test_a_database_is_recorded_without_its_password_and_keeps_it() -> None:
    choice = TargetChoice.parse("fastapi:database=mysql://ann:S3CRET@db.example:3306")
    written = words(choice.target, choice.public_options)
    assert written == "database=mysql://(hidden)@db.example:3306"
    assert "S3CRET" not in repr(choice) + str(choice.model_dump(mode="json"))
    assert choice.with_options(f"{written}:workers=2").options.database == choice.options.database
    assert choice.with_options("database=mysql").options.database == "mysql"
    assert choice.with_options("").options.database == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "workers=4",
        "server=uwsgi:threads=2:api=drf",
        "front=nginx:proxy_timeout=0.5:cpus=@0-1+3",
        "env.A=1:env.B=x:y",
    ],
)
def test_words_say_what_differs_and_are_read_back(text: str) -> None:
    target = catalog.find("django-wsgi")
    options = parse_options(target, split_options(text, "django-wsgi") if text else {})

    said = words(target, options)

    assert sorted(said.split(":")) == sorted(text.split(":"))
    assert parse_options(target, split_options(said, "django-wsgi") if said else {}) == options


def test_plain_values_are_those_of_the_options_it_takes() -> None:
    target = catalog.find("django-asgi")
    values = plain(target, parse_options(target, {"views": "sync", "env.A": "1"}))

    assert set(values) == target.options | {"env.A"}
    assert (values["server"], values["workers"], values["views"], values["env.A"]) == (
        "uvicorn",
        1,
        "sync",
        "1",
    )


def test_apps_are_told_what_differs_from_their_own_defaults() -> None:
    fastapi, target = catalog.find("fastapi"), catalog.find("django-wsgi")

    assert app_env(fastapi, fastapi.defaults) == {}
    assert app_env(target, parse_options(target, {"api": "drf", "env.A": "1"})) == {
        "ABREAST_API": "drf",
        "ABREAST_MODEL": "blocking",
        "A": "1",
    }


def test_apps_and_options_have_the_same_defaults() -> None:
    settings, options = asdict(Settings()), asdict(Options())
    fields = {
        name: option.variable.removeprefix("ABREAST_").lower()
        for name, option in OPTIONS.items()
        if option.variable
    }

    assert {name: settings[field] for name, field in fields.items()} == {
        name: options[name] for name in fields
    }


def test_apps_read_what_they_are_told() -> None:
    told = {OPTIONS[name].variable: OPTIONS[name].example for name in OPTIONS if OPTIONS[name].variable}

    settings = asdict(read(told))

    usual = asdict(Settings())
    changed = {name for name in settings if settings[name] != usual[name]}
    assert {f"ABREAST_{name.upper()}" for name in changed} == set(told)


def test_unknown_option() -> None:
    refused = refusal_of("fastapi:worker=4")

    assert refused.what == "unknown option of fastapi 'worker'"
    assert "did you mean 'workers'?" in refused.hint


def test_option_of_another_target() -> None:
    refused = refusal_of("fastapi:threads=4")

    assert refused.what == "unknown option of fastapi 'threads'"
    assert "workers" in refused.why
    assert "threads" not in refused.why


@pytest.mark.parametrize("value", ["", "0", "-1", "65", "many", "1.5", "٣", " 2", "9" * 5000])
def test_values_out_of_range(value: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_options(catalog.find("fastapi"), {"workers": value})

    assert caught.value.why == "it must be a whole number from 1 to 64"
    assert len(caught.value.what) < 80


@pytest.mark.parametrize(
    ("text", "what", "why"),
    [
        (
            "fastapi:server=gthread",
            "server cannot be 'gthread'",
            "it must be one of: uvicorn, gunicorn, asgi, ",
        ),
        ("hybrid:front=apache", "front cannot be 'apache'", "nginx-unix"),
        ("fastapi:front=nginx:proxy_timeout=0", "proxy_timeout cannot be '0'", "from 0.1 to 3600 seconds"),
        ("fastapi:cpus=0", "cpus cannot be '0'", "a number of cores (2), or certain"),
        ("fastapi:cpus=@3-1", "cpus cannot be '@3-1'", "a number of cores (2), or certain"),
        ("fastapi:env.ABREAST_SESSION=x", "env.ABREAST_SESSION cannot be set", "is reserved"),
        ("fastapi:env.A B=x", "'env.A B=x' is not an option of target 'fastapi'", "key=value"),
    ],
)
def test_what_an_option_cannot_be(text: str, what: str, why: str) -> None:
    refused = refusal_of(text)

    assert refused.what == what
    assert why in refused.why
    assert refused.hint


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("django-wsgi:server=sync:threads=4", "threads has no effect with server=sync", "server=gthread"),
        ("django-wsgi:threads=4:server=sync", "threads has no effect with server=sync", "remove threads"),
        ("fastapi:proxy_timeout=5", "proxy_timeout has no effect with front=none", "add front=nginx"),
        ("fastapi:server=daphne:workers=2", "fastapi cannot have 2 workers with server=daphne", "uvicorn"),
        ("fastapi:workers=2:server=daphne", "fastapi cannot have 2 workers with server=daphne", "uvicorn"),
        ("fastapi:server=asgi:backlog=64", "backlog has no effect with server=asgi", "remove backlog"),
        (
            "django-wsgi:server=granian:backlog=64",
            "django-wsgi cannot have backlog=64 with server=granian",
            "backlog=128",
        ),
        (
            "fastapi:server=daphne:server_timeout=30",
            "server_timeout has no effect with server=daphne",
            "add server=uvicorn",
        ),
        ("fastapi:pool_min=20", "fastapi cannot have pool_min=20 with pool=10", "pool_min=10, or a larger"),
        ("flask:pool_min=2", "unknown option of flask 'pool_min'", "did you mean 'pool'?"),
        ("fastapi:workers=2:cpus=1:workers=4", "workers of target 'fastapi' is given twice", "leave one"),
        ("fastapi:env.A=1:env.A=2", "env.A of target 'fastapi' is given twice", "leave one of them out"),
        ("fastapi:label=a:label=b", "label of target 'fastapi' is given twice", "leave one of them out"),
    ],
)
def test_options_that_do_not_go_together(text: str, what: str, hint: str) -> None:
    refused = refusal_of(text)

    assert refused.what == what
    assert hint in refused.hint


@pytest.mark.parametrize(
    "text",
    [
        "fastapi:server_timeout=30",
        "fastapi:server_timeout=30:workers=2",
        "fastapi:server=gunicorn:server_timeout=30",
        "fastapi:pool_min=10",
    ],
)
def test_options_that_go_together(text: str) -> None:
    assert TargetChoice.parse(text).text


def test_what_a_target_no_longer_takes_is_left_out_of_its_words() -> None:
    flask = catalog.find("flask")

    assert words_of(flask, {"pool": 10, "pool_min": 5, "workers": 2, "env.A": "1"}) == "workers=2:env.A=1"


@pytest.mark.parametrize(
    ("text", "cores"), [("2", ()), ("@0", (0,)), ("@0-2", (0, 1, 2)), ("@0+2-3", (0, 2, 3)), ("@2-1", ())]
)
def test_which_cores(text: str, cores: tuple[int, ...]) -> None:
    assert chosen_cores(text) == cores


@pytest.mark.parametrize("text", ["fastapi:cpus=@4095", "fastapi:cpus=4000"])
def test_cores_that_are_not_here_are_refused(text: str) -> None:
    choice = TargetChoice.parse(text)

    with pytest.raises(UsageError) as caught:
        requirements.check_here(catalog.find(choice.use), choice.options)

    assert caught.value.what.startswith("fastapi cannot")
    assert caught.value.hint


def test_gunicorns_parser_in_c_is_asked_for_where_it_is() -> None:
    choice = TargetChoice.parse("django-wsgi:http_parser=fast")
    assert "gunicorn_h1c" in requirements.packages(choice.target, choice.options)
    assert "gunicorn_h1c" in requirements.packages(choice.target, choice.target.defaults)
    with pytest.raises(UsageError, match="gunicorn_h1c is missing"):
        requirements.check_in_image(choice.target, choice.options)
    if find_spec("gunicorn_h1c"):
        requirements.check_here(choice.target, choice.options)
    else:
        with pytest.raises(UsageError, match="gunicorn_h1c is missing"):
            requirements.check_here(choice.target, choice.options)

    refused = refusal_of("django-wsgi:server=uwsgi:http_parser=fast")
    assert refused.what == "http_parser has no effect with server=uwsgi"


@pytest.mark.parametrize("server", ["granian", "hypercorn", "daphne"])
def test_the_versions_of_a_chosen_server_are_recorded(server: str) -> None:
    choice = TargetChoice.parse(f"fastapi:server={server}")

    chosen = requirements.packages(choice.target, choice.options)

    assert {server, "fastapi"} <= set(chosen)
    assert server not in requirements.packages(choice.target, choice.target.defaults)
    assert set(chosen) - set(choice.target.packages) <= set(requirements.OPTIONAL_PACKAGES)


def test_a_server_that_is_missing_comes_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(
        requirements.NEEDS, ("server", "granian"), requirements.Need("no_such_server", "granian", "granian")
    )
    choice = TargetChoice.parse("fastapi:server=granian")

    with pytest.raises(UsageError, match="granian is missing") as caught:
        requirements.check_here(choice.target, choice.options)

    assert caught.value.hint.endswith('-m pip install "granian" (it is in the extra abreast[granian])')


def test_a_framework_that_is_missing_comes_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(
        requirements.OF_TARGETS, "litestar", requirements.Need("no_such_module", "litestar", "litestar")
    )
    choice = TargetChoice.parse("litestar")

    with pytest.raises(UsageError) as caught:
        requirements.check_here(choice.target, choice.options)

    assert caught.value.what == "litestar cannot run: litestar is missing"
    assert caught.value.hint.endswith('-m pip install "litestar" (it is in the extra abreast[litestar])')


@pytest.mark.parametrize("name", requirements.OF_TARGETS)
def test_the_version_of_a_targets_framework_is_recorded(name: str) -> None:
    choice = TargetChoice.parse(name)
    need = requirements.OF_TARGETS[name]

    assert {need.package, *need.parts} <= set(requirements.packages(choice.target, choice.options))
    assert need.extra in pyproject_extras()


def pyproject_extras() -> set[str]:
    """The names of abreast's optional dependencies."""
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    return set(tomllib.loads(text)["project"]["optional-dependencies"])


def test_secrets_in_variables_are_not_written_down() -> None:
    choice = TargetChoice.parse("fastapi:env.API_TOKEN=s3cret:env.DEMO=1")

    assert dict(choice.options.env) == {"API_TOKEN": "s3cret", "DEMO": "1"}
    assert "s3cret" not in choice.model_dump_json()
    assert "s3cret" not in str(choice.public_options)

    again = choice.with_options("workers=2:env.API_TOKEN=(hidden)")
    assert dict(again.options.env) == {"API_TOKEN": "s3cret"}
