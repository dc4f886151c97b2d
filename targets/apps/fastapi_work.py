"""FastAPI's async endpoints for the workloads with models, an upstream, logins or streams.

`fastapi_work_sync` has them as plain functions.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, Header, Query, Request, Response, WebSocket
from fastapi.responses import StreamingResponse
from pydantic import ValidationError
from starlette.websockets import WebSocketDisconnect

from targets.apps import app_state, tokens, uploads, work
from targets.apps.fastapi_shared import reply
from targets.apps.login import Credentials
from targets.apps.settings import settings
from targets.apps.slow_model import Features
from targets.apps.tokens import Generation
from targets.contract import EVENT_STREAM
from targets.contract.models import event

router = APIRouter()

PICTURE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {"files": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
"""How `/docs` describes a body that the shared code reads."""


async def picture_in(request: Request) -> bytes:
    """The image that a request sends. Raises UnprocessableError."""
    body = await uploads.read_body(request.stream())
    return uploads.picture_of(request.headers.get("content-type", ""), body)


Picture = Annotated[bytes, Depends(picture_in)]
Authorization = Annotated[str, Header(include_in_schema=False)]
Counted = Annotated[str | None, Header(include_in_schema=False)]
Asked = Annotated[Generation, Query()]


@router.get("/io-intensive")
async def io_intensive(x_abreast_count: Counted = None) -> Response:
    """Writes and reads a file, and creates, updates and deletes rows."""
    from targets.apps.records import tortoise_rows  # only targets that need an ORM load it

    return reply(await tortoise_rows.io(is_counted=x_abreast_count == "1"))


@router.post("/api/predict", openapi_extra=PICTURE_BODY)
async def classify(picture: Picture) -> Response:
    """Classifies an image."""
    return reply(await app_state.classifier.classify(picture))


@router.post("/predict")
async def predict(features: Features) -> Response:
    """A prediction of the slow model."""
    return reply(await app_state.slow_model.predict(features))


@router.get("/data")
async def data(background: BackgroundTasks) -> Response:
    """The upstream's answer."""
    answer = await app_state.client().fetch()
    if app_state.has_background:
        background.add_task(app_state.background_task)
    return reply(answer)


@router.post("/login")
async def login(credentials: Credentials) -> Response:
    """Logs in: a token."""
    return reply(app_state.authenticator.login(credentials))


@router.get("/me")
async def me(authorization: Authorization = "") -> Response:
    """The user of a token."""
    return reply(app_state.authenticator.me(authorization))


@router.get("/generate")
async def generate(asked: Asked) -> Response:
    """Tokens, as server-sent events."""
    return StreamingResponse(_events(asked), headers={"content-type": EVENT_STREAM})


async def _events(asked: Generation) -> AsyncIterator[bytes]:
    async for message in tokens.messages(asked):
        yield event(message)


@router.websocket("/ws/generate")
async def generate_ws(socket: WebSocket) -> None:
    """Tokens, as messages."""
    try:
        asked = Generation.model_validate(dict(socket.query_params))
    except ValidationError as error:
        await socket.send_denial_response(reply(work.unprocessable(error.errors(include_url=False))))
        return
    await socket.accept()
    try:
        async for message in tokens.messages(asked):
            await socket.send_text(message)
        await socket.close()
    except WebSocketDisconnect:
        return


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Closes the database connections at shutdown."""
    yield
    rows = sys.modules.get("targets.apps.records.tortoise_rows")
    if rows is not None:
        await rows.close()


if settings().workload == "io":
    import targets.apps.records.tortoise_rows  # noqa: F401 - before the first request, not with it
