from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SalesforceSettingsConfig(AppConfig):
    name = "syncing.salesforce_settings"
    verbose_name = _("Salesforce settings")
