import re
from html import unescape

import pytest

from activities.emails.models import EmailSettings
from activities.emails.tracking.addresses import public_address, unsubscribe_url
from activities.emails.tracking.tagging import tag_links

pytestmark = pytest.mark.django_db
BASE = "http://testserver"


def hrefs(html):
    return [unescape(found) for found in re.findall(r'href="([^"]*)"', html)]


def test_links_lead_past_us_and_on_to_where_they_led(make_sent, client):
    email = make_sent()

    html = tag_links(
        base=BASE,
        email=email,
        html='<p>See <a href="https://a.example.com/x?a=1&amp;b=2#c">it</a></p>',
    )

    (address,) = hrefs(html)
    assert address.startswith("http://testserver/t/c/")
    assert client.get(address)["Location"] == "https://a.example.com/x?a=1&b=2#c"


def test_the_body_ends_with_a_pixel_that_nobody_sees(make_sent, client):
    html = tag_links(base=BASE, email=make_sent(), html="<p>Hello</p>")

    found = re.fullmatch(r'<p>Hello</p><img src="([^"]+)" width="1" height="1" alt="">', html)
    assert client.get(found[1])["Content-Type"] == "image/gif"


def test_only_web_links_are_tracked(make_sent):
    body = (
        '<a href="mailto:sam@example.com">m</a><a href="tel:+4912">t</a><a href="#top">a</a>'
        '<a name="top">n</a><a href="javascript:alert(1)">j</a><a href="ftp://example.com">f</a>'
    )
    email = make_sent()

    assert tag_links(base=BASE, email=email, html=body).startswith(body)
    assert not email.links.exists()


def test_all_else_in_the_body_stays_as_it_is(make_sent):
    body = (
        '<p class="a">1 &lt; 2 &amp;&nbsp;3 &#8364; – ü</p><br><img src="https://i.example.com/?a=1&amp;b">'
        '<table style="width: 1px"><tbody><tr><td title="a > b">x</td></tr></tbody></table>'
    )

    assert tag_links(base=BASE, email=make_sent(), html=body).startswith(body)


def test_a_link_keeps_its_other_attributes(make_sent):
    html = tag_links(
        base=BASE,
        email=make_sent(),
        html='<a title="a &quot;b&quot;" href="https://example.com" rel="noopener">x</a>',
    )

    assert re.search(r'<a href="[^"]+" title="a &quot;b&quot;" rel="noopener">x</a>', html)


def test_the_same_address_twice_is_one_link(make_sent):
    email = make_sent()

    tag_links(
        base=BASE,
        email=email,
        html='<a href="https://example.com">a</a> <a href="https://example.com">b</a>',
    )

    assert email.links.count() == 1


def test_tagged_again_for_a_retry_the_links_are_the_same(make_sent):
    email = make_sent()
    body = '<a href="https://a.example.com">a</a><a href="https://b.example.com">b</a>'
    tag_links(base=BASE, email=email, html=body)

    tag_links(base=BASE, email=email, html=body.replace("b.example", "c.example"))

    assert list(email.links.order_by("position").values_list("position", "url")) == [
        (1, "https://a.example.com"),
        (2, "https://b.example.com"),
        (3, "https://c.example.com"),
    ]


def test_the_way_to_unsubscribe_is_not_tracked(make_sent):
    email = make_sent()
    address = unsubscribe_url(email=email, base=public_address())

    html = tag_links(base=BASE, email=email, html=f'<a href="{address}">Unsubscribe</a>')

    assert hrefs(html) == [address]


def test_addresses_are_on_the_tracking_domain(make_sent):
    EmailSettings.objects.create(pk=1, tracking_url="https://go.example.com/")

    html = tag_links(
        base=public_address(), email=make_sent(), html='<a href="https://example.com">a</a>'
    )

    assert 'href="https://go.example.com/t/c/' in html
    assert 'src="https://go.example.com/t/o/' in html
