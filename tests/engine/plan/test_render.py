"""A contract's workload as the bytes that go over the wire."""

import pytest

from engine.plan.render import templates_of
from targets import contract


@pytest.mark.parametrize("workload", sorted(contract.WORKLOADS))
def test_every_request_of_a_workload_is_rendered(workload: str) -> None:
    requests = contract.WORKLOADS[workload].requests
    templates = templates_of(workload, "http://127.0.0.1:18000")
    assert len(templates) == len(requests)
    for request, template in zip(requests, templates, strict=True):
        assert (template.name, template.method, template.weight) == (
            request.name,
            request.method,
            request.weight,
        )
        assert template.expect_status == request.expect_status
        assert template.head.startswith(f"{request.method} {request.path} HTTP/1.1\r\n".encode())
        assert b"\r\nhost: 127.0.0.1:18000\r\n" in template.head.lower()


def test_a_workload_is_rendered_once_for_each_address() -> None:
    one = templates_of("hello", "http://127.0.0.1:18001")
    assert templates_of("hello", "http://127.0.0.1:18001") is one
    assert templates_of("hello", "http://127.0.0.1:18002") != one


def test_a_workload_nobody_knows() -> None:
    with pytest.raises(KeyError):
        templates_of("nothing", "http://127.0.0.1:18000")
