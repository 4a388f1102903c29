-- What a server rules, where people stand, what they accepted and reported, and which decisions were made.

ALTER TABLE servers ADD COLUMN rules TEXT NOT NULL DEFAULT '{}'
    CHECK (json_valid(rules) AND json_type(rules) = 'object');
ALTER TABLE servers ADD COLUMN blocked TEXT NOT NULL DEFAULT ''; -- literals, normalised, one a line

-- Of strikes and bars: whoever had their data deleted is known by a keyed hash from then on, and by nothing else.
CREATE TABLE strikes (
    id INTEGER PRIMARY KEY,
    person_id INTEGER,
    person_hash BLOB CHECK (length(person_hash) = 32),
    at REAL NOT NULL,
    until REAL NOT NULL, -- no new pictures before; the same as `at` where the strike cost nothing
    CHECK ((person_id IS NULL) <> (person_hash IS NULL))
) STRICT;

CREATE INDEX strikes_person ON strikes (person_id, at) WHERE person_id IS NOT NULL;
CREATE INDEX strikes_hash ON strikes (person_hash, at) WHERE person_hash IS NOT NULL;

CREATE TABLE bars (
    id INTEGER PRIMARY KEY,
    person_id INTEGER,
    person_hash BLOB CHECK (length(person_hash) = 32),
    server_id INTEGER NOT NULL, -- 0: everywhere, by the operator or after too many strikes
    kind TEXT NOT NULL CHECK (kind IN ('blocked', 'no_adult')),
    made_at REAL NOT NULL,
    CHECK ((person_id IS NULL) <> (person_hash IS NULL)),
    UNIQUE (person_id, server_id, kind),
    UNIQUE (person_hash, server_id, kind)
) STRICT;

-- No prompt and no picture. After a month the ids give way to hashes whose key is thrown away.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    person_id INTEGER,
    person_hash BLOB CHECK (length(person_hash) = 32),
    guild_id INTEGER,
    guild_hash BLOB CHECK (length(guild_hash) = 32),
    moment TEXT NOT NULL,
    rule TEXT NOT NULL,
    decision TEXT NOT NULL,
    scores TEXT NOT NULL CHECK (json_valid(scores) AND json_type(scores) = 'object'),
    detector TEXT NOT NULL,
    CHECK (person_id IS NULL OR person_hash IS NULL),
    CHECK (guild_id IS NULL OR guild_hash IS NULL)
) STRICT;

CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_person ON audit (person_id) WHERE person_id IS NOT NULL;

CREATE TABLE agreements (
    person_id INTEGER NOT NULL,
    text TEXT NOT NULL, -- which terms, with their version
    accepted_at REAL NOT NULL,
    PRIMARY KEY (person_id, text)
) STRICT, WITHOUT ROWID;

-- What people asked for before they accepted the terms: begun once they do.
CREATE TABLE asked (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL,
    request TEXT NOT NULL CHECK (json_valid(request) AND json_type(request) = 'object'),
    private INTEGER NOT NULL CHECK (private IN (0, 1)),
    parent_picture_id INTEGER REFERENCES pictures (id) ON DELETE SET NULL,
    context TEXT NOT NULL CHECK (json_valid(context) AND json_type(context) = 'object'),
    created_at REAL NOT NULL
) STRICT;

CREATE INDEX asked_person ON asked (person_id, id);
CREATE INDEX asked_parent ON asked (parent_picture_id) WHERE parent_picture_id IS NOT NULL;

-- A report may now be about no picture at all, has a category, and is closed by somebody.
CREATE TABLE reports_now (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER REFERENCES jobs (id) ON DELETE CASCADE, -- NULL: about no picture
    guild_id INTEGER,
    reporter_id INTEGER NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('sexual', 'young', 'real', 'cruel', 'other', 'appeal')),
    reason TEXT NOT NULL CHECK (length(reason) <= 1000),
    state TEXT NOT NULL CHECK (state IN ('open', 'removed', 'allowed', 'kept')),
    entry_message_id INTEGER, -- what tells the moderators of it
    created_at REAL NOT NULL,
    closed_at REAL,
    CHECK ((state = 'open') = (closed_at IS NULL)),
    UNIQUE (job_id, reporter_id)
) STRICT;

INSERT INTO reports_now (id, job_id, guild_id, reporter_id, category, reason, state, created_at)
    SELECT id, job_id, (SELECT guild_id FROM jobs WHERE jobs.id = job_id), reporter_id, 'other', reason, 'open', created_at
    FROM reports ORDER BY id;
DROP TABLE reports;
ALTER TABLE reports_now RENAME TO reports;

CREATE INDEX reports_reporter ON reports (reporter_id, created_at);
CREATE INDEX reports_open ON reports (id) WHERE state = 'open';
