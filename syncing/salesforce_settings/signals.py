from django.dispatch import Signal

# Sent inside the transaction: `changes` ({name: [before, after]}), `by` (a user or None), `now`.
salesforce_settings_changed = Signal()
