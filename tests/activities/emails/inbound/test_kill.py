"""A worker that is killed between reading a message and the commit of what follows from it."""

import os
import subprocess
import sys
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from activities.emails.inbound.poll import poll_mailboxes
from activities.emails.models import InboundMessage
from activities.models import Activity
from tests.activities.factories import NOW

from .conftest import SELLER, written

pytestmark = pytest.mark.django_db(transaction=True)

POLL_AND_DIE = """
import os, signal
from django.utils import timezone
from activities.emails.inbound.poll import poll_mailboxes
from activities.emails.signals import email_replied

def die(**_):
    os.kill(os.getpid(), signal.SIGKILL)

email_replied.connect(die)
poll_mailboxes(now=timezone.now())
"""


def killed_worker():
    """Another process that polls for the database of this test; how it ended."""
    database = connection.settings_dict
    user, password = quote(database["USER"]), quote(database["PASSWORD"])
    address = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    process = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "--command", POLL_AND_DIE],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": f"postgres://{user}:{password}@{address}",
            "DJANGO_SETTINGS_MODULE": "actions_app.settings.test",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    return process.returncode


def test_a_killed_worker_loses_nothing_and_nothing_happens_twice(mail, email):
    for number in range(3):
        mail.deliver(SELLER, written(f"Answer {number}", In_Reply_To=f"<{email.message_id}>"))

    assert killed_worker() == -9
    assert not InboundMessage.objects.exists()
    assert killed_worker() == -9

    # The lock went with the worker.
    assert poll_mailboxes(now=NOW + timedelta(minutes=1)) == 3
    email.refresh_from_db()
    assert email.replies == 3
    assert Activity.objects.count() == 3
