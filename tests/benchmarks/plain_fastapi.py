"""The five lines that our FastAPI target is held against."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/test")
async def hello() -> dict[str, str]:
    """A static JSON object."""
    return {"message": "Hello, world!"}


@app.get("/health")
async def health() -> dict[str, str]:
    """It is well."""
    return {"status": "ok"}
