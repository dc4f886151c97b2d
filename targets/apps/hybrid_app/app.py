"""The hybrid target: FastAPI's endpoints, and below `/django` all of a Django project.

The Django settings are assigned, not defaulted: the user's shell has no say in them.
"""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "targets.apps.hybrid_app.settings"

from django.core.asgi import get_asgi_application

from targets.apps.fastapi_app import app

app.mount("/django", get_asgi_application())
