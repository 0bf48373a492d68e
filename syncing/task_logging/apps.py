from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TaskLoggingConfig(AppConfig):
    name = "syncing.task_logging"
    verbose_name = _("Tasks in Salesforce")

    def ready(self) -> None:
        import_module("syncing.task_logging.copies")
        import_module("syncing.task_logging.enqueue")
        import_module("syncing.task_logging.findings")
        import_module("syncing.task_logging.reports")
