"""The options of curl are those that curl has."""

import re
import shutil
import subprocess

import pytest

from engine.imports.curl.options import ABOUT_OUTPUT, INSTEAD, SHORT, WITH_VALUE
from engine.imports.curl.settings import OPTIONS
from tests.support.waiting import WITHIN_S

KNOWN = {*ABOUT_OUTPUT, *INSTEAD, *OPTIONS, "next"}
OF_OTHER_PROTOCOLS = re.compile(
    r"ftp|mail|tftp|telnet|ssh|krb|sasl|quote|list-only|hostpub|pubkey|metalink|crlf|login-options|socks5-"
    r"|append|proxy|tls|ssl|doh|dns|egd|random-file|engine|hsts|proto|suppress|continue-at|delegation"
    r"|local-port|no-sessionid|form-escape|eprt|epsv"
)
"""Without a meaning for an HTTP request of a plan, and named as left out where they occur."""


@pytest.fixture(scope="module")
def options() -> dict[str, tuple[str, bool]]:
    """By long name: the short one, and whether it takes a value."""
    if not shutil.which("curl"):
        pytest.skip("there is no curl to ask")
    text = subprocess.run(
        ["curl", "--help", "all"], capture_output=True, check=True, text=True, timeout=WITHIN_S
    ).stdout
    found = re.findall(r"^ (?:-(.),|   )? *--([\w.-]+)( (?:<|\[).*?[>\]])?(?= |$)", text, re.MULTILINE)
    return {name: (short, bool(value)) for short, name, value in found}


def test_short_names(options: dict[str, tuple[str, bool]]) -> None:
    mine = {name: letter for letter, name in SHORT.items()}
    assert len(options) > 200
    for name, (short, _) in options.items():
        assert mine.get(name, "") == short, name


def test_which_take_a_value(options: dict[str, tuple[str, bool]]) -> None:
    for name, (_, takes_value) in options.items():
        assert (name in WITH_VALUE) == takes_value, name


def test_what_becomes_of_each_is_decided(options: dict[str, tuple[str, bool]]) -> None:
    assert [name for name in options if name not in KNOWN and not OF_OTHER_PROTOCOLS.search(name)] == []


def test_no_option_has_two_outcomes() -> None:
    assert not INSTEAD.keys() & OPTIONS.keys()
    assert not INSTEAD.keys() & ABOUT_OUTPUT
