from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CallsConfig(AppConfig):
    name = "activities.calls"
    verbose_name = _("Calls")

    def ready(self) -> None:
        import_module("activities.calls.people_pages")
