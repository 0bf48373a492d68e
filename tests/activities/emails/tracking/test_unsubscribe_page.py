"""The page that every sales email leads to, and the one click of mail programs."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from activities.emails.tracking.addresses import one_click_url, unsubscribe_url
from activities.emails.tracking.tokens import Kind, sign
from people.models import Unsubscribe
from people.unsubscribes import is_unsubscribed

from .conftest import SENT_AT

pytestmark = pytest.mark.django_db

BASE = "http://testserver"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def reader():
    """A stranger's browser, checked for CSRF as strictly as any."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def ann_email(make_sent):
    return make_sent(to_address="ann.archer@prospect.example.com")


@pytest.fixture
def page(ann_email):
    return unsubscribe_url(email=ann_email, base=BASE)


@pytest.fixture
def one_click(ann_email):
    return one_click_url(email=ann_email, base=BASE)


def test_the_page_tells_who_what_and_from_whom_without_showing_the_address(reader, page):
    text = reader.get(page).content.decode()

    assert "a•••@prospect.example.com" in text
    assert "ann.archer" not in text
    assert "Sam Seller &lt;sam@example.com&gt;" in text
    assert "All sales emails" in text


def test_looking_changes_nothing(reader, page, one_click, ann_email):
    """Security scanners look at whatever is in an email."""
    for address in (page, one_click):
        reader.get(address, follow=True)
        reader.head(address, follow=True)

    assert not is_unsubscribed(ann_email.person)


def test_pressing_the_button_unsubscribes_with_the_reason(reader, page, ann_email):
    response = reader.post(page, {"why": "TOO_MANY", "words": "Three a day!"}, follow=True)

    assert "You are unsubscribed" in response.content.decode()
    row = Unsubscribe.objects.get()
    assert (row.person, row.source) == (ann_email.person, Unsubscribe.Source.CLICKED_LINK)
    assert row.reason == "I get too many emails: Three a day!"


def test_no_reason_is_needed(reader, page, ann_email):
    reader.post(page)

    assert Unsubscribe.objects.get().reason == ""


@pytest.mark.parametrize("bad", [{"why": "NO_SUCH"}, {"words": "x" * 301}, {"words": "a\0b"}])
def test_an_odd_reason_is_asked_again(reader, page, ann_email, bad):
    response = reader.post(page, bad)

    assert response.status_code == 200
    assert not is_unsubscribed(ann_email.person)


def test_whoever_comes_back_is_told_that_it_is_done(reader, page):
    reader.post(page)

    text = reader.get(page).content.decode()

    assert "You are unsubscribed" in text
    assert "Was this a mistake?" in text
    assert "<form" not in text
    reader.post(page)
    assert Unsubscribe.objects.count() == 1


def test_the_reason_is_kept_in_the_language_of_the_workspace(reader, page):
    reader.post(page, {"why": "LEFT"}, headers={"accept-language": "fr"})

    assert Unsubscribe.objects.get().reason == "I changed jobs"


def test_one_click_unsubscribes_at_once(reader, one_click, ann_email):
    """RFC 8058: a POST of a mail program, with no cookie and nothing to follow."""
    response = reader.post(one_click, ONE_CLICK)

    assert response.status_code == 200
    row = Unsubscribe.objects.get()
    assert (row.person, row.source) == (ann_email.person, Unsubscribe.Source.CLICKED_LINK)


def test_one_click_comes_as_a_form_of_either_kind(reader, one_click):
    body = "List-Unsubscribe=One-Click"

    reader.post(one_click, body, content_type="application/x-www-form-urlencoded")

    assert Unsubscribe.objects.exists()


def test_a_post_that_is_no_one_click_leads_to_the_page(reader, one_click, page):
    response = reader.post(one_click, {"x": "y"})

    assert response.status_code == 302
    assert response["Location"].startswith("/t/u/")
    assert not Unsubscribe.objects.exists()


def test_one_click_twice_is_once(reader, one_click):
    assert reader.post(one_click, ONE_CLICK).status_code == 200
    assert reader.post(one_click, ONE_CLICK).status_code == 200

    assert Unsubscribe.objects.count() == 1


def test_tampered_and_foreign_tokens_unsubscribe_nobody(reader, ann_email, page):
    token = page.rpartition("/t/u/")[2].strip("/")
    foreign = [sign(kind, ann_email.pk) for kind in (Kind.PIXEL, Kind.CLICK, Kind.FILE)]
    for bad in (token[:-1], f"{token}x", f"1{token}", "x", *foreign):
        assert reader.get(f"/t/u/{bad}/").status_code == 404
        assert reader.post(f"/t/u/{bad}/").status_code == 404
        assert reader.post(f"/t/u/{bad}/one-click/", ONE_CLICK).status_code == 404

    assert not Unsubscribe.objects.exists()


def test_an_email_that_is_gone_is_no_page(reader):
    assert reader.get(f"/t/u/{sign(Kind.UNSUBSCRIBE, 999_999)}/").status_code == 404


def test_the_way_out_never_expires(reader, ann_email):
    with time_machine.travel(SENT_AT):
        page = unsubscribe_url(email=ann_email, base=BASE)
    with time_machine.travel(SENT_AT + timedelta(days=20 * 365)):
        reader.post(page)

    assert is_unsubscribed(ann_email.person)


def test_no_cookie_no_referrer_no_frame_no_script_of_strangers(reader, page):
    response = reader.get(page)

    assert not reader.cookies
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert "noindex" in response.content.decode()


def test_what_is_in_names_is_text(reader, make_sent):
    email = make_sent(from_header='"<script>alert(1)</script>" <sam@example.com>')

    text = reader.get(unsubscribe_url(email=email, base=BASE)).content.decode()

    assert "<script>alert" not in text
