import csv
import io

import pytest
from django.urls import reverse
from django.utils import timezone

from admin_config.models import AuditEvent
from syncing.models import SyncProblem, SyncRun
from tests.factories import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def problems(run):
    SyncRun.objects.update(problem_count=150, state="SUCCEEDED", finished_at=timezone.now())
    SyncProblem.objects.bulk_create(
        SyncProblem(
            run=run,
            marketo_id=1_000_000 + number,
            field="phone",
            code="TOO_LONG",
            message=f"=Problem {number}, cut",
            happened_at=timezone.now(),
        )
        for number in range(150)
    )
    return run


def test_run_page_lists_problems_in_pages(admin_client, problems):
    url = reverse("settings:marketo-run", args=[problems.pk])

    first = admin_client.get(url)
    second = admin_client.get(url, {"after": first.context["next_after"]})

    assert len(first.context["problems"]) == 100
    assert len(second.context["problems"]) == 50
    text = first.content.decode()
    assert "150 problems" in text
    assert "<td>1000000</td>" in text
    assert "?after=" in text


def test_problems_after_a_number_without_sense_are_the_first(admin_client, problems):
    url = reverse("settings:marketo-run", args=[problems.pk])

    assert len(admin_client.get(url, {"after": "9" * 5_000}).context["problems"]) == 100


def test_problem_names_the_person_it_is_about(admin_client, problems):
    person = make_person(marketo_id=1_000_000, first_name="Ann", last_name="Example")

    text = admin_client.get(reverse("settings:marketo-run", args=[problems.pk])).content.decode()

    assert f'<a href="{reverse("people:person", args=[person.pk])}">Ann Example</a>' in text


def test_problems_are_exported_as_csv_safe_for_spreadsheets_and_audited(admin_client, problems):
    response = admin_client.get(reverse("settings:marketo-run-problems", args=[problems.pk]))

    lines = b"".join(response).decode("utf-8-sig").splitlines()
    assert len(lines) == 151
    assert lines[0] == "Marketo ID,Field,Code,Problem,When (UTC)"
    assert lines[1].startswith('1000000,phone,TOO_LONG,"\'=Problem 0, cut",')
    assert AuditEvent.objects.get().action == "PROBLEMS_EXPORTED"


@pytest.mark.parametrize("message", ["=1+1", "-2", "\t=1", "\n@x", " =cmd|' /C calc'!A0"])
def test_a_problem_that_reads_like_a_formula_is_exported_as_text(admin_client, run, message):
    SyncProblem.objects.create(run=run, code="ODD", message=message, happened_at=timezone.now())

    response = admin_client.get(reverse("settings:marketo-run-problems", args=[run.pk]))

    _head, (_id, _field, _code, problem, _when) = csv.reader(
        io.StringIO(b"".join(response).decode("utf-8-sig"), newline="")
    )
    assert problem == f"'{message}"
