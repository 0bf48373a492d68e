import json

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from syncing.salesforce_settings.models import SalesforceSettings, UserSalesforceSettings
from syncing.salesforce_settings.services import change_settings, settings_for
from syncing.salesforce_settings.signals import salesforce_settings_changed
from syncing.salesforce_settings.subjects import EXAMPLE, subject_of

pytestmark = pytest.mark.django_db


def change(**changes):
    return change_settings(changes=changes, by=None, now=timezone.now())


def test_nothing_is_logged_before_somebody_says_so():
    settings = SalesforceSettings.load()

    assert settings.email_logging == "OFF"
    assert not any((settings.log_replies, settings.log_calls, settings.sync_reminders))


def test_a_change_tells_what_was_and_what_is():
    heard = []

    def hear(changes, by, **_):
        heard.append((changes, by))

    salesforce_settings_changed.connect(hear)
    assert change(email_logging="API", records="BOTH") == {"email_logging": ["OFF", "API"]}
    assert change(email_logging="API") == {}
    salesforce_settings_changed.disconnect(hear)

    assert heard == [({"email_logging": ["OFF", "API"]}, None)]


def test_a_user_may_choose_otherwise_until_the_same_holds_for_everybody(seller, other_seller):
    UserSalesforceSettings.objects.create(user=seller, email_logging="BCC", log_calls=False)
    change(email_logging="API", log_calls=True, log_replies=True)

    own = settings_for(seller)
    assert (own.email_logging, own.log_calls, own.log_replies) == ("BCC", False, True)
    assert settings_for(other_seller).logs_emails

    change(is_enforced=True)
    assert settings_for(seller).logs_emails
    assert settings_for(seller).log_calls


@pytest.mark.parametrize(
    "changes", [{"records": "ELSEWHERE"}, {"subject_template": "{{first_name}}"}]
)
def test_what_makes_no_sense_is_refused_as_a_whole(changes):
    with pytest.raises(ValidationError):
        change(log_calls=True, **changes)

    assert not SalesforceSettings.load().log_calls


@pytest.mark.parametrize(
    ("template", "subject"),
    [
        ("", "Our talk last week"),
        (
            "[Actions] {{activity_type}} - {{ activity_subject }}",
            "[Actions] Email - Our talk last week",
        ),
        ("{{sales_campaign_name}} {{sales_campaign_day}}.{{sales_campaign_step}}", "New leads 3.1"),
        ("Call: {{call_outcome}}", "Call:"),
        ("{{call_outcome}}", "Our talk last week"),
        ("One\r\ntwo\tthree", "One two three"),
        ("x" * 300, "x" * 255),
    ],
)
def test_a_subject_is_one_line_of_at_most_255_characters(template, subject):
    assert subject_of(template, EXAMPLE) == subject


def test_the_command_sets_and_shows(capsys):
    call_command(
        "salesforce_settings",
        "--set=email_logging=api",
        "--set=log_calls=on",
        "--set=subject_template={{activity_type}} = {{activity_subject}}",
        "--json",
    )

    shown = json.loads(capsys.readouterr().out)
    assert shown["email_logging"] == "API"
    assert shown["log_calls"] is True
    assert shown["subject_template"] == "{{activity_type}} = {{activity_subject}}"
    assert shown["sync_reminders"] is False
    call_command("salesforce_settings")
    assert "log_calls=True" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("nothing=1", "there are: email_logging"),
        ("log_calls=maybe", "either true or false"),
        ("records=elsewhere", "one of: BOTH"),
    ],
)
def test_the_command_refuses_what_it_does_not_know_and_says_what_there_is(assignment, words):
    with pytest.raises(CommandError, match=words):
        call_command("salesforce_settings", f"--set={assignment}")
