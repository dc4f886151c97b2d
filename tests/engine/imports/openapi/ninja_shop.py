"""A Django Ninja application; run as a program, it sends the requests of its own document to itself."""

import sys
from datetime import date
from typing import Annotated, Literal

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for tests",
    INSTALLED_APPS=["ninja"],
    MIDDLEWARE=[],
)
django.setup()

from django.http import HttpRequest  # noqa: E402
from django.urls import path  # noqa: E402
from ninja import Field, Form, Header, NinjaAPI, Path, Query, Schema  # noqa: E402
from ninja.security import APIKeyHeader, HttpBearer  # noqa: E402

TOKEN, KEY = "a-token-for-tests", "a-key-for-tests"


class Bearer(HttpBearer):
    """A bearer token."""

    def authenticate(self, request: HttpRequest, token: str) -> str | None:
        """The token, if it is the right one."""
        return token if token == TOKEN else None


class Key(APIKeyHeader):
    """A key in a header."""

    param_name = "X-Api-Key"

    def authenticate(self, request: HttpRequest, key: str | None) -> str | None:
        """The key, if it is the right one."""
        return key if key == KEY else None


class Filters(Schema):
    """Parameters of a query as one schema."""

    limit: Annotated[int, Field(ge=5)]
    offset: int | None = None


class Line(Schema):
    """A nested schema."""

    sku: Annotated[str, Field(pattern="^[A-Z]{2}[0-9]{3}$")]
    count: Annotated[int, Field(gt=0)]


class Order(Schema):
    """A body."""

    lines: Annotated[list[Line], Field(min_length=2)]
    day: date
    status: Literal["open", "paid"]
    note: str | None = None


api = NinjaAPI(title="Orders")


@api.get("/orders")
def list_orders(request: HttpRequest, filters: Annotated[Filters, Query()]) -> dict[str, int]:
    """All orders."""
    return {"limit": filters.limit}


@api.get("/orders/{order_id}")
def one_order(request: HttpRequest, order_id: Annotated[int, Path(ge=1)]) -> dict[str, int]:
    """One order."""
    return {"id": order_id}


@api.post("/orders", response={201: Order}, auth=Bearer())
def add_order(request: HttpRequest, order: Order) -> tuple[int, Order]:
    """Adds an order."""
    return 201, order


@api.delete("/orders/{order_id}", response={204: None}, auth=Key())
def drop_order(request: HttpRequest, order_id: int) -> tuple[int, None]:
    """Without content."""
    return 204, None


@api.post("/notes")
def add_note(
    request: HttpRequest, text: Annotated[str, Form(min_length=3)], x_trace: Annotated[str, Header()]
) -> dict[str, str]:
    """A form and a header."""
    return {"text": text + x_trace}


urlpatterns = [path("api/", api.urls)]

if __name__ == "__main__":
    from django.test import RequestFactory

    from tests.engine.imports.openapi.django_requests import report

    view = next(each for each in api.urls[0] if each.name == "openapi-json")
    document = view.callback(RequestFactory().get("/api/openapi.json")).content.decode()
    sys.stdout.write(report(document, {"API_TOKEN": TOKEN, "API_KEY": KEY}))
