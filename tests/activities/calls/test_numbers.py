import pytest

from activities.calls.numbers import e164, read_number


@pytest.mark.parametrize(
    ("entered", "region", "text", "link"),
    [
        ("+14155550100", "DE", "+1 415-555-0100", "tel:+1-415-555-0100"),
        ("(415) 555-0100", "US", "+1 415-555-0100", "tel:+1-415-555-0100"),
        (" 030 123456 ", "DE", "+49 30 123456", "tel:+49-30-123456"),
        ("(415) 555-0199 x12", "US", "+1 415-555-0199 ext. 12", "tel:+1-415-555-0199;ext=12"),
    ],
)
def test_a_number_is_shown_in_international_form(entered, region, text, link):
    number = read_number(entered, region=region)

    assert (number.text, number.link, number.is_readable) == (text, link, True)


@pytest.mark.parametrize(
    ("entered", "link"),
    [
        ("ask for Ann", ""),
        ("12", "tel:12"),
        ("", ""),
        ("٤١٥", ""),
        ("javascript:alert(1)", "tel:1"),
    ],
)
def test_what_is_no_number_stays_as_it_was_entered(entered, link):
    number = read_number(entered, region="US")

    assert (number.text, number.link, number.is_readable) == (entered, link, False)


def test_providers_get_numbers_without_spaces():
    assert e164("(415) 555-0100", region="US") == "+14155550100"
    assert e164("ask for Ann", region="US") == ""
