from django.dispatch import Signal

# Sent once when a connection can't be used any more before its user connects again: `connection`.
salesforce_connection_lost = Signal()
