-- Where a job came from, how it reached its person, and what is still to be said about it.

ALTER TABLE jobs ADD COLUMN source_message_id INTEGER; -- the message that asked for it; NULL: an interaction did
-- How its ending was shown: in its own message, in a new one in the same channel, in private, or not at all.
-- NULL in an ended job: not shown yet, so the next start of the bot has to.
ALTER TABLE jobs ADD COLUMN delivered TEXT CHECK (delivered IN ('message', 'channel', 'dm', 'nowhere'));
ALTER TABLE jobs ADD COLUMN obstacle TEXT; -- why not in its own message; a name that the bot has a sentence for
ALTER TABLE jobs ADD COLUMN told_at REAL; -- when a person heard, at another occasion, of what could be shown nowhere
ALTER TABLE jobs ADD COLUMN ping TEXT CHECK (ping IN ('due', 'sent', 'dropped')); -- NULL: none wanted

UPDATE jobs SET delivered = 'message' WHERE state IN ('done', 'failed', 'cancelled', 'refused');

CREATE UNIQUE INDEX jobs_source_message ON jobs (source_message_id) WHERE source_message_id IS NOT NULL;
CREATE INDEX jobs_ping_due ON jobs (id) WHERE ping = 'due';
CREATE INDEX jobs_unshown ON jobs (id) WHERE state IN ('failed', 'cancelled', 'refused') AND delivered IS NULL;
CREATE INDEX jobs_untold_of ON jobs (requester_id, id) WHERE delivered = 'nowhere' AND told_at IS NULL;

ALTER TABLE people ADD COLUMN ping INTEGER NOT NULL DEFAULT 1 CHECK (ping IN (0, 1)); -- called when a long job is done

-- New messages that were tried to be sent, so that after a crash none is sent twice.
CREATE TABLE sendings (
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('acknowledgement', 'card', 'ending', 'ping')),
    channel_id INTEGER NOT NULL,
    first_at REAL NOT NULL, -- of the attempts that Discord may still know by their nonce
    last_at REAL NOT NULL,
    message_id INTEGER, -- what came of it; NULL: nobody knows
    PRIMARY KEY (job_id, kind, channel_id)
) STRICT, WITHOUT ROWID;
