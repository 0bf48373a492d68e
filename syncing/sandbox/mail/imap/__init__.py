"""The door out: as much of IMAP4rev1 (RFC 3501) as programs that read mail use, and IDLE."""
