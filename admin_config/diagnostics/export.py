"""The failures as a table, for whoever mends them in Salesforce or Marketo."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admin_config.diagnostics.selection import Selection
from syncing.diagnostics.catalogue import Explanation, explain

HEADER = (
    gettext_lazy("Kind"),
    gettext_lazy("State"),
    gettext_lazy("Code"),
    gettext_lazy("Category"),
    gettext_lazy("What it means"),
    gettext_lazy("What to do"),
    gettext_lazy("Message"),
    gettext_lazy("What"),
    gettext_lazy("Person"),
    gettext_lazy("Email"),
    gettext_lazy("Whose"),
    gettext_lazy("When (UTC)"),
)
BATCH = 2_000


def rows_of(chosen: Selection) -> Iterator[tuple[object, ...]]:
    for source, rows in chosen.rows():
        explained: dict[str, Explanation] = {}
        related = rows.select_related(*source.related).order_by("pk")
        for row in related.iterator(chunk_size=BATCH):
            category, words, advice = explained.setdefault(
                row.code, explain(source.destination, row.code)
            )
            finding = source.tell(row)
            yield (
                source.label,
                _("Needs a decision") if row.is_parked else _("Tried again"),
                row.code,
                category.label,
                words,
                advice,
                row.reason,
                finding.what,
                finding.person.name if finding.person else "",
                finding.person.email if finding.person else "",
                finding.who,
                finding.happened_at.isoformat(timespec="seconds"),
            )
