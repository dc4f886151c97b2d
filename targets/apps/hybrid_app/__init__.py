"""FastAPI with Django mounted inside: FastAPI has the API, Django the admin and sync views."""
