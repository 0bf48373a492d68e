"""What binds the workspace to its org: records of ours lie there, unknown to any other org.

An app that writes such records appends to `ties` in `ready()`.
"""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from syncing.errors import Misconfigured
from syncing.salesforce_connections.models import SalesforceOrg

# Each tells whether there is anything of its kind.
ties: list[Callable[[], bool]] = []


def require_untied(org: SalesforceOrg) -> None:
    """Raises Misconfigured, in words for an admin, once anything of ours lies in the org."""
    if any(is_tied() for is_tied in ties):
        raise Misconfigured(
            _(
                "This workspace stays with %(org)s. What sellers did here lies there as tasks, and"
                " which task is which is kept for good; in another org the same would be written"
                " again. Another org needs a workspace of its own. To only stop what is written,"
                " switch it off in the sync settings or end the main connection."
            )
            % {"org": org},
            setting="org",
        )
