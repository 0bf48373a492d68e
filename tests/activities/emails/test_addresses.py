import pytest

from activities.emails.addresses import checked_copies, for_envelope, is_address
from people.errors import Refused


@pytest.mark.parametrize(
    "text",
    [
        "ann@example.com",
        "ann.bell+pumps@mail.example.co.uk",
        "o'hara@example.com",
        "ann@bücher.example",
        "jörg@example.com",
        "用户@例え.jp",
        f"{'a' * 64}@example.com",
    ],
)
def test_these_are_addresses(text):
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ann",
        "@example.com",
        "ann@",
        "ann@example",
        "ann bell@example.com",
        "ann@exa mple.com",
        "ann@-example.com",
        "ann@example..com",
        "a..b@example.com",
        ".ann@example.com",
        "ann@example.com\r\nBcc: eve@example.com",
        "ann@example.com\0",
        "Ann <ann@example.com>",
        "ann@example.com, bob@example.com",
        "ann;bob@example.com",
        '"ann"@example.com',
        "ann@[127.0.0.1]",
        f"{'a' * 65}@example.com",
        f"ann@{'a' * 64}.com",
        f"ann@{'a.' * 130}com",
    ],
)
def test_these_are_none(text):
    assert not is_address(text)


def test_servers_get_the_domain_in_ascii():
    assert for_envelope("Ann@Bücher.example") == "Ann@xn--bcher-kva.example"


def test_copies_go_once_to_each_address():
    assert checked_copies(
        cc=["bob@example.com", " Bob@Example.com "], bcc=["eve@example.com", "bob@example.com"]
    ) == (["bob@example.com"], ["eve@example.com"])


def test_what_is_no_address_is_named():
    with pytest.raises(Refused, match="“bob” is not an email address"):
        checked_copies(cc=["ann@example.com", "bob"], bcc=[])


def test_copies_are_limited():
    many = [f"ann{number}@example.com" for number in range(26)]

    with pytest.raises(Refused, match="25"):
        checked_copies(cc=many[:13], bcc=many[13:])
