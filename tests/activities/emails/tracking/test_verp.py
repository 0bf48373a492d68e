import pytest

from activities.emails.tracking.verp import email_of, return_path

pytestmark = pytest.mark.django_db


def test_a_return_path_names_its_email_in_the_mailbox(email):
    path = return_path(email=email, mailbox="sam.seller@example.com")

    assert path.startswith("sam.seller+b-")
    assert path.endswith("@example.com")
    assert len(path.partition("@")[0]) <= 64
    assert email_of(path) == email.pk


def test_servers_that_fold_the_case_do_not_matter(email):
    assert email_of(return_path(email=email, mailbox="Sam@Example.com").upper()) == email.pk


def test_a_forged_or_foreign_return_path_names_none(email, settings):
    path = return_path(email=email, mailbox="sam@example.com")

    for bad in (path.replace("+b-", "+b-1"), "sam@example.com", "sam+b-1-0123456789ab@x", ""):
        assert email_of(bad) is None
    settings.SECRET_KEY = "of another instance"
    assert email_of(path) is None


def test_a_return_path_outlives_a_change_of_the_secret_key(email, settings):
    path = return_path(email=email, mailbox="sam@example.com")

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one"

    assert email_of(path) == email.pk
