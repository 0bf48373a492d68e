from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SalesforceConnectionsConfig(AppConfig):
    name = "syncing.salesforce_connections"
    verbose_name = _("Salesforce connections")
