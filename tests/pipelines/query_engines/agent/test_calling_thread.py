from __future__ import annotations

import asyncio
import threading

import pytest

from pipelines.query_engines.agent.calling_thread import CallingThread


def test_work_is_done_in_the_thread_that_called() -> None:
    thread = CallingThread()
    seen: list[threading.Thread] = []

    async def main() -> int:
        seen.append(threading.current_thread())
        await thread.call(lambda: seen.append(threading.current_thread()))
        return await thread.call(lambda: 41) + 1

    assert thread.run(main) == 42
    assert seen[0] is not threading.current_thread()
    assert seen[1] is threading.current_thread()
    assert not seen[0].is_alive()


def test_it_runs_inside_a_running_loop() -> None:
    async def outer() -> str:
        thread = CallingThread()

        async def main() -> str:
            return await thread.call(lambda: "done")

        return thread.run(main)

    assert asyncio.run(outer()) == "done"


@pytest.mark.parametrize(
    "error", [ValueError("wrong"), KeyboardInterrupt(), asyncio.CancelledError()]
)
def test_what_the_work_raises_is_raised_and_ends_the_coroutine(error: BaseException) -> None:
    thread = CallingThread()
    ended: list[bool] = []

    def work() -> None:
        raise error

    async def main() -> None:
        try:
            await thread.call(work)
        finally:
            ended.append(True)

    with pytest.raises(type(error)):
        thread.run(main)
    assert ended == [True]
    assert "workflow" not in [running.name for running in threading.enumerate()]


def test_what_the_coroutine_raises_is_raised() -> None:
    async def main() -> None:
        raise LookupError("nothing")

    with pytest.raises(LookupError, match="nothing"):
        CallingThread().run(main)


def test_an_end_before_the_loop_is_there_is_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the thread starts: the loop finds out when it begins."""
    thread = CallingThread()
    began = threading.Event()
    begun: list[str] = []
    serve = thread._serve

    def late(main: object) -> None:
        began.wait(10)
        serve(main)  # type: ignore[arg-type]

    class Interrupted:
        def get(self) -> None:
            threading.Timer(0.05, began.set).start()
            raise KeyboardInterrupt

        def put(self, _work: object) -> None: ...

    async def main() -> None:
        begun.append("work")

    monkeypatch.setattr(thread, "_serve", late)
    monkeypatch.setattr(thread, "_waiting", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        thread.run(main)
    assert begun == []
