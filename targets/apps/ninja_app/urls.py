"""Paths to sync operations, for WSGI."""

from django.urls import path

from targets.apps.django_app import views
from targets.apps.ninja_app.api import api

urlpatterns = [path("", api.urls)]

handler404 = views.not_found
handler500 = views.broken
