"""Named searches of the people list."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from people.errors import Refused
from people.models import SavedView


@transaction.atomic
def save_view(*, user: Any, name: str, query: str) -> SavedView:
    """Keep the query string of the list under a name."""
    if len(query) > SavedView.MAX_QUERY:
        raise Refused(_("This search is too long to be kept. Take fewer words or filters."))
    get_user_model().objects.select_for_update().get(pk=user.pk)
    if SavedView.objects.filter(user=user).count() >= SavedView.MAX_PER_USER:
        raise Refused(
            _("You have %(count)d views already. Delete one to make room for another.")
            % {"count": SavedView.MAX_PER_USER}
        )
    return _saved(SavedView(user=user, name=name, query=query))


def rename_view(*, view: SavedView, name: str) -> SavedView:
    view.name = name
    return _saved(view)


def _saved(view: SavedView) -> SavedView:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise Refused(_("You already have a view with this name.")) from error
    return view
