"""Users and people for tests. People come in as in production: through `merge_people`."""

import itertools

import factory
from django.contrib.auth import get_user_model
from django.utils import timezone

from people.models import Person, SalesforceUser
from syncing.people_sync.load import PersonRow, merge_people
from syncing.people_sync.removals import remove_people

OWNER_ID = "005000000000001AAA"
_marketo_ids = itertools.count(1_000_001)


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = get_user_model()

    email = factory.Sequence("user{}@example.com".format)
    password = "Rail-Signal-9"
    first_name = factory.Faker("first_name")
    last_name = factory.Faker("last_name")

    @classmethod
    def _create(cls, model_class, *_args, **kwargs):
        return model_class.objects.create_user(**kwargs)


def make_user(**fields):
    return UserFactory(**fields)


def make_admin(**fields):
    return UserFactory(**{"role": get_user_model().Role.ADMIN, **fields})


def make_salesforce_user(salesforce_id, name, **fields):
    """An owner as Salesforce named them."""
    return SalesforceUser.objects.create(
        short_id=salesforce_id[:15], name=name, read_at=timezone.now(), **fields
    )


def person_row(**fields):
    """A row for `merge_people`: unless told otherwise a contact with an owner, unlike any other."""
    marketo_id = fields.pop("marketo_id", None) or next(_marketo_ids)
    defaults = {
        "first_name": "Ann",
        "last_name": f"Example {marketo_id}",
        "email": f"ann.{marketo_id}@example.com",
        "company": "Example Ltd",
        "title": "Buyer",
        "owner_salesforce_id": OWNER_ID,
        "sfdc_type": Person.SfdcType.CONTACT,
        "salesforce_contact_id": f"003{marketo_id:015d}",
    }
    return PersonRow(marketo_id=marketo_id, **(defaults | fields))


def make_people(count, *, now=None, **fields):
    """Make `count` people at once, all with these fields; return them in the order made."""
    rows = [person_row(**fields) for _ in range(count)]
    return _merged(rows, now=now)


def make_person(*, removed_reason="", now=None, **fields):
    """Make one person; with `removed_reason`, one that was here and then left."""
    (person,) = _merged([person_row(**fields)], now=now)
    if removed_reason:
        remove_people({person.marketo_id: removed_reason}, now=now or timezone.now())
        person.refresh_from_db()
    return person


def _merged(rows, *, now):
    merge_people(rows, now=now or timezone.now(), with_opportunities=True)
    people = Person.objects.in_bulk([row.marketo_id for row in rows], field_name="marketo_id")
    return [people[row.marketo_id] for row in rows]
