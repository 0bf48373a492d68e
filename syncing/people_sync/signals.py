"""What others may listen to."""

from django.dispatch import Signal

# Inside the transaction, after people were written or removed: `stamp`, which is the `updated_at`
# of just these people. Not after a load into an empty table.
people_written = Signal()
# The same after such a load, for those who cannot wait for its end.
people_loaded = Signal()
