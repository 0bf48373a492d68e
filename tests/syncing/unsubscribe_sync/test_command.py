"""manage.py sync_unsubscribes"""

import json

import pytest
from django.core.management import CommandError, call_command

from people.unsubscribes import is_unsubscribed
from tests.syncing.unsubscribe_sync.conftest import OPT_OUT, is_opted_out, person_with, stop

pytestmark = pytest.mark.django_db


def sync(capsys, *options):
    call_command("sync_unsubscribes", "--json", *options)
    return json.loads(capsys.readouterr().out)


def test_it_does_both_ways_and_prints_the_numbers(nightly, salesforce, capsys):
    ann, _ = person_with(salesforce, **{OPT_OUT: True})
    bob, record = person_with(salesforce, email="bob@example.com")
    stop(bob)

    numbers = sync(capsys)

    assert is_unsubscribed(ann)
    assert is_opted_out(salesforce, record)
    told = {name: numbers[name] for name in ("mode", "run", "waiting", "parked", "imported")}
    assert told == {"mode": "NIGHTLY", "run": "DONE", "waiting": 0, "parked": 0, "imported": 1}


def test_switched_off_it_only_pushes(main, salesforce, capsys):
    ann, _ = person_with(salesforce, **{OPT_OUT: True})
    bob, record = person_with(salesforce, email="bob@example.com")
    stop(bob)

    numbers = sync(capsys)

    assert numbers == {"mode": "OFF", "waiting": 0, "parked": 0, "run": None}
    assert is_opted_out(salesforce, record)
    assert not is_unsubscribed(ann)


def test_a_preview_changes_nothing(main, salesforce, capsys):
    ann, _ = person_with(salesforce, **{OPT_OUT: True})

    assert sync(capsys, "--preview")["imported"] == 1
    assert not is_unsubscribed(ann)


def test_a_failure_is_an_error_with_the_reason(nightly, salesforce):
    salesforce.add_fault("http", path="*/query*", status=503, times=0)

    with pytest.raises(CommandError, match="Salesforce is not available"):
        call_command("sync_unsubscribes")
