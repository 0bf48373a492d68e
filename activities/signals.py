"""What upper floors may listen to."""

from django.dispatch import Signal

# Sent inside the transaction that records: `activities`, the new rows of the log.
activities_recorded = Signal()
