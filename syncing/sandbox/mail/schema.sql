-- Every address has a mailbox; what follows a plus sign in it does not count.
CREATE TABLE IF NOT EXISTS mailbox (
    address TEXT PRIMARY KEY,
    uid_validity INTEGER NOT NULL,
    uid_next INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    mailbox TEXT NOT NULL,
    uid INTEGER NOT NULL,
    -- The envelope: whom it came from, and the very address it went to.
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    received_at REAL NOT NULL,
    size INTEGER NOT NULL,
    flags TEXT NOT NULL DEFAULT '',
    raw BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS message_by_uid ON message (mailbox, uid);

-- What the prospect did with a message.
CREATE TABLE IF NOT EXISTS deed (
    id INTEGER PRIMARY KEY,
    message_id INTEGER NOT NULL,
    happened_at REAL NOT NULL,
    what TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS deed_by_message ON deed (message_id);
