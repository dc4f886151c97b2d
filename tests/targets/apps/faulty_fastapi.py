"""The FastAPI target with a path that fails."""

from fastapi import Response

from targets.apps.fastapi_app import app


@app.get("/fault")
async def fault() -> Response:
    """Fails."""
    raise RuntimeError("a fault of the app")
