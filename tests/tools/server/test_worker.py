"""The queue of a worker without a server: order, bound, Retry-After, an end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from pipelines.errors import StoppedError
from tools.server.failures import ApiError
from tools.server.jobs import Broke, Done, Event, Job, Piece, Stage
from tools.server.worker import FIRST_GUESS_SECONDS, Worker


class Heard(list[Event]):
    """The events of a job; `ended` is set by its last one."""

    def __init__(self) -> None:
        self.ended = threading.Event()

    def __call__(self, event: Event) -> None:
        self.append(event)
        if isinstance(event, Done | Broke):
            self.ended.set()


def job(work: Callable[[Job], object], seconds: float = 60.0) -> tuple[Job, Heard]:
    heard = Heard()
    return Job("test", work, seconds, heard), heard


def test_jobs_run_in_order_in_one_thread_and_report() -> None:
    ended: list[tuple[str, str]] = []
    names: list[str] = []

    def write(running: Job) -> str:
        running.on_stage("writing")
        running.on_piece("a")
        names.append(threading.current_thread().name)
        return "done"

    def fail(_: Job) -> None:
        raise ValueError("no")

    worker = Worker("one", 5, lambda kind, how, _: ended.append((kind, how)))
    first, heard_first = job(write)
    second, heard_second = job(fail)
    third, heard_third = job(write)
    for each in (first, second, third):
        worker.submit(each)
    worker.start()
    assert heard_third.ended.wait(10)
    worker.close()
    assert worker.join(10)
    assert heard_first == [Stage("writing"), Piece("a"), Done("done")]
    (broke,) = heard_second
    assert isinstance(broke, Broke)
    assert isinstance(broke.error, ValueError)
    assert ended == [("test", "done"), ("test", "failed"), ("test", "done")]
    assert names == ["worker-one"] * 2


def test_retry_after_is_the_mean_of_what_jobs_took_times_the_queue() -> None:
    worker = Worker("one", 2, lambda *_: None)
    for _ in range(2):
        worker.submit(job(lambda _: None)[0])
    with pytest.raises(ApiError) as full:
        worker.submit(job(lambda _: None)[0])
    assert full.value.status == 429
    assert full.value.headers["Retry-After"] == str(int(3 * FIRST_GUESS_SECONDS))
    worker._seconds.extend([1.0, 2.5])  # a mean of 1.75 s, three jobs to go: 5.25 s
    with pytest.raises(ApiError) as full:
        worker.submit(job(lambda _: None)[0])
    assert full.value.headers["Retry-After"] == "6"


def test_what_nobody_waits_for_is_not_begun_and_takes_no_place() -> None:
    worker = Worker("one", 1, lambda *_: None)
    left, heard_left = job(lambda _: None)
    late, heard_late = job(lambda _: None, seconds=0.01)
    worker.submit(left)
    left.cancel()
    worker.submit(late)
    time.sleep(0.02)
    last, heard_last = job(lambda _: "done")
    worker.submit(last)
    worker.start()
    assert heard_last.ended.wait(10)
    assert not heard_left
    assert not heard_late
    worker.close()
    assert worker.join(10)


def test_a_job_ends_at_its_next_stage_once_it_is_cancelled() -> None:
    ended: list[str] = []
    began = threading.Event()

    def work(running: Job) -> None:
        began.set()
        while True:
            running.on_stage("again")
            time.sleep(0.01)

    worker = Worker("one", 1, lambda _, how, __: ended.append(how))
    worker.start()
    endless, heard = job(work)
    worker.submit(endless)
    assert began.wait(10)
    endless.cancel()
    assert heard.ended.wait(10)
    *stages, broke = heard
    assert set(stages) <= {Stage("again")}
    assert isinstance(broke, Broke)
    assert isinstance(broke.error, StoppedError)
    worker.close()
    assert worker.join(10)
    assert ended == ["stopped"]


def test_closing_refuses_what_waits_and_what_comes_and_cleans_up_in_the_thread() -> None:
    cleaned: list[str] = []
    worker = Worker(
        "one", 5, lambda *_: None, lambda: cleaned.append(threading.current_thread().name)
    )
    waiting, heard = job(lambda _: None)
    worker.submit(waiting)
    worker.close()
    (refused,) = heard
    assert isinstance(refused, Broke)
    assert isinstance(refused.error, ApiError)
    assert refused.error.status == 503
    with pytest.raises(ApiError, match="shutting down"):
        worker.submit(job(lambda _: None)[0])
    worker.start()
    assert worker.join(10)
    assert cleaned == ["worker-one"]
