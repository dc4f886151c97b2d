"""Paths to async views, for ASGI. Django runs the error handlers of both kinds in the same way."""

from django.urls import path

from targets.apps.django_app import io_views_async, views, views_async, work_views_async

urlpatterns = [
    path("health", views_async.health),
    path("test", views_async.hello),
    path("tasks", views_async.tasks),
    path("tasks/<int:number>", views_async.task),
    *io_views_async.urlpatterns,
    *work_views_async.urlpatterns,
]

handler404 = views.not_found
handler500 = views.broken
