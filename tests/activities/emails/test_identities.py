import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail as outbox

from activities.emails import identities
from activities.emails.models import SenderIdentity
from people.errors import Refused
from tests.activities.factories import NOW, make_identity

pytestmark = pytest.mark.django_db


def add(user, address="sam@example.com", **fields):
    return identities.add(user=user, name="Sam", address=address, now=NOW, **fields)


def test_the_first_is_the_default_and_not_verified(seller):
    first, second = add(seller), add(seller, "sales@example.com")

    assert (first.is_default, second.is_default) == (True, False)
    assert first.verified_at is None
    assert identities.default_identity(seller) == first


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("sam at example", "“sam at example” is not an email address"),
        ("SAM@example.com", "already have an identity with this address"),
    ],
)
def test_what_cannot_be_added_is_refused_in_words(seller, address, words):
    add(seller)

    with pytest.raises(Refused, match=words):
        add(seller, address)


def test_two_is_the_limit(seller):
    add(seller)
    add(seller, "sales@example.com")

    with pytest.raises(Refused, match="You have 2 identities already"):
        add(seller, "third@example.com")


def test_names_and_signatures_are_cleaned(seller):
    identity = add(seller, signature_html="<p>Sam<script>x</script></p>")
    assert identity.signature_html == "<p>Sam</p>"

    identities.edit(identity=identity, name="Sam\r\nBcc: x", signature_html="<b onclick=x>S</b>")

    identity.refresh_from_db()
    assert (identity.name, identity.signature_html) == ("Sam Bcc: x", "<b>S</b>")


class TestVerification:
    def mailed_token(self, identity):
        token = identities.token_of(identity)
        identities.send_verification(
            identity=identity, url=f"http://testserver/verify/{token}/", now=NOW
        )
        (message,) = outbox.outbox
        assert message.to == [identity.address]
        return re.search(r"/verify/(.*)/", message.body)[1]

    def test_the_mailed_link_verifies_the_address(self, seller):
        identity = add(seller)

        verified = identities.verify(token=self.mailed_token(identity), by=seller, now=NOW)

        assert verified == identity
        identity.refresh_from_db()
        assert identity.verified_at == identity.verification_sent_at == NOW

    def test_a_second_visit_changes_nothing(self, seller):
        token = identities.token_of(add(seller))
        identities.verify(token=token, by=seller, now=NOW)

        again = identities.verify(token=token, by=seller, now=NOW + timedelta(days=1))

        assert again.verified_at == NOW

    @pytest.mark.parametrize("token", ["", "x", "x:y:z", "eyJpZGVudGl0eSI6MX0:1:abc"])
    def test_a_made_up_link_is_refused(self, seller, token):
        with pytest.raises(Refused, match="not valid any more"):
            identities.verify(token=token, by=seller, now=NOW)

    def test_an_old_link_is_refused(self, seller):
        identity = add(seller)
        with time_machine.travel(NOW, tick=False) as clock:
            token = identities.token_of(identity)
            clock.shift(timedelta(days=7, seconds=1))

            with pytest.raises(Refused, match="not valid any more"):
                identities.verify(token=token, by=seller, now=NOW)

    def test_the_link_of_a_removed_identity_is_refused(self, seller):
        identity = add(seller)
        token = identities.token_of(identity)
        identities.remove(identity=identity)

        with pytest.raises(Refused, match="removed"):
            identities.verify(token=token, by=seller, now=NOW)

    def test_the_link_of_a_colleagues_identity_is_refused(self, seller, other_seller):
        identity = add(seller)

        with pytest.raises(Refused, match="Only Sam"):
            identities.verify(token=identities.token_of(identity), by=other_seller, now=NOW)
        identity.refresh_from_db()
        assert identity.verified_at is None

    def test_a_link_is_good_for_its_address_alone(self, seller):
        identity = add(seller)
        token = identities.token_of(identity)
        SenderIdentity.objects.update(address="other@example.com")

        with pytest.raises(Refused):
            identities.verify(token=token, by=seller, now=NOW)


def test_another_one_becomes_the_default(seller):
    first, second = make_identity(seller), make_identity(seller, address="b@example.com")

    identities.set_default(identity=second)
    assert identities.default_identity(seller) == second

    identities.remove(identity=second)
    assert identities.default_identity(seller) == first
