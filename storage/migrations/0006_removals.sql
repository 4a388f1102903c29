-- Messages of ours that are to be deleted, and of which nothing else is known any more.

CREATE TABLE removals (
    message_id INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL
) STRICT;
