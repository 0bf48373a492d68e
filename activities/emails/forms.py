"""What the compose panel sends."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _

from activities.emails.addresses import is_address
from activities.emails.models import Email, EmailFile, SenderIdentity, StoredFile, Template
from activities.emails.selectors import visible_emails
from activities.emails.template_selectors import usable_templates
from activities.reminders.models import Reminder
from people.errors import Refused
from people.models import Person
from people.selection import is_id

_QUOTED = re.compile(r'"[^"]*"')
_BETWEEN = re.compile(r"[,;\n]")
_ANGLES = re.compile(r"<([^<>]*)>")


class AddressesField(forms.CharField):
    """Addresses with commas, semicolons or spaces between; names beside them are dropped."""

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        parts = _BETWEEN.split(_QUOTED.sub("", str(value or "")))
        found = [(_ANGLES.search(part), part) for part in parts]
        return [
            address for angles, part in found for address in (angles[1] if angles else part).split()
        ]


class ComposeForm(forms.Form):
    """Everything may be missing but the person: a draft is saved as it is."""

    key = forms.UUIDField()
    version = forms.CharField(required=False)
    person = forms.ModelChoiceField(Person.objects.all())
    follow_up_to = forms.ModelChoiceField(Email.objects.none(), required=False)
    reminder = forms.ModelChoiceField(Reminder.objects.none(), required=False)
    identity = forms.ModelChoiceField(SenderIdentity.objects.none(), required=False)
    template = forms.ModelChoiceField(Template.objects.none(), required=False)
    cc = AddressesField(required=False)
    bcc = AddressesField(required=False)
    subject = forms.CharField(required=False)
    body_html = forms.CharField(required=False)

    def __init__(self, data: Any, *, user: Any) -> None:
        super().__init__(data)
        self.user = user
        fields: dict[str, Any] = self.fields
        fields["follow_up_to"].queryset = visible_emails(user=user).filter(sender=user)
        fields["reminder"].queryset = Reminder.objects.filter(owner=user)
        fields["identity"].queryset = user.sender_identities.all()
        fields["template"].queryset = usable_templates(user=user)

    def names_somebody(self) -> bool:
        """Whether there is something to save; whatever else is wrong is left out."""
        self.full_clean()
        return "key" in self.cleaned_data and "person" in self.cleaned_data

    @property
    def key_and_version(self) -> dict[str, Any]:
        key: UUID = self.cleaned_data["key"]
        return {"key": key, "version": self.cleaned_data["version"]}

    @property
    def content(self) -> dict[str, Any]:
        """As `edit_draft` takes it; what is no address is left out, see `bad_addresses`."""
        cleaned = self.cleaned_data
        template = cleaned.get("template")
        return {
            "identity": cleaned.get("identity"),
            "template": template,
            "is_non_commercial": bool(template and template.is_non_commercial),
            "cc": [address for address in cleaned["cc"] if is_address(address)],
            "bcc": [address for address in cleaned["bcc"] if is_address(address)],
            "subject": cleaned["subject"],
            "body_html": cleaned["body_html"],
            **files_by_kind(self.data, user=self.user),
        }

    def bad_addresses(self) -> str:
        """Why not everybody in Cc and Bcc was taken over; empty when they all were."""
        both = (*self.cleaned_data["cc"], *self.cleaned_data["bcc"])
        bad = [address for address in both if not is_address(address)]
        if not bad:
            return ""
        return _("Not an email address: %(texts)s") % {"texts": ", ".join(bad)}

    def refuse_bad_addresses(self) -> None:
        """Raises Refused that names them."""
        if bad := self.bad_addresses():
            raise Refused(bad)


class BatchForm(forms.Form):
    """The text for all of a batch, or for one of its people."""

    subject = forms.CharField(required=False)
    body_html = forms.CharField(required=False)
    template = forms.ModelChoiceField(Template.objects.none(), required=False)

    def __init__(self, data: Any, *, user: Any) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["template"].queryset = usable_templates(user=user)
        self.user = user
        self.full_clean()

    @property
    def text(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("subject", "body_html")}

    @property
    def content(self) -> dict[str, Any]:
        """As `edit_all` takes it."""
        template = self.cleaned_data.get("template")
        return {
            **self.text,
            "template": template,
            "is_non_commercial": bool(template and template.is_non_commercial),
            **files_by_kind(self.data, user=self.user),
        }


def files_by_kind(data: Any, *, user: Any) -> dict[str, list[StoredFile]]:
    """The files that the form holds: attached ones, and those that go as tracked links."""
    tracked = set(data.getlist("tracked"))
    files = chosen_files(data, user=user)
    return {
        "files": [file for file in files if str(file.pk) not in tracked],
        "tracked_files": [file for file in files if str(file.pk) in tracked],
    }


def chosen_files(data: Any, *, user: Any) -> list[StoredFile]:
    """What the form holds, in its order: files of the user's own or of templates they may use.

    And those of the user's emails: a file stays when its template is not to be used any more.
    """
    pks = [int(pk) for pk in data.getlist("file") if is_id(pk)]
    of_templates = usable_templates(user=user).order_by().values("files")
    of_emails = EmailFile.objects.filter(email__sender=user).values("file")
    allowed = Q(owner=user) | Q(pk__in=of_templates) | Q(pk__in=of_emails)
    found = StoredFile.objects.filter(allowed).defer("content").in_bulk(pks)
    return [found[pk] for pk in dict.fromkeys(pks) if pk in found]
