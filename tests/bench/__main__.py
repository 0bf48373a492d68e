"""`make bench`: every figure with its baseline from the same run; arguments choose benches."""

import os
import sys
from importlib import import_module

import django
from django.core.management import call_command

from actions_app.launcher.servers import temporary_servers


def main() -> None:
    wanted = sys.argv[1:] or [
        "load",
        "million",
        "sweep",
        "pages",
        "campaigns",
        "delivery",
        "salesforce",
        "tracking",
        "emails",
        "reminders",
        "unsubscribes",
    ]
    with temporary_servers() as servers:
        os.environ.update(servers.environment)
        os.environ["DJANGO_SETTINGS_MODULE"] = "actions_app.settings.development"
        os.environ["MARKETO_EXPORT_POLL_SECONDS"] = "0.05"
        os.environ["LOG_LEVEL"] = "ERROR"
        run(wanted)


def run(wanted: list[str]) -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    # Models can be imported only now.
    load, pages = import_module("tests.bench.load"), import_module("tests.bench.pages")
    campaigns = import_module("tests.bench.campaigns")
    delivery = import_module("tests.bench.delivery")
    salesforce = import_module("tests.bench.salesforce")
    tracking = import_module("tests.bench.tracking")
    emails = import_module("tests.bench.emails")
    reminders = import_module("tests.bench.reminders")
    unsubscribes = import_module("tests.bench.unsubscribes")
    benches = {
        "load": load.bench_load,
        "million": load.bench_million,
        "sweep": load.bench_sweep,
        "pages": pages.bench_pages,
        "campaigns": campaigns.bench_campaigns,
        "delivery": delivery.bench_delivery,
        "salesforce": salesforce.bench_salesforce,
        "tracking": tracking.bench_tracking,
        "emails": emails.bench_emails,
        "reminders": reminders.bench_reminders,
        "unsubscribes": unsubscribes.bench_unsubscribes,
    }
    for name in wanted:
        benches[name]()


if __name__ == "__main__":
    main()
