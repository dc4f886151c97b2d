"""Static files and health probes are known by their paths."""

import pytest

from engine.imports.path_kinds import is_health_path, is_static_path, is_static_type


@pytest.mark.parametrize(
    "path", ["/static/app.css", "/a/b.min.JS", "/favicon.ico", "/f/r.woff2", "/robots.txt"]
)
def test_static_files(path: str) -> None:
    assert is_static_path(path)


@pytest.mark.parametrize("path", ["/", "/items", "/items/17.json", "/report.pdf", "/js", "/a.css/edit"])
def test_what_a_server_makes_is_not_static(path: str) -> None:
    assert not is_static_path(path)


def test_static_content_types() -> None:
    assert is_static_type("image/png")
    assert is_static_type("application/javascript")
    assert not is_static_type("application/json")
    assert not is_static_type("text/html")


@pytest.mark.parametrize("path", ["/health", "/healthz", "/readyz", "/-/health", "/actuator/health", "/ping"])
def test_health_probes(path: str) -> None:
    assert is_health_path(path)


@pytest.mark.parametrize("path", ["/", "/health/insurance", "/shipping", "/statuses"])
def test_other_paths_are_no_health_probes(path: str) -> None:
    assert not is_health_path(path)
