from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from admin_config.marketo.forms import ConnectForm
from admin_config.models import AuditEvent
from people.models import Person
from syncing.connections import budget_for, client_for
from syncing.errors import QuotaExhausted
from syncing.models import MarketoConnection, PeopleOrigin
from tests.factories import make_people

pytestmark = pytest.mark.django_db


def connect(client, credentials, **changes):
    data = {**credentials, **changes}
    return client.post(reverse("settings:marketo-connect"), data, follow=True)


def errors(response, field):
    return " ".join(response.context["form"].errors.get(field, []))


def test_connecting_stores_the_connection_and_starts_nothing(admin_client, admin, credentials):
    response = connect(admin_client, credentials)

    text = response.content.decode()
    assert "Marketo is connected. Nothing syncs until you start it." in text
    connection = MarketoConnection.objects.get()
    assert connection.sync_state == "OFF"
    event = AuditEvent.objects.get()
    assert (event.action, event.actor) == ("MARKETO_CONNECTED", admin)
    assert credentials["client_secret"] not in str(event.details)


def test_page_says_plainly_that_it_is_the_sandbox(page, connection):
    assert "It is not a real Marketo." in page()


def test_a_real_address_gets_no_sandbox_notice(page, connection):
    MarketoConnection.objects.update(base_url="https://123-abc-456.mktorest.com")

    assert "sandbox" not in page()


def test_secret_is_never_rendered_back(admin_client, credentials):
    wrong = connect(admin_client, credentials, client_id="wrong").content.decode()
    right = connect(admin_client, credentials).content.decode()

    assert credentials["client_secret"] not in wrong
    assert credentials["client_secret"] not in right


def test_wrong_secret_is_said_and_nothing_is_stored(admin_client, credentials):
    response = connect(admin_client, credentials, client_secret="wrong")

    assert "does not know this client ID and secret" in errors(response, "__all__")
    assert not MarketoConnection.objects.exists()


def test_munchkin_id_is_turned_into_the_base_url():
    form = ConnectForm({"base_url": " 123-ABC-456 ", "client_id": "x", "client_secret": "y"})

    assert form.is_valid()
    assert form.cleaned_data["base_url"] == "https://123-abc-456.mktorest.com"


@pytest.mark.parametrize(
    "base_url", ["http://123-abc-456.mktorest.com", "not an address", "https://x.example/api"]
)
def test_impossible_addresses_are_refused_at_their_field(admin_client, credentials, base_url):
    response = connect(admin_client, credentials, base_url=base_url)

    assert errors(response, "base_url")


def test_unreachable_address_is_said(admin_client, credentials):
    response = connect(admin_client, credentials, base_url="http://127.0.0.1:9")

    assert "reach" in response.content.decode()
    assert not MarketoConnection.objects.exists()


def test_test_of_typed_credentials_says_that_they_work_and_stores_nothing(
    admin_client, credentials
):
    response = admin_client.post(
        reverse("settings:marketo-test"), credentials, headers={"HX-Request": "true"}
    )

    assert "It works" in response.content.decode()
    assert "<html" not in response.content.decode()
    assert not MarketoConnection.objects.exists()


def test_test_without_javascript_shows_the_whole_page(admin_client, credentials):
    response = admin_client.post(reverse("settings:marketo-test"), credentials)

    assert "It works" in response.content.decode()
    assert "<html" in response.content.decode()


def test_test_of_an_incomplete_form_says_what_is_missing(admin_client, credentials):
    data = {**credentials, "client_id": ""}
    response = admin_client.post(
        reverse("settings:marketo-test"), data, headers={"HX-Request": "true"}
    )

    assert "Client ID: This field is required." in response.content.decode()


def test_test_of_an_impossible_address_says_so_at_the_field(admin_client, credentials):
    data = {**credentials, "base_url": "http://marketo.example"}
    response = admin_client.post(
        reverse("settings:marketo-test"), data, headers={"HX-Request": "true"}
    )

    assert "Munchkin ID or base URL: The base URL must start with https://." in (
        response.content.decode()
    )


def test_test_names_the_missing_permission(admin_client, sandbox, connection):
    sandbox.add_fault("error", "/rest/v1/activities/pagingtoken.json", code="603", times=0)

    text = admin_client.post(reverse("settings:marketo-test")).content.decode()

    assert "Read-Only Activity" in text
    assert "Marketo code 603" in text


def test_test_tells_an_ip_restriction_from_a_missing_permission(admin_client, sandbox, connection):
    sandbox.add_fault("error", "/rest/*", code="603", times=0)

    assert "IP allowlist" in admin_client.post(reverse("settings:marketo-test")).content.decode()


ROLES = "/rest/v1/opportunities/roles.json"


def test_test_does_not_praise_permissions_and_miss_one(admin_client, sandbox, connection):
    sandbox.add_fault("error", ROLES, code="603", times=0)

    text = admin_client.post(reverse("settings:marketo-test")).content.decode()

    assert "It works, with one thing missing" in text
    assert "every permission" not in text
    assert "Read-Only Opportunity" in text


def test_test_says_in_plain_words_what_marketo_refuses(admin_client, sandbox, connection):
    sandbox.add_fault("error", ROLES, code="1018", message="System error", times=0)

    text = admin_client.post(reverse("settings:marketo-test")).content.decode()

    assert "Marketo refuses what “Read-Only Opportunity” stands for (1018: System error)" in text


def test_test_reads_the_fields_too(admin_client, sandbox, connection):
    sandbox.add_fault("error", "/rest/v1/leads/describe2.json", code="603", times=0)

    text = admin_client.post(reverse("settings:marketo-test")).content.decode()

    assert "It does not work." in text
    assert "Read-Only Lead" in text


def test_what_is_no_address_is_told_of_the_munchkin_id(admin_client, credentials):
    response = connect(admin_client, credentials, base_url="not a munchkin")

    assert "123-ABC-456" in errors(response, "base_url")


def test_replacing_the_secret_needs_one_that_works(admin_client, connection, credentials):
    url = reverse("settings:marketo-secret")

    assert "Test and replace" in admin_client.get(url).content.decode()
    wrong = admin_client.post(url, {"client_secret": "wrong"})
    right = admin_client.post(url, {"client_secret": credentials["client_secret"]}, follow=True)

    assert wrong.context["form"].errors
    assert "The new client secret works and is in use." in right.content.decode()
    actions = AuditEvent.objects.values_list("action", flat=True)
    assert list(actions) == ["MARKETO_SECRET_ROTATED"]


def test_disconnecting_says_how_many_people_stay_and_keeps_them(admin_client, connection):
    people = make_people(3)
    url = reverse("settings:marketo-disconnect")

    question = admin_client.get(url).content.decode()
    response = admin_client.post(url, follow=True)

    assert "3 people stay as they are now" in question
    assert "Not connected" in response.content.decode()
    assert not MarketoConnection.objects.exists()
    for person in people:
        person.refresh_from_db()
        assert person.state == "ACTIVE"
    assert AuditEvent.objects.get().action == "MARKETO_DISCONNECTED"


def test_options_are_saved_and_audited_with_before_and_after(admin_client, connection):
    data = {
        "smart_list_id": "1001",
        "linkedin_field": connection.linkedin_field,
        "daily_call_cap": "20000",
        "cycle_seconds": "30",
    }
    response = admin_client.post(reverse("settings:marketo-options"), data, follow=True)

    assert "The options are saved." in response.content.decode()
    connection.refresh_from_db()
    assert (connection.smart_list_id, connection.daily_call_cap) == (1001, 20_000)
    assert connection.cycle_seconds == 30
    assert AuditEvent.objects.get().details == {
        "smart_list_id": [None, 1001],
        "daily_call_cap": [50_000, 20_000],
        "cycle_seconds": [60, 30],
    }


def test_saving_options_does_not_undo_what_the_sync_wrote_meanwhile(admin_client, connection):
    data = {"linkedin_field": "", "daily_call_cap": "20000", "cycle_seconds": "30"}
    MarketoConnection.objects.update(sync_state="LIVE")

    admin_client.post(reverse("settings:marketo-options"), data)

    connection.refresh_from_db()
    assert connection.sync_state == "LIVE"


@pytest.mark.parametrize(("cycle_seconds", "is_sooner"), [("10", True), ("60", False)])
def test_shorter_cycle_does_not_wait_for_the_longer_one(
    admin_client, connection, cycle_seconds, is_sooner
):
    due = timezone.now() + timedelta(seconds=50)
    MarketoConnection.objects.update(next_cycle_at=due)
    data = {"linkedin_field": "", "daily_call_cap": "20000", "cycle_seconds": cycle_seconds}

    admin_client.post(reverse("settings:marketo-options"), data)

    connection.refresh_from_db()
    assert (connection.next_cycle_at < due - timedelta(seconds=30)) is is_sooner


def test_wrong_options_are_refused_on_the_page(admin_client, connection):
    data = {"linkedin_field": "", "daily_call_cap": "5", "cycle_seconds": "1"}
    response = admin_client.post(reverse("settings:marketo-options"), data)

    assert set(response.context["options_form"].errors) == {"daily_call_cap", "cycle_seconds"}


def test_linkedin_field_is_chosen_among_the_text_fields_of_this_marketo(page, connection):
    text = page()

    assert 'value="firstName"' in text
    assert 'value="createdAt"' not in text


def test_numbers_in_inputs_and_ids_are_not_grouped(admin_client, connection):
    admin_client.post(
        reverse("settings:marketo-options"),
        {
            "smart_list_id": "123456",
            "linkedin_field": "",
            "daily_call_cap": "50000",
            "cycle_seconds": "1200",
        },
    )
    text = admin_client.get(reverse("settings:marketo")).content.decode()

    assert 'value="123456"' in text
    assert 'value="50000"' in text
    assert 'value="1200"' in text
    assert "cap of 50,000" in text


def test_webhook_address_is_shown_and_can_be_replaced(admin_client, page, connection):
    assert f"/hooks/marketo/{connection.webhook_secret}" in page()

    url = reverse("settings:marketo-webhook")
    assert "stops working at once" in admin_client.get(url).content.decode()
    admin_client.post(url)

    old = connection.webhook_secret
    connection.refresh_from_db()
    assert connection.webhook_secret != old
    assert f"/hooks/marketo/{connection.webhook_secret}" in page()
    assert AuditEvent.objects.get().action == "WEBHOOK_ROTATED"


def test_connection_that_needs_attention_says_why_with_the_code_and_can_be_mended(
    admin_client, page, connection
):
    MarketoConnection.objects.update(
        state="NEEDS_ATTENTION", state_reason="The client secret is wrong.", state_code="401"
    )
    text = page()
    assert "The client secret is wrong." in text
    assert "Marketo code 401" in text

    response = admin_client.post(reverse("settings:marketo-retry"), follow=True)

    assert "The connection works again." in response.content.decode()
    connection.refresh_from_db()
    assert connection.state == "CONNECTED"


def test_mending_in_vain_says_what_is_still_wrong(admin_client, sandbox, connection):
    MarketoConnection.objects.update(state="NEEDS_ATTENTION", state_reason="x")
    sandbox.add_fault("error", "/rest/*", code="603", times=0)

    response = admin_client.post(reverse("settings:marketo-retry"))

    assert "It does not work." in response.content.decode()
    connection.refresh_from_db()
    assert connection.state == "NEEDS_ATTENTION"


def use_up_quota(sandbox, connection):
    """Marketo refuses one call with 607, as it does all of them until its midnight."""
    sandbox.add_fault("error", "/rest/v1/leads.json", code="607", times=1)
    with client_for(connection) as client, pytest.raises(QuotaExhausted) as refused:
        client.leads("id", [1], ["id"])
    MarketoConnection.objects.update(
        state="PAUSED_UNTIL",
        state_reason=refused.value.message,
        state_code="607",
        paused_until=refused.value.resets_at,
    )


def test_quota_that_was_raised_is_found_by_trying_again(admin_client, page, sandbox, connection):
    use_up_quota(sandbox, connection)
    assert "Try again now" in page()

    response = admin_client.post(reverse("settings:marketo-retry"), follow=True)

    assert "The connection works again." in response.content.decode()
    connection.refresh_from_db()
    assert (connection.state, connection.paused_until) == ("CONNECTED", None)


def test_quota_that_was_raised_is_found_by_a_test(admin_client, sandbox, connection):
    use_up_quota(sandbox, connection)

    text = admin_client.post(reverse("settings:marketo-test")).content.decode()

    assert "It works" in text


def test_quota_that_was_raised_is_found_by_connecting(
    admin_client, sandbox, connection, credentials
):
    use_up_quota(sandbox, connection)

    connect(admin_client, credentials)

    connection.refresh_from_db()
    assert connection.state == "CONNECTED"


def test_quota_that_is_still_used_up_lets_the_sync_rest_again(admin_client, sandbox, connection):
    use_up_quota(sandbox, connection)
    sandbox.add_fault("error", "/rest/*", code="607", times=0)

    text = admin_client.post(reverse("settings:marketo-retry")).content.decode()

    assert "It does not work." in text
    assert "Marketo code 607" in text
    assert budget_for(connection).status().exhausted_until
    budget_for(connection).resume()


@pytest.mark.parametrize(
    "name", ["preview", "estimate", "secret", "disconnect", "webhook", "progress"]
)
def test_without_a_connection_every_page_leads_to_connecting(admin_client, name):
    response = admin_client.get(reverse(f"settings:marketo-{name}"))

    assert response.url == reverse("settings:marketo")


def test_page_costs_few_queries(page, connection, run, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        page()


def test_connecting_another_marketo_says_that_it_deletes_people_and_is_audited(
    admin_client, credentials
):
    PeopleOrigin.objects.create(id=1, host="123-abc-456.mktorest.com")
    make_people(2)

    refused = connect(admin_client, credentials)
    assert "123-abc-456.mktorest.com" in errors(refused, "delete_people")
    assert Person.objects.count() == 2

    connect(admin_client, credentials, delete_people="on")
    assert not Person.objects.exists()
    details = AuditEvent.objects.get(action="MARKETO_CONNECTED").details
    assert details["deleted_people_of"] == "123-abc-456.mktorest.com"


def test_the_first_connection_has_no_people_to_ask_about(page):
    assert "delete_people" not in page()
