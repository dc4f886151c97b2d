"""What targets are called that were named by their URLs."""

from pathlib import Path

import pytest

from engine.attach.resolve import engine_for, resolve
from targets.errors import AbreastError, UsageError
from targets.runtime.containers.inventory import FoundContainer


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://127.0.0.1:18809", "127.0.0.1-18809"),
        ("http://localhost", "localhost"),
        ("http://[::1]:18809", "ip6-localhost-18809"),
        ("http://[::1]", "ip6-localhost"),
        ("https://[2001:db8::1]:443", "ip6-2001-db8-1-443"),
        ("http://[2001:db8:85a3:8d3:1319:8a2e:370:7348]:8080", "ip6-2001-db8-85a3-8-8080"),
        ("http://a-very-long-name.example.org:8080", "a-very-long-name.ex-8080"),
        ("http://a-very-long-name.example.org:8081", "a-very-long-name.ex-8081"),
    ],
)
def test_a_server_is_called_by_its_host_and_port(url: str, name: str) -> None:
    assert [each.name for each in resolve([url], FoundContainer("127.0.0.1", ()))] == [name]


def test_a_path_behind_it_is_given_separately_and_quoted() -> None:
    with pytest.raises(UsageError) as caught:
        resolve(["http://h:1/search?q=new york"], FoundContainer("127.0.0.1", ()))
    assert caught.value.hint == "abreast attach http://h:1 --path '/search?q=new york'"


@pytest.mark.parametrize("word", ["unix:///run/web.sock", "http:///127.0.0.1:9000", "http://a..b/x"])
def test_what_is_no_server_is_said_to_be_none_also_with_a_path(word: str) -> None:
    """Given separately, its path would not help."""
    with pytest.raises(UsageError) as caught:
        resolve([word], FoundContainer("127.0.0.1", ()))
    assert caught.value.what == f"{word} is not the URL of a server"
    assert "--path" not in caught.value.hint


@pytest.mark.anyio
async def test_without_an_engine_the_hint_is_one_that_attach_can_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no `--runtime`, which other commands are advised to use."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none")
    with pytest.raises(AbreastError) as caught:
        await engine_for(["web"])
    assert caught.value.what == "'web' is not a URL, and containers cannot be searched"
    assert caught.value.hint.endswith(", or name a URL: abreast attach http://127.0.0.1:8000")
    assert "--runtime" not in caught.value.hint
