"""Django over WSGI for servers that would send a body after the headers of a HEAD request."""

from targets.apps.django_app.wsgi import application as _django
from targets.apps.wsgi_bare import bare

application = bare(_django)
