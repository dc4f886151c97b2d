"""A Django REST framework application; run as a program, it sends the requests of its document to itself.

The document is `drf_shop.yaml`, made by drf-spectacular, which the tests do not need:
`python -m tests.engine.imports.openapi.drf_shop --describe` prints it where that is installed.
"""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import django
from django.conf import settings

HAS_SPECTACULAR = "--describe" in sys.argv

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for tests",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "rest_framework",
        *(["drf_spectacular"] if HAS_SPECTACULAR else []),
    ],
    MIDDLEWARE=[],
    AUTHENTICATION_BACKENDS=[f"{__name__}.Backend"],
    REST_FRAMEWORK={
        "UNAUTHENTICATED_USER": None,
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.BasicAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": [],
        **({"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"} if HAS_SPECTACULAR else {}),
    },
    SPECTACULAR_SETTINGS={"TITLE": "Books", "VERSION": "1"},
)
django.setup()

from django.urls import include, path  # noqa: E402
from rest_framework import permissions, serializers, viewsets  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.routers import DefaultRouter  # noqa: E402

USER, PASSWORD = "ann", "a password"


class Backend:
    """One user with one password."""

    def authenticate(self, request: Any, username: str = "", password: str = "") -> Any:
        """The user, if the password is right."""
        if (username, password) != (USER, PASSWORD):
            return None
        return SimpleNamespace(is_active=True, is_authenticated=True, username=username)


class AuthorSerializer(serializers.Serializer[Any]):
    """A nested serializer."""

    name = serializers.CharField(min_length=3, max_length=40)
    born = serializers.DateField(required=False)


class BookSerializer(serializers.Serializer[Any]):
    """Many kinds of fields."""

    id = serializers.IntegerField(read_only=True)
    title = serializers.CharField(max_length=40)
    kind = serializers.ChoiceField(["novel", "poems"])
    price = serializers.DecimalField(max_digits=6, decimal_places=2)
    changed = serializers.DateTimeField()
    isbn = serializers.RegexField("^[0-9]{9}[0-9X]$")
    pages = serializers.IntegerField(min_value=1, max_value=5000)
    tags = serializers.ListField(child=serializers.CharField(max_length=10), min_length=1)
    shelf = serializers.UUIDField(allow_null=True)
    author = AuthorSerializer()
    mail = serializers.EmailField(required=False)
    slug = serializers.SlugField()


class BookViewSet(viewsets.ViewSet):
    """Answers without a database."""

    serializer_class = BookSerializer

    def list(self, request: Request) -> Response:
        """All books."""
        return Response([])

    def retrieve(self, request: Request, pk: str) -> Response:
        """One book."""
        return Response({"id": pk})

    def create(self, request: Request) -> Response:
        """Adds a book."""
        given = BookSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(given.data, status=201)

    def update(self, request: Request, pk: str) -> Response:
        """Replaces a book."""
        given = BookSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(given.data)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Changes a book."""
        given = BookSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        return Response(given.validated_data and {})

    def destroy(self, request: Request, pk: str) -> Response:
        """Without content."""
        return Response(status=204)


class PrivateViewSet(viewsets.ViewSet):
    """Needs a login."""

    permission_classes = (permissions.IsAuthenticated,)
    serializer_class = AuthorSerializer

    def list(self, request: Request) -> Response:
        """All authors."""
        return Response([])


router = DefaultRouter()
router.register("books", BookViewSet, basename="book")
router.register("authors", PrivateViewSet, basename="author")
urlpatterns = [path("api/", include(router.urls))]


def describe() -> None:
    """Prints the application's document."""
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.renderers import OpenApiYamlRenderer

    schema = SchemaGenerator().get_schema(request=None, public=True)
    sys.stdout.write(OpenApiYamlRenderer().render(schema, renderer_context={}).decode())


if __name__ == "__main__":
    if HAS_SPECTACULAR:
        describe()
    else:
        from tests.engine.imports.openapi.django_requests import report

        document = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
        sys.stdout.write(report(document, {"API_USER": USER, "API_PASSWORD": PASSWORD}))
