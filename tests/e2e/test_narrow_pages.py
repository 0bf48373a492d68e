"""On a phone every page is of use: no button lies out of sight, to be scrolled to sideways."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import assert_accessible, running_app

SETUP = """
from django.contrib.auth import get_user_model
from django.utils import timezone
from actions_app.launcher.demo_content import add_content
from activities.emails import identities
from activities.reminders.services import create_reminder
from admin_config.api_tokens import create_api_token
from admin_config.teams.services import create_team
from people.groups import create_group
from syncing.delivery.models import Delivery
from tests.factories import make_people
from tests.syncing.delivery.driving import record_mixed

now = timezone.now()
admin = get_user_model().objects.get()
people = make_people(3, phone="555", title="Head of Procurement and Logistics")
create_group(owner=admin, name="Prospects of the fair in the autumn")
subject = "Ask about the renewal of the contract"
create_reminder(owner=admin, kind="CALL", subject=subject, due_at=now, person=people[0], now=now)
create_api_token(user=admin, name="Reports of the sales operations", now=now)
create_team(name="Sales development in the north", by=admin, now=now)
for number in 1, 2:
    address = f"ada.admin.{number}@northern-sales.example.com"
    identities.add(user=admin, name="Ada Admin", address=address, now=now)
add_content(owner=admin, now=now)
record_mixed(people, admin, 7)
reason = "Say why first: Reason_For_The_Follow_Up_In_The_Next_Quarter__c is empty"
Delivery.objects.update(
    state="PARKED", code="FIELD_CUSTOM_VALIDATION_EXCEPTION", reason=reason, settled_at=now
)
print(people[0].pk)
"""

PAGES = (
    "/people/",
    "/people/{person}/",
    "/people/?person={person}",
    "/people/unsubscribe/?person={person}",
    "/calls/",
    "/calls/log/?person={person}",
    "/emails/",
    "/emails/compose/?person={person}",
    "/reminders/",
    "/campaigns/",
    "/campaigns/1/",
    "/templates/",
    "/templates/1/",
    "/templates/categories/",
    "/settings/profile/",
    "/settings/my-email/",
    "/settings/email/",
    "/settings/users/",
    "/settings/teams/",
    "/settings/calls/",
    "/settings/unsubscribes/salesforce/",
    "/settings/diagnostics/",
    "/settings/diagnostics/failures/?source=marketo-activities",
)
PHONE, TABLET, SCREEN = 360, 768, 1280

OUT_OF_SIGHT = """() => {
  const page = document.documentElement;
  const buttons = "main :is(button, summary, .btn), dialog[open] :is(button, summary, .btn)";
  return [...document.querySelectorAll(buttons)]
    .filter((button) => button.checkVisibility({ contentVisibilityAuto: true }))
    .filter((button) => {
      const place = button.getBoundingClientRect();
      return place.left < 0 || place.right > page.clientWidth;
    })
    .map((button) => button.textContent.trim())
    .concat(page.scrollWidth > page.clientWidth ? ["the page itself"] : []);
}"""


@pytest.fixture(scope="module")
def person():
    """Gets the id of a person."""
    return {}


@pytest.fixture(scope="module")
def app(tmp_path_factory, person):
    with running_app(tmp_path_factory.mktemp("e2e-narrow")) as app:
        person["person"] = app.manage("shell", "--command", SETUP).split()[-1]
        yield app


def test_no_button_is_out_of_sight_however_narrow_the_screen(admin_page, person):
    found = []
    for address in PAGES:
        admin_page.goto(address.format(**person))
        admin_page.wait_for_load_state("networkidle")
        for width in (PHONE, TABLET, SCREEN):
            admin_page.set_viewport_size({"width": width, "height": 800})
            found += [(address, width, name) for name in admin_page.evaluate(OUT_OF_SIGHT)]
    assert found == []


def test_the_menu_to_schedule_an_email_fits_a_phone(admin_page, person):
    admin_page.set_viewport_size({"width": PHONE, "height": 800})
    admin_page.goto("/emails/compose/?person={person}".format(**person))
    admin_page.locator("summary", has_text="Schedule").click()
    expect(admin_page.get_by_label("Day")).to_be_visible()
    assert admin_page.evaluate(OUT_OF_SIGHT) == []


def test_what_failed_in_a_campaign_is_in_sight(admin_page):
    admin_page.set_viewport_size({"width": SCREEN, "height": 800})
    admin_page.goto("/campaigns/1/")
    table = admin_page.get_by_role("region", name="Progress by step")
    expect(table.get_by_role("columnheader", name="Failed")).to_be_visible()
    assert table.evaluate("region => region.scrollWidth - region.clientWidth") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_failures_are_accessible_on_a_phone(admin_page, scheme):
    admin_page.emulate_media(color_scheme=scheme)
    admin_page.set_viewport_size({"width": PHONE, "height": 800})
    admin_page.goto("/settings/diagnostics/")
    assert_accessible(admin_page)
