from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UnsubscribeCheckConfig(AppConfig):
    name = "syncing.unsubscribe_check"
    verbose_name = _("Marketo unsubscribe check")

    def ready(self) -> None:
        import_module("syncing.unsubscribe_check.gate")
