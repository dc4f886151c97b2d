"""The Django target: one project, served over WSGI (sync views) or ASGI (async views)."""
