"""The FastAPI target as it is where asyncmy is not installed: Tortoise ORM then uses aiomysql."""

import sys

sys.modules["asyncmy"] = None  # type: ignore[assignment]  # what import takes for a missing module

from targets.apps.fastapi_app import app as app  # noqa: E402 - it imports Tortoise ORM
