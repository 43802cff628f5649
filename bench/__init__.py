"""Repeatable measurements; each prints a table. Compared things run interleaved, and ratios are what to quote."""

from __future__ import annotations

from collections.abc import Callable

from lab.jobs import Jobs, JobView


def finished(jobs: Jobs, submit: Callable[[], JobView]) -> JobView:
    """The job that ``submit`` starts or finds, once done; one that broke off goes on. Ends the bench otherwise."""
    view = submit()
    if view.is_final and view.state != "done":
        view = jobs.resume(view.id)
    view = jobs.wait(view.id)
    if view.state != "done":
        raise SystemExit(f"{view.id} {view.state}: {view.status.error}\n{jobs.log(view.id, 20)}")
    return view
