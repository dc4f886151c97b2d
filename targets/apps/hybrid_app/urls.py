"""Paths of the Django project inside the hybrid target, all below its mount."""

from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from targets.apps.django_app import io_views, views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("static/<path:path>", serve, {"insecure": True}),
    *io_views.urlpatterns,
    path("health", csrf_exempt(views.health)),
    path("test", csrf_exempt(views.hello)),
    path("tasks", csrf_exempt(views.tasks)),
    path("tasks/<int:number>", csrf_exempt(views.task)),
]

handler404 = views.not_found
handler500 = views.broken
