import pytest

from syncing.errors import Misconfigured
from syncing.marketo import Credentials
from syncing.marketo.credentials import may_connect


@pytest.mark.parametrize(
    ("entered", "kept"),
    [
        ("https://123-ABC-456.mktorest.com", "https://123-abc-456.mktorest.com"),
        ("https://123-ABC-456.mktorest.com/", "https://123-abc-456.mktorest.com"),
        (" https://123-ABC-456.mktorest.com/rest/ ", "https://123-abc-456.mktorest.com"),
        ("http://127.0.0.1:8800/rest", "http://127.0.0.1:8800"),
        ("http://localhost:8800", "http://localhost:8800"),
        ("http://[::1]:8800", "http://[::1]:8800"),
    ],
)
def test_a_base_url_is_kept_without_its_path(entered, kept):
    assert Credentials(entered, "id", "secret").base_url == kept


@pytest.mark.parametrize(
    "entered",
    [
        "",
        "123-ABC-456",
        "http://123-abc-456.mktorest.com",
        "http://10.0.0.5/rest",
        "ftp://127.0.0.1",
        "https://",
        "https://user:password@123-abc-456.mktorest.com",
        "https://123-abc-456.mktorest.com/?x=1",
        "https://123-abc-456.mktorest.com/identity/oauth",
        "https://123-abc-456.mktorest.com:99999",
        "https://[::1",
    ],
)
def test_an_address_that_cannot_be_marketos_is_refused(entered):
    with pytest.raises(Misconfigured) as refusal:
        Credentials(entered, "id", "secret")

    assert refusal.value.setting == "base_url"


def test_the_secret_does_not_show_when_credentials_are_printed():
    assert "hidden-one" not in repr(Credentials("https://m.example", "id", "hidden-one"))


@pytest.mark.parametrize(
    ("host", "address", "allowed"),
    [
        ("m.example", "93.184.216.34", True),
        ("m.example", "2606:2800:220:1::1", True),
        ("m.example", "10.1.2.3", False),
        ("m.example", "127.0.0.1", False),
        ("m.example", "169.254.169.254", False),
        ("m.example", "0.0.0.0", False),
        ("m.example", "100.64.0.1", False),
        ("m.example", "224.0.0.1", False),
        ("m.example", "::ffff:10.1.2.3", False),
        ("m.example", "64:ff9b::a01:203", False),
        ("m.example", "64:ff9b::5db8:d822", True),
        ("m.example", "64:ff9b:1::5db8:d822", False),
        ("m.example", "2002:a01:203::1", False),
        ("m.example", "fe80::1%eth0", False),
        ("m.example", "fd00::1", False),
        ("localhost", "127.0.0.1", True),
        ("localhost", "::1", True),
        ("localhost", "10.1.2.3", False),
        ("127.0.0.1", "127.0.0.1", True),
    ],
)
def test_a_public_name_leads_to_public_addresses_only(host, address, allowed):
    assert may_connect(host, address) is allowed
