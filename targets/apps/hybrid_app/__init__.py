"""FastAPI with Django mounted inside: FastAPI answers the API, Django has the admin and sync views."""
