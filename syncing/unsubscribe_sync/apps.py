from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UnsubscribeSyncConfig(AppConfig):
    name = "syncing.unsubscribe_sync"
    verbose_name = _("Unsubscribes in Salesforce")

    def ready(self) -> None:
        import_module("syncing.unsubscribe_sync.receivers")
        import_module("syncing.unsubscribe_sync.pages")
