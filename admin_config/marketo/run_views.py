"""A sync run on a page of its own, with its problems."""

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from admin_config import audit
from admin_config.access import SignedInRequest, admin_required
from admin_config.csv_files import csv_response
from admin_config.marketo.progress import RunProgress
from people.models import Person
from people.selection import is_id
from syncing.models import SyncProblem, SyncRun
from syncing.selectors import recent_runs

PAGE_SIZE = 100


@require_safe
@admin_required
def run_detail(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = get_object_or_404(recent_runs(), pk=run_id)
    after = request.GET.get("after", "")
    problems = run.problems.order_by("id")
    if is_id(after):
        problems = problems.filter(id__gt=int(after))
    page = list(problems[: PAGE_SIZE + 1])
    context = {
        "run": run,
        "progress": RunProgress(run),
        "problems": _with_people(page[:PAGE_SIZE]),
        "next_after": page[PAGE_SIZE - 1].pk if len(page) > PAGE_SIZE else None,
        "is_first_page": not after,
    }
    return render(request, "admin_config/marketo/run.html", context)


@require_safe
@admin_required
def run_problems_csv(request: SignedInRequest, run_id: int) -> StreamingHttpResponse:
    run = get_object_or_404(SyncRun, pk=run_id)
    audit.record(
        actor=request.user,
        action=audit.Action.PROBLEMS_EXPORTED,
        target=str(run),
        details={"problems": run.problem_count},
        now=timezone.now(),
    )
    return csv_response(
        name=f"sync-problems-{run.pk}",
        header=("Marketo ID", "Field", "Code", "Problem", "When (UTC)"),
        rows=map(_problem_row, run.problems.order_by("id").iterator()),
    )


def _with_people(problems: list[SyncProblem]) -> list[tuple[SyncProblem, Person | None]]:
    """Each problem with the person it is about, if that person is here."""
    ids = [problem.marketo_id for problem in problems if problem.marketo_id]
    people = Person.objects.in_bulk(ids, field_name="marketo_id")
    return [(problem, people.get(problem.marketo_id)) for problem in problems]


def _problem_row(problem: SyncProblem) -> list[str | int]:
    return [
        problem.marketo_id or "",
        problem.field,
        problem.code,
        problem.message,
        problem.happened_at.isoformat(timespec="seconds"),
    ]
