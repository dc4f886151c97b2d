"""Paths to Django REST framework's views."""

from django.urls import path

from targets.apps.django_app import views, views_drf, work_views_drf

urlpatterns = [
    path("health", views_drf.Health.as_view()),
    path("test", views_drf.Hello.as_view()),
    path("tasks", views_drf.Tasks.as_view()),
    path("tasks/<int:number>", views_drf.Task.as_view()),
    path("io-intensive", views_drf.Io.as_view()),
    *work_views_drf.urlpatterns,
]

handler404 = views.not_found
handler500 = views.broken
