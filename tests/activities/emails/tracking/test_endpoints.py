"""Pixel and links: what is kept of a request, and what a bad address gets."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from activities.emails.models import EmailLink, EmailSettings, TrackingHit
from activities.emails.tracking.addresses import click_url, pixel_url, unsubscribe_url
from activities.emails.tracking.own_browser import COOKIE
from activities.emails.tracking.tokens import Kind, sign

from .conftest import BROWSER, SENT_AT

pytestmark = pytest.mark.django_db

BASE = "http://testserver"
Verdict = TrackingHit.Verdict


@pytest.fixture
def pixel(email):
    return pixel_url(email=email, base=BASE)


@pytest.fixture
def link(email):
    return email.links.get(position=1)


@pytest.fixture
def click(link):
    return click_url(link=link, base=BASE)


def test_a_pixel_is_a_small_picture_that_nothing_keeps(client, pixel):
    response = client.get(pixel)

    assert response.status_code == 200
    assert response["Content-Type"] == "image/gif"
    assert response.content.startswith(b"GIF89a")
    assert len(response.content) < 50
    assert response["Cache-Control"] == "no-store"


def test_an_open_is_kept_as_it_came(client, pixel, email):
    client.get(pixel, headers={"user-agent": BROWSER}, REMOTE_ADDR="192.0.2.7")

    hit = TrackingHit.objects.get()
    assert (hit.email, hit.kind, hit.link) == (email, TrackingHit.Kind.OPEN, None)
    assert (hit.ip_address, hit.user_agent) == ("192.0.2.7", BROWSER)
    assert (hit.verdict, hit.is_self) == (Verdict.PENDING, False)


def test_a_click_leads_on_and_is_kept(client, click, link):
    response = client.get(click, headers={"user-agent": BROWSER})

    assert response.status_code == 302
    assert response["Location"] == "https://pumps.example.com/"
    hit = TrackingHit.objects.get()
    assert (hit.email, hit.kind, hit.link) == (link.email, TrackingHit.Kind.CLICK, link)


def test_the_page_a_click_leads_to_learns_nothing_of_the_email(client, click):
    response = client.get(click)

    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "no-store"


def test_no_cookie_is_set_on_readers(client, pixel, click):
    client.get(pixel)
    client.get(click)

    assert not client.cookies


@pytest.mark.parametrize(("kind", "queries"), [("pixel", 1), ("click", 2)])
def test_a_hit_costs_next_to_nothing(kind, queries, request, client, django_assert_num_queries):
    address = request.getfixturevalue(kind)

    with django_assert_num_queries(queries):
        client.get(address)


def test_where_a_link_leads_is_never_in_its_address(client, click):
    response = client.get(f"{click}?url=https://evil.example.com&next=//evil.example.com")

    assert response["Location"] == "https://pumps.example.com/"


def test_a_long_address_with_any_characters_is_led_to(client, email):
    url = f"https://example.com/{'é' * 3_000}?a=%20&b=ü#ä"
    link = EmailLink.objects.create(email=email, position=9, url=url)

    response = client.get(click_url(link=link, base=BASE))

    assert response["Location"] == (f"https://example.com/{'%C3%A9' * 3_000}?a=%20&b=%C3%BC#%C3%A4")


def test_a_tampered_link_is_no_page(client, click):
    token = click.rpartition("/t/c/")[2].strip("/")
    for bad in (token[:-1], f"{token}x", token.swapcase(), f"2{token}", "x", "..", "%00"):
        response = client.get(f"/t/c/{bad}/")
        assert response.status_code == 404
        assert b"The link is incomplete or was changed" in response.content

    assert not TrackingHit.objects.exists()


def test_a_token_of_something_else_is_no_link(client, email, link):
    """The same number signed for a pixel, a file, an unsubscribe page."""
    for kind in (Kind.PIXEL, Kind.FILE, Kind.UNSUBSCRIBE):
        assert client.get(f"/t/c/{sign(kind, link.pk)}/").status_code == 404

    assert not TrackingHit.objects.exists()


def test_a_token_of_another_instance_is_no_link(client, link, settings):
    address = click_url(link=link, base=BASE)
    settings.SECRET_KEY = "of another instance"

    assert client.get(address).status_code == 404


def test_links_hold_while_the_secret_key_is_replaced(client, click, settings):
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "new"

    assert client.get(click).status_code == 302


def test_a_link_of_an_email_that_is_gone_is_no_page(client, click, link):
    link.delete()

    assert client.get(click).status_code == 404


def test_a_link_works_for_two_years_and_then_says_so(client, link):
    with time_machine.travel(SENT_AT):
        address = click_url(link=link, base=BASE)
    with time_machine.travel(SENT_AT + timedelta(days=729)):
        assert client.get(address).status_code == 302
    with time_machine.travel(SENT_AT + timedelta(days=731)):
        response = client.get(address)

    assert response.status_code == 410
    assert b"This link is too old" in response.content
    assert TrackingHit.objects.count() == 1


def test_a_bad_pixel_is_a_picture_all_the_same_and_nothing_is_kept(client, pixel, email):
    with time_machine.travel(SENT_AT - timedelta(days=731)):
        expired = pixel_url(email=email, base=BASE)

    for address in (pixel.replace("/t/o/", "/t/o/x"), expired, "/t/o/x.gif"):
        assert client.get(address)["Content-Type"] == "image/gif"

    assert not TrackingHit.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_pixel_of_an_email_that_is_gone_is_a_picture(client):
    assert client.get(f"/t/o/{sign(Kind.PIXEL, 999_999)}.gif")["Content-Type"] == "image/gif"
    assert not TrackingHit.objects.exists()


def test_asking_for_the_headers_alone_is_no_reader(client, pixel, click):
    assert client.head(pixel).status_code == 200
    assert client.head(click).status_code == 302

    assert set(TrackingHit.objects.values_list("verdict", flat=True)) == {Verdict.AUTOMATED}


@pytest.mark.parametrize(
    "header",
    [
        {"purpose": "prefetch"},
        {"sec-purpose": "prefetch;prerender"},
        {"x-moz": "prefetch"},
        {"x-purpose": "preview"},
    ],
)
def test_fetching_ahead_is_no_reader(client, click, header):
    assert client.get(click, headers=header).status_code == 302

    hit = TrackingHit.objects.get()
    assert (hit.verdict, hit.verdict_reason) == (Verdict.AUTOMATED, "Fetched ahead of a reader")


def test_nothing_else_can_be_asked_of_them(client, pixel, click):
    for method in (client.post, client.put, client.delete, client.options):
        assert method(pixel).status_code == 405
        assert method(click).status_code == 405


def test_odd_requests_are_kept_without_what_is_odd(client, pixel):
    response = client.get(
        pixel, headers={"user-agent": "a\0b" + "c" * 2_000}, REMOTE_ADDR="unix:/run/socket"
    )

    assert response.status_code == 200
    hit = TrackingHit.objects.get()
    assert hit.ip_address is None
    assert hit.user_agent == "ab" + "c" * 498


@pytest.mark.parametrize(
    ("proxies", "expected"),
    [(0, "192.0.2.1"), (1, "203.0.113.3"), (2, "203.0.113.2"), (9, "203.0.113.1")],
)
def test_what_proxies_say_counts_as_far_as_they_are_trusted(
    client, pixel, settings, proxies, expected
):
    settings.TRUSTED_PROXIES = proxies

    client.get(
        pixel,
        headers={"x-forwarded-for": "203.0.113.1, 203.0.113.2, 203.0.113.3"},
        REMOTE_ADDR="192.0.2.1",
    )

    assert TrackingHit.objects.get().ip_address == expected


# Own views


@pytest.fixture
def sign_in(client, seller):
    """Sign in as in a browser; the answer."""
    credentials = {"login": seller.email, "password": "Rail-Signal-9"}
    return lambda: client.post("/accounts/login/", credentials)


def test_the_browser_of_a_user_is_known_without_a_session(client, sign_in, pixel):
    sign_in()
    reader = Client()
    reader.cookies[COOKIE] = client.cookies[COOKIE].value

    reader.get(pixel)

    assert TrackingHit.objects.get().is_self


def test_the_mark_outlives_the_session(client, sign_in, pixel):
    sign_in()
    client.post("/accounts/logout/")

    client.get(pixel)

    assert TrackingHit.objects.get().is_self


def test_a_forged_mark_marks_nobody(client, pixel):
    for value in ("own", "own:x", ""):
        client.cookies[COOKIE] = value
        client.get(pixel)

    assert not TrackingHit.objects.filter(is_self=True).exists()


def test_nobody_else_is_marked(client, sign_in):
    assert COOKIE not in client.get("/accounts/login/").cookies
    assert COOKIE not in client.post("/accounts/login/", {"login": "x", "password": "y"}).cookies
    sign_in()
    assert COOKIE not in client.get("/settings/profile/").cookies


def test_the_mark_reaches_the_tracking_domain_and_the_frame_of_a_webmail(sign_in, settings):
    settings.PUBLIC_URL = "https://actions.example.com"
    EmailSettings.objects.create(pk=1, tracking_url="https://go.example.com")

    mark = sign_in().cookies[COOKIE]

    assert mark["domain"] == "example.com"
    assert mark["samesite"] == "None"
    assert mark["secure"]
    assert mark["httponly"]
    assert mark["max-age"] == timedelta(days=400).total_seconds()


@pytest.mark.parametrize(
    "tracking_url", ["https://actions.example.com", "https://go.example.net", ""]
)
def test_the_mark_stays_with_the_host_where_no_domain_is_shared(sign_in, settings, tracking_url):
    settings.PUBLIC_URL = "https://actions.example.com"
    EmailSettings.objects.create(pk=1, tracking_url=tracking_url)

    assert sign_in().cookies[COOKIE]["domain"] == ""


def test_all_addresses_of_an_email_are_on_the_given_base(email, link):
    base = "https://go.example.com"

    assert pixel_url(email=email, base=base).startswith(f"{base}/t/o/")
    assert click_url(link=link, base=base).startswith(f"{base}/t/c/")
    assert unsubscribe_url(email=email, base=base).startswith(f"{base}/t/u/")
