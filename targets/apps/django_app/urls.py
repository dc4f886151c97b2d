"""Paths to sync views, for WSGI."""

from django.urls import path

from targets.apps.django_app import io_views, views, work_views

urlpatterns = [
    path("health", views.health),
    path("test", views.hello),
    path("tasks", views.tasks),
    path("tasks/<int:number>", views.task),
    *io_views.urlpatterns,
    *work_views.urlpatterns,
]

handler404 = views.not_found
handler500 = views.broken
