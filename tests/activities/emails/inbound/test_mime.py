"""The new text of an answer, in the ways that mail programs write it."""

import time
from email.message import EmailMessage

import pytest

from activities.emails.inbound.fetching import MAX_BYTES
from activities.emails.inbound.mime import new_text_in


def text_of(text, subtype="plain"):
    message = EmailMessage()
    message.set_content(text, subtype=subtype)
    return new_text_in(message)


@pytest.mark.parametrize(
    "quote",
    [
        "On Mon, 2 Mar 2026 at 09:00, Sam Seller <sam@example.com> wrote:\n> Hello\n> there",
        "Am 02.03.2026 um 09:00 schrieb Sam Seller <sam@example.com>:\n> Hello",
        "Le lun. 2 mars 2026 à 09:00, Sam Seller <sam@example.com> a écrit :\n> Hello",
        "From: Sam Seller <sam@example.com>\nSent: Monday\nTo: Ann\nSubject: Pumps\n\nHello",
    ],
)
def test_quotes_are_cut(quote):
    assert text_of(f"Yes, please.\n\n{quote}\n") == "Yes, please."


def test_an_answer_below_the_quote_is_kept_whole():
    text = "> Shall we talk?\nYes, please."

    assert "Yes, please." in text_of(text)


def test_the_plain_part_is_preferred():
    message = EmailMessage()
    message.set_content("Plain")
    message.add_alternative("<p>HTML</p>", subtype="html")

    assert new_text_in(message) == "Plain"


def test_an_attached_message_is_not_the_answer():
    attached = EmailMessage()
    attached.set_content("Old")
    message = EmailMessage()
    message.set_content("<p>See the attached</p>", subtype="html")
    message.add_attachment(attached)
    message.add_attachment("Notes", filename="notes.txt")

    assert new_text_in(message) == "See the attached"


def test_a_message_without_text_has_none():
    message = EmailMessage()
    message.add_attachment(b"x", maintype="image", subtype="png", filename="x.png")

    assert new_text_in(message) == ""


@pytest.mark.parametrize(
    "text",
    [
        *("> " * 40_000, "a" * 500_000, "On " * 30_000, " \n" * 20_000, "\n" * 20_000 + "_" * 31),
        *("From: x\n" * 10_000, "-\n" * 50_000, "On a wrote\n" * 5_000, "Am " * 7_000),
    ],
    ids=range(9),
)
def test_text_that_nobody_typed_takes_no_long_time(text):
    started = time.process_time()

    text_of(text)

    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "tag", ["<div>", "<blockquote>x", "<", "<a href=x>y", "<a href='x", "<!--"]
)
def test_html_that_nobody_wrote_takes_no_long_time(tag):
    started = time.process_time()

    text_of(tag * (MAX_BYTES // len(tag)), subtype="html")

    assert time.process_time() - started < 10
