"""The Django Ninja targets: its API in a Django project, over WSGI (sync operations) or ASGI (async ones)."""
