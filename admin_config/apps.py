from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AdminConfigConfig(AppConfig):
    name = "admin_config"
    verbose_name = _("Admin config")

    def ready(self) -> None:
        import_module("admin_config.receivers")
