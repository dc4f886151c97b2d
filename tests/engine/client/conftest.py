"""Client tests run on both loops: uvloop, as workers do, and asyncio's own."""

import pytest


@pytest.fixture(params=[True, False], ids=["uvloop", "asyncio"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """The loop of a test."""
    return "asyncio", {"use_uvloop": request.param}
