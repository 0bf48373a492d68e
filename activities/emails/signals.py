"""What upper floors may listen to. Each is sent inside the transaction that settles the email.

They come before the activity is recorded: whoever listens may lock rows that come before the
counters of people.
"""

from django.dispatch import Signal

# `email`, `now`.
email_sent = Signal()
email_failed = Signal()
# `email`, `message` (an InboundMessage), `now`. Out-of-office answers too: see `message.kind`.
email_replied = Signal()
# `email`, `now`: for good, not a delay.
email_bounced = Signal()
# `email`, before it becomes a draft again. A receiver raises Refused to keep it scheduled.
email_unscheduling = Signal()
