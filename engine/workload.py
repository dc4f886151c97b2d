"""A workload of the contract as the bytes that users send to one target. Made by the front, once."""

from functools import cache

from engine.client.template import render
from engine.messages import Template
from targets import contract


@cache
def templates_of(workload: str, base_url: str) -> tuple[Template, ...]:
    """The requests of a workload, rendered for a target at `base_url` (`http://127.0.0.1:18000`)."""
    return tuple(
        render(
            base_url,
            method=request.method,
            path=request.path,
            json=request.json,
            name=request.name,
            expect_status=request.expect_status,
            weight=request.weight,
        )
        for request in contract.WORKLOADS[workload].requests
    )
