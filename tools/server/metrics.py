"""What the server counts, in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE

from pipelines.answer import Answer
from tools.server.worker import Worker

SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 20, 60, 120, 300)


class Metrics:
    """Counters of one server; nothing in them tells what was asked."""

    content_type = CONTENT_TYPE

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "yomitoki_requests",
            "Responses, by route and status; 499 when the client had gone.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._rejections = Counter(
            "yomitoki_rejections",
            "Requests refused before any work, by reason.",
            ("reason",),
            registry=self._registry,
        )
        self._jobs = Histogram(
            "yomitoki_job_seconds",
            "Seconds of work, by kind and how it ended (done, stopped, failed).",
            ("kind", "ended"),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._stages = Histogram(
            "yomitoki_stage_seconds",
            "Seconds of each stage of answers and searches.",
            ("stage",),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._tokens = Counter(
            "yomitoki_tokens",
            "Tokens that the language model read and wrote.",
            ("side",),
            registry=self._registry,
        )

    def watch(self, workers: Sequence[Worker]) -> None:
        """Show how long the queues of workers are."""
        waiting = Gauge(
            "yomitoki_queue_length",
            "Jobs that wait, by worker.",
            ("worker",),
            registry=self._registry,
        )
        busy = Gauge(
            "yomitoki_working",
            "Whether a job runs, by worker.",
            ("worker",),
            registry=self._registry,
        )
        for worker in workers:
            waiting.labels(worker.name).set_function(partial(getattr, worker, "waiting"))
            busy.labels(worker.name).set_function(partial(getattr, worker, "busy"))

    def request(self, method: str, route: str, status: int) -> None:
        """A response was sent; `route` is the pattern that matched, so that there are few."""
        self._requests.labels(method, route, str(status)).inc()

    def rejection(self, reason: str) -> None:
        """A request was refused; `reason` is an error's code."""
        self._rejections.labels(reason).inc()

    def job(self, kind: str, ended: str, seconds: float) -> None:
        """A job ended."""
        self._jobs.labels(kind, ended).observe(seconds)

    def answer(self, answer: Answer) -> None:
        """A search or an answer was made."""
        for stage, seconds in answer.seconds.items():
            self._stages.labels(stage).observe(seconds)
        self._tokens.labels("prompt").inc(answer.total_usage.prompt_tokens)
        self._tokens.labels("completion").inc(answer.total_usage.completion_tokens)

    def text(self) -> bytes:
        """All of it."""
        return generate_latest(self._registry)
