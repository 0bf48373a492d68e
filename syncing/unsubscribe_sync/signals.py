from django.dispatch import Signal

# Sent inside the transaction: `changes` ({name: [before, after]}), `by` (a user or None), `now`.
unsubscribe_sync_changed = Signal()
# Sent when an admin had opt-outs cleared in Salesforce: `person`, `records` (ids), `by`, `now`.
opt_outs_cleared = Signal()
