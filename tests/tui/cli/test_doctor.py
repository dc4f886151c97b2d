"""What the doctor says of this machine."""

import re

import orjson
import pytest

from engine.machine import ceiling, environment
from engine.metrics.noise_floor import NoiseFloor
from engine.session import noise_floor_file
from engine.session.header import now_text
from targets import requirements
from targets.errors import UsageError
from targets.extras import Extra, extras
from tui.cli import doctor, main


def test_what_is_absent_and_optional_is_neither_good_nor_bad(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_survey() -> str:
        raise UsageError("no engine", why="nobody answers", hint="start it")

    monkeypatch.setattr(doctor, "survey", no_survey)
    monkeypatch.setattr(ceiling, "load", lambda: None)
    monkeypatch.setattr(environment, "available_cores", list)
    main.main(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    for text in (
        "the most that the generator can send has not been measured",
        "no containers: no engine: nobody answers",
        "no terminal: runs are headless",
    ):
        assert f"--  {text}" in lines
    assert any(line.startswith("--  ") and "cannot pin" in line for line in lines)
    assert any(line.startswith("ok  sessions are stored in") for line in lines)


def test_a_framework_that_is_not_installed_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = requirements.Need("no_such_module", "litestar", "litestar")
    monkeypatch.setitem(requirements.OF_TARGETS, "litestar", missing)
    main.main(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    assert "--  no target litestar: litestar is missing" in lines
    assert any('pip install "litestar"' in line for line in lines)
    assert any(line.startswith("ok  target flask: ") and "Flask " in line for line in lines)


def test_the_noise_floor_is_shown_with_its_age(capsys: pytest.CaptureFixture[str]) -> None:
    main.main(["doctor"])
    assert (
        "--  how much two identical targets seem to differ here has not been measured"
        in capsys.readouterr().out
    )
    shares = {"turns.goodput": 0.031, "duel.cpu": 0.004}
    noise_floor_file.save(NoiseFloor("2020-01-05T10:00:00.000+01:00", shares=shares))
    main.main(["doctor"])
    lines = " ".join(capsys.readouterr().out.split())
    assert "-- noise floor in turns goodput 3.1 %; in a duel cpu 0.4 %; measured " in lines
    assert "measure it again with: abreast doctor --noise" in lines
    noise_floor_file.save(NoiseFloor(now_text(), shares=shares))
    main.main(["doctor"])
    assert "ok noise floor in turns goodput 3.1 %; in a duel cpu 0.4 %; measured today" in " ".join(
        capsys.readouterr().out.split()
    )


@pytest.mark.parametrize(
    ("finding", "mark"),
    [
        (doctor.Finding(True, "it works"), "ok"),
        (doctor.Finding(False, "it does not"), "!!"),
        (doctor.Finding(True, "it is not there", missing=True), "--"),
    ],
)
def test_each_finding_has_its_mark(finding: doctor.Finding, mark: str) -> None:
    assert finding.mark == mark


def test_extras_are_listed_with_their_versions_or_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = Extra("pigeon", "server=pigeon", ("no-such-pigeon", "no-such-loft"))
    monkeypatch.setattr(doctor, "extras", lambda: (*extras(), absent))
    main.main(["doctor", "--json"])
    findings = {each["name"]: each for each in orjson.loads(capsys.readouterr().out)["findings"]}
    assert findings["extra granian"]["state"] == "ok"
    assert re.match(r"extra granian, for server=granian: granian \d", findings["extra granian"]["text"])
    missing = findings["extra pigeon"]
    assert missing["state"] == "missing"
    assert missing["text"] == "no extra pigeon, for server=pigeon: no-such-pigeon, no-such-loft are missing"
    assert '"no-such-pigeon" "no-such-loft" (they are in the extra abreast[pigeon])' in missing["hint"]
    main.main(["doctor"])
    assert "--  no extra pigeon, for server=pigeon" in capsys.readouterr().out


def test_without_its_wheel_the_systems_nginx_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "nginx_command", lambda: ("/usr/sbin/nginx",))
    found = doctor._extra(Extra("nginx", "front=nginx", ("no-such-wheel",)))
    assert (found.state, found.text) == ("ok", "extra nginx: the system's NGINX is used for front=nginx")
