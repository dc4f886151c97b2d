"""Security schemes of an OpenAPI document: credentials that are read from the environment. Pure.

Rules of this file: a document holds no credentials, so each is a variable; where an operation may be sent
without credentials, it is; of several ways to log in it is the first that abreast can use.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.imports.marked_text import variable
from engine.imports.openapi.parameters import TOKEN
from engine.imports.openapi.references import References, shown
from engine.imports.openapi.schemas import ImpossibleError
from engine.imports.openapi.styles import encoded
from engine.imports.traffic import BasicAuth
from engine.imports.variables import variable_name


@dataclass(slots=True)
class Credentials:
    """What an operation sends for its security."""

    headers: list[tuple[str, str]] = field(default_factory=list)
    query: list[str] = field(default_factory=list)
    """Encoded pairs."""
    cookies: list[str] = field(default_factory=list)
    auth: BasicAuth | None = None
    variables: dict[str, str] = field(default_factory=dict)
    """The variables it needs, each with a few words on what it is."""


class Security:
    """The security schemes of one document."""

    def __init__(self, document: Mapping[str, Any], references: References) -> None:
        components = references.table(document.get("components"))
        schemes = components.get("securitySchemes")
        self._schemes: Mapping[str, Any] = schemes if isinstance(schemes, Mapping) else {}
        self._default = document.get("security")
        self._references = references
        self._kinds = {name: _kind(self._table(name)) for name in self._schemes}

    def credentials(self, operation: Mapping[str, Any]) -> Credentials:
        """What an operation sends. Raises ImpossibleError if abreast can use none of its ways to log in,
        UnresolvedError for a reference to nowhere."""
        ways = operation.get("security", self._default)
        ways = [each for each in ways if isinstance(each, Mapping)] if isinstance(ways, list) else []
        if not ways or any(not each for each in ways):
            return Credentials()
        failure: ImpossibleError | None = None
        for way in ways:
            try:
                return self._together(list(way))
            except ImpossibleError as error:
                failure = failure or error
        assert failure is not None
        raise failure

    def _together(self, names: list[str]) -> Credentials:
        """The credentials of all these schemes."""
        found = Credentials()
        for name in names:
            if name not in self._schemes:
                raise ImpossibleError(f"its security scheme {shown(name)} is not defined")
            self._add(name, self._table(name), found)
        return found

    def _table(self, name: str) -> Mapping[str, Any]:
        return self._references.table(self._schemes[name])

    def _add(self, name: str, scheme: Mapping[str, Any], found: Credentials) -> None:
        scheme_name = shown(name, 60)
        match _kind(scheme):
            case "basic":
                user = self._variable("user", name, f"user of {scheme_name}", found)
                password = self._variable("password", name, f"password of {scheme_name}", found)
                found.auth = BasicAuth(user, password)
            case "token":
                about = f"token of {scheme_name}, without the word Bearer"
                found.headers.append(
                    ("Authorization", f"Bearer {self._variable('token', name, about, found)}")
                )
            case "key":
                self._add_key(name, scheme, found)
            case kind:
                raise ImpossibleError(
                    f"its security scheme {scheme_name} is {kind}, which abreast cannot send"
                )

    def _add_key(self, name: str, scheme: Mapping[str, Any], found: Credentials) -> None:
        key, place = scheme.get("name"), scheme.get("in")
        if not isinstance(key, str) or (place in ("header", "cookie") and not TOKEN.fullmatch(key)):
            raise ImpossibleError(f"its security scheme {shown(name)} has a name that cannot be sent")
        mark = self._variable(
            "key", name, f"{shown(key, 60)}, a {shown(str(place), 10)} of {shown(name, 60)}", found
        )
        match place:
            case "header":
                found.headers.append((key, mark))
            case "query":
                found.query.append(f"{encoded(key)}={mark}")
            case "cookie":
                found.cookies.append(f"{key}={mark}")
            case _:
                raise ImpossibleError(f"its security scheme {shown(name)} is sent in an unknown place")

    def _variable(self, what: str, scheme: str, about: str, found: Credentials) -> str:
        """The mark of a variable: `API_TOKEN`, or with the name of the scheme if there are several."""
        kind = {"user": "basic", "password": "basic"}.get(what, what)
        is_only = sum(each == kind for each in self._kinds.values()) == 1
        says_what = what == "key" or scheme.lower().endswith(what)
        name = variable_name(what if is_only else scheme if says_what else f"{scheme} {what}")
        found.variables[name] = about
        return variable(name)


def _kind(scheme: Mapping[str, Any]) -> str:
    """`token`, `basic`, `key`, or in words what else it is."""
    kind, how = scheme.get("type"), str(scheme.get("scheme", "")).lower()
    match kind:
        case "http" if how == "bearer":
            return "token"
        case "http" if how == "basic":
            return "basic"
        case "http":
            return f"HTTP {shown(how, 20)}"
        case "oauth2" | "openIdConnect":
            return "token"
        case "apiKey":
            return "key"
        case "mutualTLS":
            return "a certificate of the client"
    return "of an unknown type"
