"""A FastAPI application with what such applications have: each answer shows that its request was right."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Cookie, Depends, FastAPI, Form, Header, HTTPException, Path, Query, UploadFile
from fastapi.responses import StreamingResponse
from fastapi.security import (
    APIKeyHeader,
    HTTPAuthorizationCredentials,
    HTTPBasic,
    HTTPBasicCredentials,
    HTTPBearer,
    OAuth2PasswordBearer,
    OAuth2PasswordRequestForm,
)
from pydantic import BaseModel, Field, HttpUrl

TOKEN, KEY, USER, PASSWORD = "a-token-for-tests", "a-key-for-tests", "ann", "a password"

app = FastAPI(title="Shop")


class Colour(StrEnum):
    """Allowed colours."""

    RED = "red"
    BLUE = "blue"


class Size(BaseModel):
    """A nested model."""

    width: Annotated[int, Field(gt=0, le=100, multiple_of=5)]
    weight: Annotated[Decimal, Field(ge=Decimal("0.5"), max_digits=6, decimal_places=2)]


class Card(BaseModel):
    """One way to pay."""

    kind: Literal["card"]
    number: Annotated[str, Field(pattern=r"^\d{4}-\d{4}$")]


class Transfer(BaseModel):
    """Another way to pay."""

    kind: Literal["transfer"]
    iban: Annotated[str, Field(min_length=15, max_length=34, pattern="^[A-Z0-9]+$")]


class Category(BaseModel):
    """A model that contains itself."""

    name: str
    parent: "Category | None" = None
    children: list["Category"]


class Item(BaseModel):
    """A model with many kinds of fields."""

    name: Annotated[str, Field(min_length=8, max_length=20)]
    colour: Colour
    size: Size
    tags: Annotated[set[str], Field(min_length=2, max_length=5)]
    sold_from: date
    changed: datetime
    owner: UUID
    payment: Annotated[Card | Transfer, Field(discriminator="kind")]
    category: Category
    pair: tuple[int, str]
    prices: Annotated[dict[str, float], Field(min_length=1)]
    status: Literal["new", "used"] = "new"
    note: str | None = None
    rating: Annotated[float, Field(gt=0, lt=1)]
    site: HttpUrl
    code: Annotated[str, Field(examples=["EX-1"])]


@app.get("/items")
def list_items(
    colour: Colour,
    at_least: Annotated[int, Query(ge=10)],
    tags: Annotated[list[str], Query()],
    limit: Annotated[int, Query(le=100)] = 10,
    search: Annotated[str, Query(examples=["shoes"])] = "",
) -> dict[str, object]:
    """All items."""
    return {"colour": colour, "at_least": at_least, "tags": tags, "limit": limit, "search": search}


@app.get("/items/{item_id}")
def one_item(item_id: Annotated[int, Path(ge=1)]) -> int:
    """One item."""
    return item_id


@app.get("/owners/{owner}/colours/{colour}/{rest:path}")
def nested(owner: UUID, colour: Colour, rest: str) -> list[str]:
    """Several parameters in a path."""
    return [str(owner), colour, rest]


@app.post("/items", status_code=201)
def add_item(item: Item) -> Item:
    """Adds an item."""
    return item


@app.put("/items/{item_id}")
def change_items(item_id: int, items: list[Size], x_trace: Annotated[str, Header()]) -> int:
    """A body that is a list, and a header."""
    return item_id + len(items) + len(x_trace)


@app.delete("/items/{item_id}", status_code=204)
def drop_item(item_id: int, visitor: Annotated[str, Cookie()]) -> None:
    """No content, and a cookie."""
    assert item_id
    assert visitor


@app.post("/login")
def log_in(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict[str, str]:
    """A form."""
    if form.password != PASSWORD:
        raise HTTPException(401)
    return {"access_token": TOKEN}


@app.post("/upload")
def upload(file: UploadFile, title: Annotated[str, Form()]) -> list[str | None]:
    """A file."""
    return [file.filename, title]


@app.get("/me")
def me(token: Annotated[str, Depends(OAuth2PasswordBearer("login"))]) -> None:
    """OAuth2."""
    if token != TOKEN:
        raise HTTPException(401)


@app.get("/bearer")
def bearer(sent: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> None:
    """A bearer token."""
    if sent.credentials != TOKEN:
        raise HTTPException(401)


@app.get("/key")
def key(sent: Annotated[str, Depends(APIKeyHeader(name="X-Api-Key"))]) -> None:
    """A key in a header."""
    if sent != KEY:
        raise HTTPException(401)


@app.get("/basic")
def basic(sent: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]) -> None:
    """User and password."""
    if (sent.username, sent.password) != (USER, PASSWORD):
        raise HTTPException(401)


@app.get("/events", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
def events() -> StreamingResponse:
    """A stream."""
    return StreamingResponse(iter(["data: 1\n\n"]), media_type="text/event-stream")
