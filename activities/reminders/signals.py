"""What upper floors may listen to."""

from django.dispatch import Signal

# Sent inside the transaction: `reminder`, which is not open any more, or open again.
reminder_closed = Signal()
reminder_reopened = Signal()
