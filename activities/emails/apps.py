from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EmailsConfig(AppConfig):
    name = "activities.emails"
    verbose_name = _("Emails")

    def ready(self) -> None:
        import_module("activities.emails.people_pages")
