"""Records are written without secrets."""

from dataclasses import replace

from engine.metrics.event_detail import EventDetail
from engine.metrics.records import Event, Header, TargetAdded
from engine.recording.record_secrets import public
from targets.secrets import HIDDEN, Masker
from tests.support.recording import added, header


def test_the_command_line_is_kept_without_its_secrets() -> None:
    words = (
        "abreast",
        "run",
        "shop.toml",
        "--api-key",
        "s3cret-value",
        "--database",
        "mysql://me:pw123@db/x",
    )
    found = public(replace(header(), command_line=words), Masker())
    assert isinstance(found, Header)
    assert found.command_line[:4] == words[:4]
    assert found.command_line[4:] == (HIDDEN, "--database", f"mysql://{HIDDEN}@db/x")


def test_a_secret_that_is_known_is_hidden_wherever_it_comes_again() -> None:
    masker = Masker()
    masker.value({"api_key": "s3cret-value"})
    found = public(replace(added(), command=("node", "a.js", "s3cret-value")), masker)
    assert isinstance(found, TargetAdded)
    assert found.command == ("node", "a.js", HIDDEN)


def test_what_an_event_says_for_programs_has_no_secrets_either() -> None:
    masker = Masker()
    masker.value({"api_key": "s3cret-value"})
    detail = EventDetail("options", "key=s3cret-value", "for s3cret-value")
    found = public(Event(1.0, "target", "a", "options key=s3cret-value", detail=detail), masker)
    assert isinstance(found, Event)
    assert found.detail == EventDetail("options", f"key={HIDDEN}", f"for {HIDDEN}")


def test_words_of_servers_are_no_secrets_from_then_on() -> None:
    masker = Masker()
    answer = Event(1.0, "trouble", "a", "it said: Set-Cookie: the body is Expected")
    assert public(answer, masker) == replace(answer, text=f"it said: Set-Cookie: {HIDDEN}")
    reason = Event(2.0, "trouble", "a", "the body is not JSON: Expected HTTP/")
    assert public(reason, masker) == reason
    assert not masker.hidden
