"""What upper floors may listen to."""

from django.dispatch import Signal

# All are sent inside the transaction.

# `reminders` that were created or changed in any way, `now`.
reminders_changed = Signal()
# `reminder`, which is not open any more, or open again, `now`.
reminder_closed = Signal()
reminder_reopened = Signal()
