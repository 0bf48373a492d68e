from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    name = "activities.campaigns"
    verbose_name = _("Campaigns")

    def ready(self) -> None:
        import_module("activities.campaigns.receivers")
        import_module("activities.campaigns.unsubscribing")
        import_module("activities.campaigns.by_hand")
        import_module("activities.campaigns.gates")
        import_module("activities.campaigns.template_steps")
        import_module("activities.campaigns.people_pages")
