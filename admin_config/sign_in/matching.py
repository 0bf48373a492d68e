"""Which account is whose in Salesforce. No account is ever made by signing in."""

from __future__ import annotations

from django.utils.translation import gettext as _

from admin_config.errors import Refused
from admin_config.models import User
from people.salesforce_ids import forms_of
from syncing.salesforce import UserInfo
from syncing.salesforce_connections.selectors import get_org


def user_of(info: UserInfo) -> User:
    """The account of whoever signed in to Salesforce, active or not; raises Refused.

    Only the workspace's own org counts: at login.salesforce.com everybody's org signs in, and
    its admin may give a user any address. The stored Salesforce user ID tells who it is, if an
    admin entered it or it was shown by connecting; else the address does, if Salesforce has
    verified it.
    """
    org = get_org()
    if org is None or not org.org_id or info.org_id != org.org_id:
        raise Refused(_("You signed in to an org of Salesforce that this workspace does not use."))
    return _by_id(info) or _by_address(info)


def _by_id(info: UserInfo) -> User | None:
    users = User.objects.filter(
        salesforce_user_id__in=forms_of(info.user_id), is_salesforce_user_matched=False
    )
    found = list(users.filter(is_active=True)[:2] or users[:2])
    if len(found) > 1:
        raise Refused(
            _("More than one account here has your Salesforce user ID. Ask an admin to correct it.")
        )
    return found[0] if found else None


def _by_address(info: UserInfo) -> User:
    values = {"email": info.email}
    if not info.is_email_verified:
        raise Refused(
            _("Salesforce has not verified your address %(email)s yet. Verify it there first.")
            % values
        )
    user = User.objects.filter(email__iexact=info.email).first()
    if user is None:
        raise Refused(
            _("There is no account here for %(email)s. Ask an admin to invite you.") % values
        )
    if user.salesforce_user_id not in {"", *forms_of(info.user_id)}:
        raise Refused(
            _("The account of %(email)s belongs to another Salesforce user. Ask an admin.") % values
        )
    return user
