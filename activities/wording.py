"""Activities in plain sentences."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from activities.models import Activity

Kind = Activity.Kind

# Names of the sprite.
ICONS = {
    Kind.EMAIL_SENT: "send",
    Kind.EMAIL_OPENED: "eye",
    Kind.EMAIL_CLICKED: "pointer",
    Kind.EMAIL_REPLIED: "arrow-back-up",
    Kind.EMAIL_BOUNCED: "alert-triangle",
    Kind.CALL_RECEIVED: "phone",
    Kind.CAMPAIGN_ADDED: "user-plus",
    Kind.CAMPAIGN_REMOVED: "logout",
}

_SENTENCES = {
    Kind.EMAIL_SENT: _("%(seller)s sent “%(subject)s”"),
    Kind.EMAIL_OPENED: _("%(person)s opened “%(subject)s”"),
    Kind.EMAIL_CLICKED: _("%(person)s clicked a link in “%(subject)s”"),
    Kind.EMAIL_REPLIED: _("%(person)s answered “%(subject)s”"),
    Kind.EMAIL_BOUNCED: _("“%(subject)s” bounced"),
    Kind.CALL_RECEIVED: _("%(seller)s called %(person)s"),
    Kind.CAMPAIGN_ADDED: _("%(seller)s added %(person)s to “%(subject)s”"),
    Kind.CAMPAIGN_REMOVED: _("%(person)s was removed from “%(subject)s”"),
}


def sentence_of(activity: Activity) -> str:
    return str(_SENTENCES[Kind(activity.kind)]) % {
        "seller": activity.actor.name,
        "person": activity.person.first_name or activity.person.name,
        "subject": activity.subject or _("(no subject)"),
    }
