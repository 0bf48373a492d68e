from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeliveryConfig(AppConfig):
    name = "syncing.delivery"
    verbose_name = _("Delivery")

    def ready(self) -> None:
        import_module("syncing.delivery.enqueue")
        import_module("syncing.delivery.findings")
        import_module("syncing.delivery.reports")
        import_module("syncing.delivery.ties")
