"""Files that went out as links."""

from datetime import timedelta

import pytest
import time_machine

from activities.emails.models import EmailFile, StoredFile, TrackingHit
from activities.emails.tracking.addresses import file_url
from activities.emails.tracking.tokens import Kind, sign

from .conftest import SENT_AT

pytestmark = pytest.mark.django_db

BASE = "http://testserver"


@pytest.fixture
def send_file(email, seller):
    def make(name="Offer 2026.pdf", content_type="application/pdf", content=b"%PDF", **fields):
        file = StoredFile.objects.create(
            owner=seller,
            name=name,
            content_type=content_type,
            size=len(content),
            content=content,
            created_at=SENT_AT,
        )
        return EmailFile.objects.create(
            **{"email": email, "file": file, "is_tracked": True} | fields
        )

    return make


def test_the_page_shows_the_file_and_who_sent_it(client, send_file, email):
    sent = send_file()

    response = client.get(file_url(file=sent, base=BASE))

    text = response.content.decode()
    assert "<h1>Offer 2026.pdf</h1>" in text
    assert "Sent by Sam Seller &lt;sam@example.com&gt;" in text
    assert "<iframe" in text
    hit = TrackingHit.objects.get()
    assert (hit.email, hit.kind, hit.file) == (email, TrackingHit.Kind.VIEW, sent.file)
    assert not client.cookies


def test_the_content_is_shown_or_downloaded(client, send_file):
    address = file_url(file=send_file(), base=BASE) + "content/"

    shown, downloaded = client.get(address), client.get(f"{address}?download=1")

    assert (shown.content, shown["Content-Type"]) == (b"%PDF", "application/pdf")
    assert shown["Content-Disposition"] == 'inline; filename="Offer 2026.pdf"'
    assert "frame-ancestors 'self'" in shown["Content-Security-Policy"]
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert downloaded["Content-Disposition"] == 'attachment; filename="Offer 2026.pdf"'
    assert not TrackingHit.objects.exists()


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/x-anything"])
def test_what_could_run_something_is_only_downloaded(client, send_file, content_type):
    address = file_url(file=send_file(content_type=content_type), base=BASE)

    assert "<iframe" not in client.get(address).content.decode()
    response = client.get(f"{address}content/")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")


def test_a_picture_is_shown_as_one(client, send_file):
    sent = send_file("Pump.png", "image/png", b"\x89PNG")

    assert (
        '<img class="letter-image"' in client.get(file_url(file=sent, base=BASE)).content.decode()
    )


def test_a_file_its_owner_deleted_stays_with_the_email(client, send_file):
    sent = send_file()
    StoredFile.objects.update(deleted_at=SENT_AT)

    assert client.get(file_url(file=sent, base=BASE)).status_code == 200


def test_an_attachment_is_no_page(client, send_file):
    sent = send_file(is_tracked=False)

    assert client.get(file_url(file=sent, base=BASE)).status_code == 404


def test_tampered_foreign_and_old_addresses_show_nothing(client, send_file):
    sent = send_file()
    address = file_url(file=sent, base=BASE)
    with time_machine.travel(SENT_AT - timedelta(days=731)):
        old = file_url(file=sent, base=BASE)

    for path in ("", "content/"):
        assert client.get(f"{address[:-1]}x/{path}").status_code == 404
        assert client.get(f"/t/f/{sign(Kind.CLICK, sent.pk)}/{path}").status_code == 404
        assert client.get(f"{old}{path}").status_code == 410

    assert not TrackingHit.objects.exists()
