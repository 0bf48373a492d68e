"""What upper floors may listen to. Each is sent inside the transaction that settles the email."""

from django.dispatch import Signal

# `email`, `now`.
email_sent = Signal()
email_failed = Signal()
# `email`, `message` (an InboundMessage), `now`. Out-of-office answers too: see `message.kind`.
email_replied = Signal()
# `email`, `now`: for good, not a delay.
email_bounced = Signal()
