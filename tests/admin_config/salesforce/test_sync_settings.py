import re

import pytest
from django.core.management import call_command
from django.urls import reverse

from admin_config.models import AuditEvent
from syncing.salesforce_settings.models import SalesforceSettings
from syncing.salesforce_settings.services import settings_for
from tests.admin_config.salesforce.conftest import text_of
from tests.factories import make_people
from tests.syncing.task_logging.driving import record_mixed, waiting

pytestmark = pytest.mark.django_db

DEFAULTS = {
    "email_logging": "OFF",
    "records": "BOTH",
    "duplicates": "NEWEST",
    "no_match": "NOTHING",
    "engagement": "UPDATE",
    "skipped_reminder": "COMPLETE",
    "subject_template": "",
}


def save(client, **changes):
    data = {**DEFAULTS, **changes}
    return client.post(reverse("settings:salesforce-sync"), data, follow=True)


def test_the_page_shows_the_defaults_and_saving_them_changes_nothing(admin_client):
    text = text_of(save(admin_client))

    assert "Nothing was changed." in text
    assert not AuditEvent.objects.exists()


def test_a_change_holds_and_is_audited(admin_client, admin):
    text = text_of(save(admin_client, email_logging="API", log_calls="on"))

    assert "It holds from now on." in text
    assert SalesforceSettings.load().log_calls
    event = AuditEvent.objects.get()
    assert event.actor == admin
    assert event.details == {"email_logging": ["OFF", "API"], "log_calls": [False, True]}


def test_a_change_by_the_command_is_audited_as_such(db):
    call_command("salesforce_settings", "--set=log_calls=on")

    event = AuditEvent.objects.get()
    assert (event.actor, event.actor_email) == (None, "manage.py")


def test_an_unknown_dynamic_field_is_refused_at_the_field(admin_client):
    response = save(admin_client, subject_template="{{first_name}}")

    assert "no dynamic field first_name" in str(response.context["form"].errors)
    assert SalesforceSettings.load().subject_template == ""


def test_a_refused_page_says_so_at_the_top_and_begins_at_the_field(admin_client):
    text = text_of(save(admin_client, subject_template="{{first_name}}", log_calls="on"))

    assert text.index("Not saved.") < text.index("Log emails")
    (field,) = re.findall(r"<[^>]* autofocus[^>]*>", text)
    assert 'name="subject_template"' in field
    assert not SalesforceSettings.load().log_calls


def test_the_subject_is_shown_while_it_is_written(admin_client):
    url = reverse("settings:salesforce-subject")
    template = "{{activity_type}}: {{activity_subject}} <b>"

    text = text_of(admin_client.post(url, {"subject_template": template}))

    assert "Email: Our talk last week &lt;b&gt;" in text
    assert "Call: &lt;b&gt;" in text


def test_an_unknown_dynamic_field_is_named_while_it_is_written(admin_client):
    url = reverse("settings:salesforce-subject")

    text = text_of(admin_client.post(url, {"subject_template": "{{activity_type}} {{nonsense}}"}))

    assert "There is no dynamic field nonsense." in text
    assert "would be logged" not in text


def test_without_a_template_a_call_is_named_after_its_outcome(admin_client):
    text = text_of(admin_client.get(reverse("settings:salesforce-sync")))

    assert "An email would be logged as: Our talk last week" in text
    assert "A call without a reminder would be logged as: Interested" in text


def test_a_seller_chooses_otherwise_until_it_is_the_same_for_everybody(seller_client, seller, main):
    url = reverse("settings:my-salesforce-sync")
    choice = {
        "email_logging": "BCC",
        "log_calls": "false",
        "bcc_address": "sam@x.le.salesforce.com",
    }
    assert "It holds from now on." in text_of(seller_client.post(url, choice, follow=True))
    assert settings_for(seller).email_logging == "BCC"
    assert settings_for(seller).log_calls is False

    call_command("salesforce_settings", "--set=is_enforced=on", "--set=log_calls=on")
    text = text_of(seller_client.post(url, {"email_logging": "API"}, follow=True))
    assert "decides this for everybody" in text
    assert "What is logged of your work" not in text
    assert settings_for(seller).log_calls is True


def test_the_setup_check_shows_what_is_missing_and_deploys_it(admin_client, main, salesforce):
    salesforce.set_access("Lead.HasOptedOutOfEmail", "none")
    text = text_of(admin_client.get(reverse("settings:salesforce-setup")))
    assert "Needs attention" in text
    assert "Actions_Activity_Id__c" in text

    fields = ["Actions_Activity_Id__c", "MSE_Viewed__c"]
    text = text_of(
        admin_client.post(reverse("settings:salesforce-deploy"), {"field": fields}, follow=True)
    )

    assert "2 fields were made." in text
    assert AuditEvent.objects.get().details == {"fields": ", ".join(fields)}
    assert 'value="MSE_Viewed__c"' not in text


def test_the_setup_check_says_why_there_is_none(admin_client):
    assert "Salesforce is not connected." in text_of(
        admin_client.get(reverse("settings:salesforce-setup"))
    )


def test_a_refused_deployment_is_said(admin_client, main, salesforce):
    salesforce.add_fault(
        "error",
        path="*CustomField",
        status=400,
        code="INSUFFICIENT_ACCESS_OR_READONLY",
        message="You need Customize Application",
    )

    text = text_of(
        admin_client.post(
            reverse("settings:salesforce-deploy"), {"field": ["MSE_Viewed__c"]}, follow=True
        )
    )

    assert "You need Customize Application" in text
    assert not AuditEvent.objects.exists()


def test_the_past_is_logged_when_asked_for_with_a_count_first(admin_client, seller):
    record_mixed(make_people(1), seller, 4, kinds=("CALL_RECEIVED", "EMAIL_SENT"))
    page = reverse("settings:salesforce-sync")
    assert "of the past are not" not in text_of(admin_client.get(page))

    shown = text_of(save(admin_client, log_calls="on"))
    assert "2 activities of the past are not in Salesforce." in shown
    assert "Log 2 activities of the past?" in text_of(
        admin_client.get(reverse("settings:salesforce-past"))
    )
    text = text_of(admin_client.post(reverse("settings:salesforce-past"), follow=True))

    assert "2 activities of the past are on their way to Salesforce." in text
    assert waiting().count() == 2
    assert AuditEvent.objects.get(action="PAST_ACTIVITIES_SENT").details == {"activities": 2}
    assert "of the past are not in Salesforce" not in text
