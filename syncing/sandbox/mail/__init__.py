"""A local mailbox server: SMTP in, IMAP out, and somebody to play the prospects."""
