"""What upper floors may listen to."""

from django.dispatch import Signal

# Sent before anything of an export is sent: `user`, `query`.
people_export_begun = Signal()
# Sent when an export ends, whole or broken off: `user`, `count` of people written, `query`.
people_exported = Signal()
# Inside the transaction: `unsubscribes`, the new rows with their people, `now`.
people_unsubscribed = Signal()
# Inside the transaction: `person`, `by`, `reason`, `now`.
person_resubscribed = Signal()
