from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SyncingConfig(AppConfig):
    name = "syncing"
    verbose_name = _("Syncing")

    def ready(self) -> None:
        import_module("syncing.record_links")
