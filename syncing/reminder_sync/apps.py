from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReminderSyncConfig(AppConfig):
    name = "syncing.reminder_sync"
    verbose_name = _("Reminders in Salesforce")

    def ready(self) -> None:
        import_module("syncing.reminder_sync.findings")
        import_module("syncing.reminder_sync.reminder_pages")
        import_module("syncing.reminder_sync.receivers")
        import_module("syncing.reminder_sync.ties")
