"""Credentials are variables of the environment; what abreast cannot send is named."""

from typing import Any

import pytest

from engine.imports.marked_text import variable
from engine.imports.openapi.references import References
from engine.imports.openapi.schemas import ImpossibleError
from engine.imports.openapi.security import Credentials, Security
from engine.imports.traffic import BasicAuth

SCHEMES = {
    "bearer": {"type": "http", "scheme": "Bearer"},
    "basic": {"type": "http", "scheme": "basic"},
    "digest": {"type": "http", "scheme": "digest"},
    "header": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "tls": {"type": "mutualTLS"},
    "odd": {"type": "carrier pigeon"},
    "broken": {"type": "apiKey", "in": "header", "name": "a b"},
}


def credentials(security: Any, *names: str, default: Any = None) -> Credentials:
    """With only these schemes described."""
    schemes = {name: SCHEMES[name] for name in names}
    document = {"components": {"securitySchemes": schemes}, "security": default}
    operation = {} if security is None else {"security": security}
    return Security(document, References(document)).credentials(operation)


def test_each_kind() -> None:
    assert credentials([{"bearer": []}], "bearer").headers == [
        ("Authorization", f"Bearer {variable('API_TOKEN')}")
    ]
    assert credentials([{"basic": []}], "basic").auth == BasicAuth(
        variable("API_USER"), variable("API_PASSWORD")
    )
    assert credentials([{"header": []}], "header").headers == [("X-Api-Key", variable("API_KEY"))]
    assert credentials([{"query": []}], "query").query == [f"key={variable('API_KEY')}"]
    assert credentials([{"cookie": []}], "cookie").cookies == [f"sid={variable('API_KEY')}"]


def test_oauth_needs_a_token() -> None:
    document = {
        "components": {"securitySchemes": {"shop": {"type": "oauth2", "flows": {}}}},
        "security": [{"shop": ["read"]}],
    }
    found = Security(document, References(document)).credentials({})
    assert found.headers == [("Authorization", f"Bearer {variable('API_TOKEN')}")]
    assert "shop" in found.variables["API_TOKEN"]


def test_several_of_a_kind_have_names_of_their_own() -> None:
    found = credentials([{"header": [], "query": []}], "header", "query", "bearer")
    assert found.headers == [("X-Api-Key", variable("API_HEADER"))]
    assert found.query == [f"key={variable('API_QUERY')}"]
    assert set(found.variables) == {"API_HEADER", "API_QUERY"}


def test_the_first_way_that_can_be_sent_is_taken() -> None:
    found = credentials(
        [{"digest": []}, {"tls": [], "bearer": []}, {"basic": []}], "digest", "tls", "bearer", "basic"
    )
    assert found.auth is not None
    assert found.headers == []


@pytest.mark.parametrize("security", [[], [{}], [{"bearer": []}, {}], "nonsense"])
def test_nothing_is_sent_where_nothing_is_needed(security: Any) -> None:
    assert credentials(security, "bearer") == Credentials()


def test_an_operation_takes_precedence_over_the_document() -> None:
    assert credentials(None, "bearer", default=[{"bearer": []}]).headers
    assert not credentials([], "bearer", default=[{"bearer": []}]).headers


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("digest", "digest is HTTP digest, which abreast cannot send"),
        ("tls", "a certificate of the client"),
        ("odd", "of an unknown type"),
        ("broken", "a name that cannot be sent"),
    ],
)
def test_what_cannot_be_sent_is_named(name: str, why: str) -> None:
    with pytest.raises(ImpossibleError, match=why):
        credentials([{name: []}], name)


def test_a_scheme_that_is_not_described() -> None:
    with pytest.raises(ImpossibleError, match="ghost is not defined"):
        credentials([{"ghost": []}], "bearer")


def test_a_name_that_says_what_it_is_of_is_the_variable() -> None:
    schemes = {name: {"type": "http", "scheme": "bearer"} for name in ("accessToken", "admin")}
    document = {"components": {"securitySchemes": schemes}, "security": [{name: [] for name in schemes}]}
    assert set(Security(document, References(document)).credentials({}).variables) == {
        "API_ACCESS_TOKEN",
        "API_ADMIN_TOKEN",
    }
