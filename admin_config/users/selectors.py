from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from admin_config.models import Invitation, User

STATES = {"active": Q(is_active=True), "deactivated": Q(is_active=False), "all": Q()}
ORDERS = {
    "name": (Lower("first_name"), Lower("last_name"), "email"),
    "-name": (Lower("first_name").desc(), Lower("last_name").desc(), "-email"),
    "role": ("role", "email"),
    "-role": ("-role", "email"),
    "last_login": ("last_login", "email"),
    "-last_login": ("-last_login", "email"),
}


def users(*, q: str, state: str, sort: str) -> QuerySet[User]:
    """Users whose name, email or Salesforce ID contains every word of `q`."""
    found = User.objects.filter(STATES.get(state, STATES["active"]))
    for word in q.replace("\0", " ").split():
        found = found.filter(
            Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(email__icontains=word)
            | Q(salesforce_user_id__icontains=word)
        )
    return found.prefetch_related("teams").order_by(*ORDERS.get(sort, ORDERS["name"]))


def waiting_invitations() -> QuerySet[Invitation]:
    """Invitations neither accepted nor revoked, expired ones too: they can be renewed."""
    return (
        Invitation.objects.filter(accepted_at=None, revoked_at=None)
        .select_related("invited_by")
        .order_by("-created_at", "-id")
    )
