"""An image is made once for all who ask meanwhile, and a failure is everyone's, once."""

import anyio
import pytest

from targets.errors import TargetError
from targets.runtime.containers.single_flight import SharedWork

pytestmark = pytest.mark.anyio


class Builder:
    """Builds when it is let; counts how often."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.begun = 0
        self.may_end = anyio.Event()

    async def build(self) -> str:
        self.begun += 1
        await self.may_end.wait()
        if self.fails:
            raise TargetError("no base image", why="not found", hint="pull it")
        return f"image:{self.begun}"


async def ask_all(shared: SharedWork[str], builder: Builder, *names: str) -> dict[str, str]:
    """What each gets: the image, or the error."""
    got: dict[str, str] = {}

    async def ask(name: str) -> None:
        try:
            got[name] = await shared.get("image", builder.build, asker=name)
        except TargetError as error:
            got[name] = str(error)

    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            for name in names:
                group.start_soon(ask, name)
            await anyio.wait_all_tasks_blocked()
            builder.may_end.set()
    return got


async def test_one_build_serves_all_who_ask_meanwhile() -> None:
    builder = Builder()
    assert await ask_all(SharedWork[str](), builder, "a", "b", "c") == dict.fromkeys("abc", "image:1")
    assert builder.begun == 1


async def test_a_failure_is_told_to_all_and_not_repeated_by_one_who_comes_late() -> None:
    shared, builder = SharedWork[str](), Builder(fails=True)
    got = await ask_all(shared, builder, "a", "b")
    assert set(got.values()) == {"no base image\n  why:  not found\n  hint: pull it"}
    assert await ask_all(shared, builder, "late") == {"late": got["a"]}
    assert builder.begun == 1


async def test_who_asks_again_has_it_tried_again() -> None:
    shared, builder = SharedWork[str](), Builder(fails=True)
    await ask_all(shared, builder, "a", "b")
    builder.fails = False
    assert await ask_all(shared, builder, "a", "b") == dict.fromkeys("ab", "image:2")
    builder.fails = True
    assert "no base image" in (await ask_all(shared, builder, "b"))["b"], "it looks anew"


async def test_where_the_one_who_builds_is_cancelled_another_takes_over() -> None:
    shared, builder = SharedWork[str](), Builder()
    got: list[str] = []

    async def ask(name: str) -> None:
        got.append(await shared.get("image", builder.build, asker=name))

    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            with anyio.CancelScope() as first:
                async with anyio.create_task_group() as cancelled:
                    cancelled.start_soon(ask, "a")
                    await anyio.wait_all_tasks_blocked()
                    group.start_soon(ask, "b")
                    await anyio.wait_all_tasks_blocked()
                    first.cancel()
            builder.may_end.set()
    assert got == ["image:2"]


async def test_callers_without_a_name_share_a_failure_but_not_an_earlier_one() -> None:
    done: list[int] = []
    failed: list[TargetError] = []
    go_on = anyio.Event()

    async def work() -> None:
        done.append(1)
        await go_on.wait()
        if len(done) == 1:
            raise TargetError("it cannot be had")

    shared = SharedWork[None]()

    async def want() -> None:
        try:
            await shared.get("database", work)
        except TargetError as error:
            failed.append(error)

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(want)
        await anyio.wait_all_tasks_blocked()
        go_on.set()
    assert (len(done), len(failed)) == (1, 3)

    await shared.get("database", work)
    assert len(done) == 2, "whoever comes later tries again"
