"""With `api=drf`, every path of the contract is served by a view of Django REST framework."""

import os
import subprocess
import sys

import pytest

from targets import contract

pytest.importorskip("rest_framework")

RESOLVE = """
import sys
import django
django.setup()
from django.urls import resolve
from rest_framework.views import APIView
for path in sys.argv[1:]:
    print(path, issubclass(getattr(resolve(path).func, "view_class", object), APIView))
"""


def test_every_path_is_served_by_the_framework() -> None:
    requests = [each for workload in contract.WORKLOADS.values() for each in workload.requests]
    paths = {
        each.path.partition("?")[0].replace("{id}", "1") for each in requests if each.stream != "websocket"
    }
    environment = os.environ | {
        "ABREAST_API": "drf",
        "DJANGO_SETTINGS_MODULE": "targets.apps.django_app.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", RESOLVE, *sorted(paths)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    )
    assert done.stdout.splitlines() == [f"{path} True" for path in sorted(paths)]
