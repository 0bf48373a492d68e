from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SmartGridConfig(AppConfig):
    name = "syncing.smart_grid"
    verbose_name = _("Smart Grid")

    def ready(self) -> None:
        import_module("syncing.smart_grid.people_pages")
