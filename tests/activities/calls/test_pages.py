import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from activities.calls.models import Call, CallOutcome, CallSettings
from activities.calls.services import log_call, start_call
from activities.models import Activity
from activities.reminders.models import Reminder
from activities.reminders.services import create_reminder
from tests.activities.logged import NOW
from tests.factories import make_person, make_user

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
LOG = "/calls/log/"
START = "/calls/start/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def person(db):
    return make_person(first_name="Ann", last_name="Lee", phone="(415) 555-0100")


def log(person, caller, **fields):
    defaults = {"status": "COMPLETED", "called_at": NOW, "now": NOW}
    return log_call(person=person, caller=caller, **(defaults | fields))


def text_of(response):
    assert response.status_code == 200
    return response.content.decode()


def test_the_panel_comes_with_the_persons_number_ready_to_dial(person, seller_client):
    panel = text_of(seller_client.get(LOG, {"person": person.pk}, headers=HTMX))

    assert 'value="(415) 555-0100"' in panel
    assert 'href="tel:+1-415-555-0100"' in panel
    assert "does not look like a phone number" not in panel


def test_a_number_that_cannot_be_read_is_warned_of_once_it_is_called(seller_client):
    person = make_person(phone="ask for Ann")
    url = f"{LOG}?person={person.pk}"
    warning = "does not look like a phone number"

    assert warning not in text_of(seller_client.get(url))
    started = seller_client.post(
        f"{START}?person={person.pk}", {"phone_number": person.phone}, headers=HTMX
    )
    assert warning in text_of(started)
    assert warning in text_of(seller_client.get(url))


def test_a_number_that_cannot_be_read_is_logged_as_it_is(seller_client):
    person = make_person(phone="")
    form = {"phone_number": "ask for Ann", "status": "COMPLETED", "called_at": "2026-03-04T10:00"}

    seller_client.post(f"{LOG}?person={person.pk}", form)

    assert Call.objects.get().phone_number == "ask for Ann"


def test_without_a_number_the_panel_says_that_none_is_known(person, seller_client):
    hint = "No phone number is known."

    assert hint not in text_of(seller_client.get(LOG, {"person": person.pk}))
    nobody = make_person(phone="")
    assert hint in text_of(seller_client.get(LOG, {"person": nobody.pk}))


def test_a_call_that_was_made_is_logged_in_the_sellers_time_zone(person, seller, seller_client):
    seller.time_zone = "America/New_York"
    seller.save()
    form = {
        "phone_number": person.phone,
        "status": "NO_ANSWER",
        "called_at": "2026-03-04T05:00",
        "duration_seconds": "2:13",
        "notes": "Try again on Monday",
    }

    response = seller_client.post(f"{LOG}?person={person.pk}", form, headers=HTMX)

    call = Call.objects.get()
    assert (call.state, call.caller, call.status) == ("LOGGED", seller, "NO_ANSWER")
    assert call.called_at == NOW - timedelta(minutes=30)
    assert (call.duration_seconds, call.notes) == (133, "Try again on Monday")
    assert {"callsChanged", "closePanel", "toast"} <= json.loads(response["HX-Trigger"]).keys()


def test_a_form_that_is_sent_twice_is_one_call(person, seller_client):
    panel = text_of(seller_client.get(LOG, {"person": person.pk}, headers=HTMX))
    key = re.search(r'name="key" value="([0-9a-f-]+)"', panel)[1]
    form = {"key": key, "status": "COMPLETED", "called_at": "2026-03-04T10:00"}

    for _ in range(2):
        response = seller_client.post(f"{LOG}?person={person.pk}", form, headers=HTMX)
        assert "is logged" in response["HX-Trigger"]

    assert Call.objects.count() == Activity.objects.count() == 1


def test_the_forms_of_two_calls_are_two_calls(person, seller_client):
    for _ in range(2):
        panel = text_of(seller_client.get(LOG, {"person": person.pk}, headers=HTMX))
        key = re.search(r'name="key" value="([0-9a-f-]+)"', panel)[1]
        form = {"key": key, "status": "COMPLETED", "called_at": "2026-03-04T10:00"}
        seller_client.post(f"{LOG}?person={person.pk}", form)

    assert Call.objects.count() == Activity.objects.count() == 2


def test_a_form_that_is_sent_again_after_its_call_was_logged_starts_none(person, seller_client):
    form = {"key": str(uuid4()), "status": "COMPLETED", "called_at": "2026-03-04T10:00"}
    seller_client.post(f"{LOG}?person={person.pk}", form)

    response = seller_client.post(f"/calls/start/?person={person.pk}", form, headers=HTMX)

    assert "is logged" in response["HX-Trigger"]
    assert Call.objects.get().state == Call.State.LOGGED


def test_logging_from_a_persons_panel_leads_back_to_it(person, seller_client):
    form = {"status": "COMPLETED", "called_at": "2026-03-04T10:00"}
    headers = {**HTMX, "HX-Current-URL": f"http://testserver/people/?person={person.pk}"}

    response = seller_client.post(f"{LOG}?person={person.pk}", form, headers=headers)

    location = json.loads(response["HX-Location"])
    assert location["path"] == reverse("people:person", args=[person.pk])


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("2:13", 133), ("1:02:13", 3733), ("5", 300), ("0:07", 7), ("", None)],
)
def test_durations_are_written_as_people_do(person, seller_client, written, seconds):
    form = {
        "status": "COMPLETED",
        "called_at": "2026-03-04T10:00",
        "duration_seconds": written,
    }
    seller_client.post(f"{LOG}?person={person.pk}", form)

    assert Call.objects.get().duration_seconds == seconds


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"status": ""}, "This field is required."),
        ({"called_at": "2026-03-05T10:00"}, "A call that is logged has already begun."),
        ({"duration_seconds": "long"}, "Write it as minutes and seconds: 2:13."),
        ({"duration_seconds": "25:00:00"}, "A call lasts 24 hours at most."),
        ({"recording_url": "http://calls.example.com/1"}, "begins with https://"),
        ({"notes": "nul \x00"}, "Null characters are not allowed."),
    ],
)
def test_what_is_wrong_stands_beside_its_field(person, seller_client, change, says):
    form = {"status": "COMPLETED", "called_at": "2026-03-04T10:00", "notes": "Kept"} | change

    panel = text_of(seller_client.post(f"{LOG}?person={person.pk}", form, headers=HTMX))

    assert says in panel
    assert not Call.objects.exists()


def test_outcomes_are_asked_as_the_admins_set_it(person, seller_client):
    outcome = CallOutcome.objects.create(name="Interested", is_answered=True)
    CallOutcome.objects.create(name="Old one", is_answered=True, retired_at=NOW)
    assert "Interested" not in text_of(seller_client.get(LOG, {"person": person.pk}))

    CallSettings.objects.create(pk=1, outcomes="REQUIRED")
    panel = text_of(seller_client.get(LOG, {"person": person.pk}))
    assert "Interested" in panel
    assert "Old one" not in panel

    form = {"status": "COMPLETED", "called_at": "2026-03-04T10:00"}
    seller_client.post(f"{LOG}?person={person.pk}", form)
    assert not Call.objects.exists()

    seller_client.post(f"{LOG}?person={person.pk}", {**form, "outcome": outcome.pk})
    assert Activity.objects.get().subject == "Interested"


def test_a_started_call_shows_on_every_page_until_it_is_logged(person, seller_client, clock):
    start = f"{reverse('calls:start')}?person={person.pk}"
    seller_client.post(start, {"phone_number": person.phone, "notes": "before"}, headers=HTMX)
    clock.shift(133)

    page = text_of(seller_client.get(reverse("people:list")))
    assert "Call with Ann Lee" in page
    assert 'data-elapsed="133"' in page

    call = Call.objects.get()
    panel = text_of(seller_client.post(reverse("calls:end", args=[call.pk]), {"notes": "during"}))
    assert 'value="2:13"' in panel
    assert "during" in panel

    seller_client.post(f"{LOG}?call={call.pk}", {"status": "COMPLETED", "duration_seconds": "2:13"})
    call.refresh_from_db()
    assert (call.state, call.called_at, call.duration_seconds) == ("LOGGED", NOW, 133)
    assert "call-strip-link" not in text_of(seller_client.get(reverse("people:list")))


def test_what_is_typed_during_a_call_is_kept(person, seller, seller_client):
    call = start_call(person=person, caller=seller, now=NOW)
    url = reverse("calls:draft", args=[call.pk])

    assert seller_client.post(url, {"notes": "Half a sen"}, headers=HTMX).status_code == 204

    assert "Half a sen" in text_of(seller_client.get(LOG, {"person": person.pk}))


def test_the_panel_follows_when_the_provider_says_the_call_is_over(person, seller, seller_client):
    call = start_call(person=person, caller=seller, now=NOW)
    url = reverse("calls:draft", args=[call.pk])
    Call.objects.filter(pk=call.pk).update(status="NO_ANSWER", duration_seconds=0)

    panel = text_of(seller_client.post(url, {"is_running": "1", "notes": "x"}, headers=HTMX))

    assert '<option value="NO_ANSWER" selected>' in panel


def test_a_discarded_call_leaves_nothing(person, seller, seller_client):
    call = start_call(person=person, caller=seller, now=NOW)

    seller_client.post(reverse("calls:discard", args=[call.pk]), headers=HTMX)

    assert not Call.objects.exists()
    assert not Activity.objects.exists()


@pytest.mark.parametrize("name", ["draft", "end", "discard"])
def test_nobody_elses_call_in_progress_is_touched(person, seller_client, name):
    call = start_call(person=person, caller=make_user(), now=NOW)

    assert seller_client.post(reverse(f"calls:{name}", args=[call.pk])).status_code == 404
    assert Call.objects.get().duration_seconds is None


def test_from_a_reminder_the_call_closes_it(person, seller, seller_client):
    reminder = create_reminder(
        owner=seller,
        person=person,
        kind=Reminder.Kind.CALL,
        subject="Call about the renewal",
        due_at=NOW,
        now=NOW,
    )
    url = f"{LOG}?reminder={reminder.pk}"
    assert "Call about the renewal" in text_of(seller_client.get(url))

    seller_client.post(url, {"status": "COMPLETED", "called_at": "2026-03-04T10:00"})

    reminder.refresh_from_db()
    assert reminder.state == "COMPLETED"


def test_a_call_that_had_begun_closes_the_reminder_it_is_opened_from(person, seller, seller_client):
    reminder = create_reminder(
        owner=seller, person=person, kind="CALL", subject="Call", due_at=NOW, now=NOW
    )
    call = start_call(person=person, caller=seller, now=NOW)
    query = f"call={call.pk}&amp;reminder={reminder.pk}"
    assert f"{LOG}?{query}" in text_of(seller_client.get(LOG, {"reminder": reminder.pk}))

    end = f"{reverse('calls:end', args=[call.pk])}?{query.replace('&amp;', '&')}"
    assert f"{LOG}?{query}" in text_of(seller_client.post(end, headers=HTMX))
    seller_client.post(f"{LOG}?{query.replace('&amp;', '&')}", {"status": "COMPLETED"})

    reminder.refresh_from_db()
    assert reminder.state == "COMPLETED"


@pytest.mark.parametrize("query", ["", "person=x", "person=987654321", "reminder=1", "call=1"])
def test_without_somebody_to_call_there_is_no_panel(seller_client, query):
    assert seller_client.get(f"{LOG}?{query}").status_code == 404


def test_whoever_has_left_cannot_be_called(seller_client):
    gone = make_person(removed_reason="DELETED")

    assert seller_client.post(f"{reverse('calls:start')}?person={gone.pk}").status_code == 404


def test_a_number_in_the_list_of_people_opens_the_panel(person, seller_client):
    page = text_of(seller_client.get(reverse("people:list")))

    assert f'hx-get="{LOG}?person={person.pk}" hx-target="#panel">(415) 555-0100</a>' in page


def names_on(client, **parameters):
    response = client.get(reverse("calls:list"), parameters)
    return [call.person.last_name for call in response.context["page"].rows]


def test_a_seller_lists_their_own_calls_and_an_admin_everybodys(seller, admin, client):
    olga = make_user()
    log(make_person(last_name="Sam's"), seller)
    log(make_person(last_name="Olga's"), olga, called_at=NOW - timedelta(hours=1))

    client.force_login(seller)
    assert names_on(client) == ["Sam's"]
    assert names_on(client, caller=olga.pk) == ["Sam's"]
    client.force_login(admin)
    assert names_on(client) == ["Sam's", "Olga's"]
    assert names_on(client, caller=olga.pk) == ["Olga's"]


def test_the_list_narrows_down(seller, seller_client):
    CallSettings.objects.create(pk=1, outcomes="OPTIONAL")
    outcome = CallOutcome.objects.create(name="Interested", is_answered=True)
    log(make_person(last_name="A"), seller, outcome=outcome)
    log(make_person(last_name="B"), seller, status="NO_ANSWER")
    log(make_person(last_name="C"), seller, called_at=NOW - timedelta(days=30))

    assert names_on(seller_client, outcome=outcome.pk) == ["A"]
    assert names_on(seller_client, status="NO_ANSWER") == ["B"]
    assert set(names_on(seller_client, since="2026-03-01")) == {"A", "B"}
    assert names_on(seller_client, status="nonsense", since="x") == ["B", "A", "C"]


def test_the_list_pages_and_takes_few_queries(seller, seller_client, django_assert_max_num_queries):
    for minutes in range(60):
        log(make_person(), seller, called_at=NOW - timedelta(minutes=minutes))

    with django_assert_max_num_queries(8):
        first = seller_client.get(reverse("calls:list"))
    rest = names_on(seller_client, cursor=str(first.context["page"].next))

    assert len(rest) == 10


def test_an_empty_list_says_what_to_do(seller_client):
    assert "No calls yet" in text_of(seller_client.get(reverse("calls:list")))


def test_only_the_notes_of_a_logged_call_can_be_changed_and_only_by_its_caller(
    person, seller, other_seller, client
):
    call = log(person, seller, notes="before")
    url = reverse("calls:call", args=[call.pk])
    change = {"notes": "after", "status": "FAILED"}

    client.force_login(other_seller)
    assert client.post(url, change).status_code == 403
    client.force_login(seller)
    client.post(url, change)

    call.refresh_from_db()
    assert (call.notes, call.status) == ("after", "COMPLETED")
    assert "only its notes can be changed" in text_of(client.get(url))


def test_notes_are_shown_as_text(person, seller, seller_client):
    call = log(person, seller, notes="<script>alert(1)</script>")

    page = text_of(seller_client.get(reverse("calls:call", args=[call.pk])))

    assert "<script>alert(1)" not in page


def test_the_timeline_leads_to_the_call(person, seller, seller_client):
    call = log(person, seller)

    page = text_of(seller_client.get(reverse("activities:timeline", args=[person.pk])))

    assert f'href="/calls/{call.pk}/"' in page
