"""Stateless logins: a token is a name and its signature, which any worker can check.

The key is the session's (`Settings.secret`): tokens of one session are invalid in another. Passwords are not
hashed: that would cost a hundred times the rest of a request, on every target.
"""

import base64
import binascii
import hashlib
import hmac
from typing import Annotated

import orjson
from pydantic import BaseModel, Field, StrictStr

from targets.apps.work import Answer
from targets.contract import PASSWORD, USER
from targets.contract.misc import BAD_TOKEN, NO_TOKEN, WRONG_PASSWORD

Text = Annotated[StrictStr, Field(min_length=1, max_length=200)]


class Credentials(BaseModel):
    """The body of a login."""

    user: Text
    password: Text


class Authenticator:
    """Issues tokens, and checks them."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"abreast login " + secret.encode()).digest()

    def login(self, credentials: Credentials) -> Answer:
        """A token, if user and password are right."""
        known = hmac.compare_digest(credentials.user.encode(), USER.encode())
        right = hmac.compare_digest(credentials.password.encode(), PASSWORD.encode())
        if not (known and right):
            return Answer(401, WRONG_PASSWORD)
        return Answer(200, orjson.dumps({"token": self._token(credentials.user), "token_type": "bearer"}))

    def me(self, authorization: str) -> Answer:
        """The user of the token in an Authorization header, which may be empty."""
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            return Answer(401, NO_TOKEN)
        name, _, _ = token.partition(".")
        try:
            user = base64.urlsafe_b64decode(name.encode("ascii") + b"==").decode()
        except (binascii.Error, ValueError):
            return Answer(401, BAD_TOKEN)
        if not hmac.compare_digest(token.encode(), self._token(user).encode()):
            return Answer(401, BAD_TOKEN)
        return Answer(200, orjson.dumps({"user": user}))

    def _token(self, user: str) -> str:
        name = base64.urlsafe_b64encode(user.encode()).decode().rstrip("=")
        return f"{name}.{hmac.new(self._key, user.encode(), hashlib.sha256).hexdigest()}"
