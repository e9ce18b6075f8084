"""The reports of evaluations in the home: which there are, and one as a closed-off page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from starlette.responses import HTMLResponse

from pipelines.home import evaluations_directory
from tools.server.failures import ApiError
from tools.server.page.content_policy import report_policy

REPORT = "report.html"
LONGEST_REPORT = 200 * 1024 * 1024


@dataclass(frozen=True)
class Report:
    """The report of a suite, named after it; `written` is in UTC."""

    name: str
    path: Path
    written: datetime


def reports(home: Path) -> list[Report]:
    """All reports, the newest first."""
    found = []
    for path in evaluations_directory(home).glob(f"*/{REPORT}"):
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        found.append(Report(path.parent.name, path, written))
    return sorted(found, key=lambda report: report.written, reverse=True)


def report_page(home: Path, name: str) -> HTMLResponse:
    """A report, in an origin of its own: its script can reach neither the page nor any host.

    Raises:
        ApiError: There is none of that name, or it is no report.
    """
    path = next((report.path for report in reports(home) if report.name == name), None)
    if path is None or path.stat().st_size > LONGEST_REPORT:
        raise ApiError(404, "report: none of this name", "not_found")
    html = path.read_text(encoding="utf-8", errors="replace")
    return HTMLResponse(html, headers={"Content-Security-Policy": report_policy(html)})
