"""Paths to async views: those of the Django target, except for those with data."""

from django.urls import path

from targets.apps.django_app import views, views_async, work_views_async
from targets.apps.fast_django_app import io_views

urlpatterns = [
    path("health", views_async.health),
    path("test", views_async.hello),
    path("tasks", views_async.tasks),
    path("tasks/<int:number>", views_async.task),
    *io_views.urlpatterns,
    *work_views_async.urlpatterns,
]

handler404 = views.not_found
handler500 = views.broken
