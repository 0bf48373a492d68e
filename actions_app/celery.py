"""The Celery application: four queues, late acknowledgement, one static tick."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "actions_app.settings.development")

app = Celery("actions")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["activities.emails.tracking", "activities.emails.inbound"])
