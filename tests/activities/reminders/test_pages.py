import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
import time_machine
from django.urls import reverse

from activities.emails.models import Email
from activities.reminders import services
from activities.reminders.models import Reminder
from activities.reminders.selectors import PAGE_SIZE
from admin_config.models import Team
from people.models import Group
from tests.factories import make_person, make_user

# Ten in the evening in New York, three in the morning of the next day in UTC.
NOW = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def seller(seller):
    seller.time_zone = "America/New_York"
    seller.save()
    return seller


def remind(owner, subject="Call Ann", **fields):
    defaults = {"kind": Reminder.Kind.CALL, "due_at": NOW + timedelta(minutes=30), "now": NOW}
    return services.create_reminder(owner=owner, subject=subject, **(defaults | fields))


def groups(client, **parameters):
    response = client.get(reverse("reminders:list"), parameters)
    return {
        str(group.label): [reminder.subject for reminder in group.reminders]
        for group in response.context["groups"]
    }


def test_a_step_of_a_campaign_has_all_of_its_day(seller, seller_client):
    # In New York: the day of NOW has gone for 22 hours.
    remind(seller, "yesterday's step", due_at=NOW - timedelta(hours=23), campaign_id=1)
    remind(seller, "step", due_at=NOW - timedelta(hours=21), campaign_id=1)
    remind(seller, "late", due_at=NOW - timedelta(hours=20))

    found = {"Overdue": ["yesterday's step", "late"], "Today": ["step"]}
    assert groups(seller_client) == found
    assert groups(seller_client, due="overdue") == {"Overdue": found["Overdue"]}
    assert groups(seller_client, due="today") == {"Today": found["Today"]}


def test_the_open_ones_are_grouped_by_the_days_of_the_sellers_time_zone(seller, seller_client):
    for hours, subject in [
        (-1, "late"),
        (1, "tonight"),
        (20, "tomorrow"),
        (30, "this week"),
        (24 * 7, "in a week"),
        (24 * 8, "later"),
    ]:
        remind(seller, subject, due_at=NOW + timedelta(hours=hours))
    services.complete_reminder(reminder=remind(seller, "done"), now=NOW)

    assert groups(seller_client) == {
        "Overdue": ["late"],
        "Today": ["tonight"],
        "Tomorrow": ["tomorrow"],
        "Next 7 days": ["this week", "in a week"],
        "Later": ["later"],
    }
    for due, subjects in {
        "overdue": ["late"],
        "today": ["tonight"],
        "tomorrow": ["tomorrow"],
        "week": ["tonight", "tomorrow", "this week", "in a week"],
    }.items():
        shown = groups(seller_client, due=due).values()
        assert [subject for group in shown for subject in group] == subjects


def test_it_narrows_down_to_a_type(seller, seller_client):
    remind(seller, "call")
    remind(seller, "write", kind=Reminder.Kind.EMAIL)

    assert groups(seller_client, kind="EMAIL") == {"Today": ["write"]}
    assert groups(seller_client, kind="NONSENSE") == {"Today": ["call", "write"]}


def test_a_seller_sees_only_their_own_and_an_admin_anybodys(seller, admin, client):
    olga = make_user()
    remind(seller, "sam's")
    remind(olga, "olga's")

    client.force_login(seller)
    assert groups(client, owner=olga.pk) == {"Today": ["sam's"]}
    client.force_login(admin)
    assert groups(client) == {}
    # The admin's own day.
    assert groups(client, owner=olga.pk) == {"Today": ["olga's"]}


def test_more_than_a_page_is_read_on(seller, seller_client, django_assert_max_num_queries):
    person = make_person()
    for minutes in range(PAGE_SIZE + 5):
        due_at = NOW + timedelta(minutes=minutes)
        remind(seller, str(minutes), person=person, due_at=due_at)

    with django_assert_max_num_queries(8):
        first = seller_client.get(reverse("reminders:list"))
    rest = groups(seller_client, after=str(first.context["after"]))

    (subjects,) = rest.values()
    assert subjects == [str(n) for n in range(PAGE_SIZE, PAGE_SIZE + 5)]


def test_an_empty_list_says_what_to_do(seller_client):
    page = seller_client.get(reverse("reminders:list")).content.decode()

    assert "Nothing to be reminded of" in page


@pytest.mark.parametrize(
    ("how", "state"), [("complete", "COMPLETED"), ("skip", "SKIPPED"), ("delete", "DELETED")]
)
def test_it_is_closed_at_once_and_can_be_undone(seller, seller_client, how, state):
    reminder = remind(seller)

    response = seller_client.post(reverse(f"reminders:{how}", args=[reminder.pk]), headers=HTMX)

    reminder.refresh_from_db()
    assert (response.status_code, reminder.state) == (204, state)
    undo = reverse("reminders:reopen", args=[reminder.pk])
    assert undo in response["HX-Trigger"]

    seller_client.post(undo, headers=HTMX)
    reminder.refresh_from_db()
    assert reminder.state == "OPEN"


@pytest.mark.parametrize(
    ("until", "due_at"),
    [
        ("hour", NOW + timedelta(hours=1)),
        # Nine in the morning in New York; it is Tuesday evening there.
        ("tomorrow", datetime(2026, 3, 4, 14, 0, tzinfo=UTC)),
        # The clocks have changed by then.
        ("week", datetime(2026, 3, 9, 13, 0, tzinfo=UTC)),
    ],
)
def test_it_is_put_off_and_brought_back(seller, seller_client, until, due_at):
    reminder = remind(seller)
    url = reverse("reminders:snooze", args=[reminder.pk])

    response = seller_client.post(f"{url}?until={until}", headers=HTMX)

    reminder.refresh_from_db()
    assert reminder.due_at == due_at
    undo = json.loads(response["HX-Trigger"])["toast"]["undo"]
    seller_client.post(undo, headers=HTMX)
    reminder.refresh_from_db()
    assert reminder.due_at == NOW + timedelta(minutes=30)


def test_it_is_put_off_to_a_moment_of_any_offset(seller, seller_client):
    reminder = remind(seller)
    url = reverse("reminders:snooze", args=[reminder.pk])
    query = urlencode({"until": "2027-03-04T03:00:00+23:00"})
    seller_client.post(f"{url}?{query}", headers=HTMX)
    reminder.refresh_from_db()
    assert reminder.due_at == datetime(2027, 3, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize("until", ["", "never", "2026-03-04T03:00", "0001-01-01T00:00:00+00:00"])
def test_it_is_not_put_off_to_nonsense(seller, seller_client, until):
    reminder = remind(seller)
    url = reverse("reminders:snooze", args=[reminder.pk])

    response = seller_client.post(f"{url}?{urlencode({'until': until})}", headers=HTMX)

    assert response.status_code == 400


def test_a_teammate_is_given_one_about_somebody_in_a_group_both_see(seller, seller_client):
    person, mate, stranger = make_person(), make_user(first_name="Mate"), make_user()
    team = Team.objects.create(name="West")
    team.members.set([seller, mate])
    group = Group.objects.create(owner=seller, name="Mine")
    group.people.add(person)
    group.teams.add(team)
    url = f"{reverse('reminders:add')}?person={person.pk}"
    form = {"kind": "CALL", "subject": "Ask", "due_at": "2026-03-05T09:30", "priority": "NORMAL"}

    refused = seller_client.post(url, form | {"owner": stranger.pk}, headers=HTMX)
    seller_client.post(url, form | {"owner": mate.pk}, headers=HTMX)

    assert "Select a valid choice." in refused.text
    assert Reminder.objects.get().owner == mate


def test_without_a_shared_group_there_is_nobody_to_choose(seller_client):
    page = seller_client.get(f"{reverse('reminders:add')}?person={make_person().pk}")

    assert "owner" not in page.context["form"].fields


@pytest.mark.parametrize("how", ["complete", "skip", "delete", "reopen", "edit", "snooze"])
def test_nobody_else_touches_it_not_even_an_admin(seller, admin_client, how):
    reminder = remind(seller)

    response = admin_client.post(reverse(f"reminders:{how}", args=[reminder.pk]))

    assert response.status_code == 404


def test_a_reminder_is_written_for_a_person_in_the_sellers_time(seller, seller_client):
    person = make_person()
    form = {
        "kind": "CALL",
        "subject": "Ask for the signature",
        "due_at": "2026-03-05T09:30",
        "priority": "HIGH",
        "notes": "",
    }

    seller_client.post(f"{reverse('reminders:add')}?person={person.pk}", form)

    reminder = Reminder.objects.get()
    assert (reminder.owner, reminder.person, reminder.priority) == (seller, person, "HIGH")
    assert reminder.due_at == datetime(2026, 3, 5, 14, 30, tzinfo=UTC)


def test_the_keyboard_begins_at_the_subject(seller_client):
    page = seller_client.get(reverse("reminders:add"), headers=HTMX).content.decode()

    (field,) = re.findall(r"<[^>]* autofocus[^>]*>", page)
    assert 'name="subject"' in field


def test_what_is_missing_is_said_beside_the_field(seller_client):
    page = seller_client.post(reverse("reminders:add"), {"kind": "CALL"}, headers=HTMX)

    assert page.status_code == 200
    assert "This field is required." in page.content.decode()


def test_editing_keeps_what_it_is_about(seller, seller_client):
    reminder = remind(seller, person=make_person(), campaign_name="Spring")
    url = reverse("reminders:edit", args=[reminder.pk])
    form = seller_client.get(url).context["form"]

    response = seller_client.post(url, {**form.initial, "subject": "Call Bob"}, headers=HTMX)

    reminder.refresh_from_db()
    assert "closePanel" in response["HX-Trigger"]
    assert (reminder.subject, reminder.campaign_name) == ("Call Bob", "Spring")
    assert reminder.due_at == NOW + timedelta(minutes=30)


def test_saving_a_form_leaves_what_was_edited_elsewhere_meanwhile(seller, seller_client):
    reminder = remind(seller, "Call Ann", notes="Old")
    url = reverse("reminders:edit", args=[reminder.pk])
    page = seller_client.get(url).text
    shown = dict(re.findall(r'name="(initial-[a-z_]+)" value="([^"]*)"', page))
    services.edit_reminder(reminder=reminder, notes="Edited elsewhere", now=NOW)

    form = {**FORM, "subject": "Call Bob", "notes": "Old", "due_at": "2026-03-03T22:30"}
    seller_client.post(url, {**form, **shown}, headers=HTMX)

    reminder.refresh_from_db()
    assert (reminder.subject, reminder.notes) == ("Call Bob", "Edited elsewhere")
    assert reminder.due_at == NOW + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("kind", "begins"),
    [
        ("CALL", "/calls/log/?person="),
        ("EMAIL", "/emails/compose/?person="),
        ("INMAIL", "https://www.linkedin.com/in/ann"),
        ("CUSTOM", "/reminders/"),
    ],
)
def test_a_click_on_its_type_opens_what_is_to_be_done(seller, seller_client, kind, begins):
    person = make_person(linkedin_url="https://www.linkedin.com/in/ann")
    remind(seller, kind=kind, person=person)

    page = seller_client.get(reverse("reminders:list")).content.decode()

    assert f'class="reminder-type" href="{begins}' in page


def test_an_inmail_without_a_profile_leads_to_the_person(seller, seller_client):
    person = make_person(linkedin_url="javascript:alert(1)")
    remind(seller, kind="INMAIL", person=person)

    page = seller_client.get(reverse("reminders:list")).content.decode()

    assert f'class="reminder-type" href="/people/{person.pk}/"' in page


def test_a_persons_panel_shows_their_reminders_and_only_ones_own(seller, seller_client):
    person = make_person()
    remind(seller, "Ask Ann", person=person)
    remind(seller, "Somebody else")
    remind(make_user(), "Olga's", person=person)

    url = reverse("reminders:about", args=[person.pk])
    card = seller_client.get(url, headers={"HX-Request": "true"}).content.decode()
    page = seller_client.get(url).content.decode()

    for shown in (card, page):
        assert "Ask Ann" in shown
        assert "Somebody else" not in shown
        assert "Olga" not in shown


FORM = {"kind": "CALL", "subject": "Ask", "due_at": "2026-03-05T09:30", "priority": "NORMAL"}


def test_the_form_sent_twice_makes_one_reminder(seller_client):
    url = f"{reverse('reminders:add')}?person={make_person().pk}"
    key = seller_client.get(url).context["form"]["key"].value()

    for _attempt in range(2):
        assert seller_client.post(url, {**FORM, "key": key}, headers=HTMX).status_code == 204

    assert Reminder.objects.count() == 1


def test_two_forms_alike_make_two_reminders(seller_client):
    for _attempt in range(2):
        key = seller_client.get(reverse("reminders:add")).context["form"]["key"].value()
        seller_client.post(reverse("reminders:add"), {**FORM, "key": key}, headers=HTMX)

    assert Reminder.objects.count() == 2


def test_people_ticked_in_the_list_get_a_reminder_each_once(seller, seller_client):
    people = [make_person(), make_person()]
    url = reverse("reminders:add-many")
    ticked = {"person": [person.pk for person in people]}

    panel = seller_client.post(url, ticked, headers=HTMX)
    assert "2 reminders, one about each of 2 people." in panel.text
    assert not Reminder.objects.exists()

    key = panel.context["form"]["key"].value()
    for _attempt in range(2):
        seller_client.post(url, {**FORM, **ticked, "key": key, "save": "1"}, headers=HTMX)

    assert {reminder.person for reminder in Reminder.objects.all()} == set(people)
    assert Reminder.objects.filter(owner=seller).count() == 2


def test_too_many_people_at_a_time_are_refused_in_words(seller_client, monkeypatch):
    monkeypatch.setattr("activities.reminders.views.MAX_PEOPLE", 1)
    ticked = {"person": [make_person().pk, make_person().pk]}

    panel = seller_client.post(
        reverse("reminders:add-many"), {**FORM, **ticked, "save": "1"}, headers=HTMX
    )

    assert "Choose fewer." in panel.text
    assert not Reminder.objects.exists()


def test_an_email_leads_to_a_reminder_about_its_person_and_subject(seller, seller_client):
    person = make_person()
    email = Email.objects.create(
        sender=seller,
        person=person,
        state=Email.State.FAILED,
        subject="Prices & terms",
        created_at=NOW,
        updated_at=NOW,
    )
    page = seller_client.get(reverse("emails:email", args=[email.pk])).text
    (query,) = re.findall(r'href="/reminders/add/\?([^"]+)"', page)

    form = seller_client.get(f"{reverse('reminders:add')}?{unescape(query)}").context["form"]

    assert form["subject"].value() == "Prices & terms"
    assert form["kind"].value() == "EMAIL"
    assert f"person={person.pk}" in query
