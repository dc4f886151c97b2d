"""Django on ASGI with another ORM. The settings are assigned: the shell's environment cannot change them."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "targets.apps.fast_django_app.settings"

from django.core.asgi import get_asgi_application

from targets.apps import io_async
from targets.apps.asgi_wrapper import AsgiWrapper

application = AsgiWrapper(get_asgi_application(), shutdown=io_async.close)
