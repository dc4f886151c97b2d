"""The hybrid target: FastAPI's endpoints, and a Django project below `/django`.

The Django settings are assigned, not defaulted: the shell's environment cannot change them.
"""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "targets.apps.hybrid_app.settings"

from django.core.asgi import get_asgi_application

from targets.apps.fastapi_app import app

app.mount("/django", get_asgi_application())
