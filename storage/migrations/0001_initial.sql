-- Jobs, pictures, posts, people, presets, servers and reports.
-- Times are unix seconds; Discord's ids are 64-bit integers; JSON is checked to be JSON.

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: buttons on old messages carry it
    state TEXT NOT NULL CHECK (state IN (
        'accepting', 'queued', 'running', 'ready', 'sending', 'done', 'failed', 'cancelled', 'refused', 'abandoned'
    )),
    requester_id INTEGER NOT NULL,
    guild_id INTEGER,
    channel_id INTEGER NOT NULL,
    message_id INTEGER,
    interaction_id INTEGER UNIQUE,
    interaction_token TEXT,
    application_id INTEGER,
    private INTEGER NOT NULL CHECK (private IN (0, 1)),
    locale TEXT NOT NULL,
    context TEXT NOT NULL CHECK (json_valid(context) AND json_type(context) = 'object'),
    request TEXT NOT NULL CHECK (json_valid(request) AND json_type(request) = 'object'),
    request_sha256 TEXT NOT NULL CHECK (length(request_sha256) = 64),
    parent_picture_id INTEGER REFERENCES pictures (id) ON DELETE SET NULL,
    priority INTEGER NOT NULL,
    cost_s REAL NOT NULL CHECK (cost_s >= 0),
    lease TEXT,
    attempt INTEGER NOT NULL DEFAULT 0,
    deaths INTEGER NOT NULL DEFAULT 0 CHECK (deaths <= attempt),
    cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
    error_kind TEXT,
    error_sentence TEXT,
    error_fields TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(error_fields) AND json_type(error_fields) = 'object'),
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    started_at REAL,
    finished_at REAL,
    gpu_s REAL,
    CHECK ((state = 'running') = (lease IS NOT NULL)),
    CHECK ((state IN ('accepting', 'queued', 'running', 'ready', 'sending')) = (finished_at IS NULL)),
    CHECK (finished_at IS NULL OR interaction_token IS NULL),
    CHECK ((error_kind IS NULL) = (error_sentence IS NULL))
) STRICT;

CREATE INDEX jobs_open ON jobs (priority DESC, id)
    WHERE state IN ('accepting', 'queued', 'running', 'ready', 'sending');
CREATE INDEX jobs_open_of ON jobs (requester_id, priority DESC, id)
    WHERE state IN ('accepting', 'queued', 'running', 'ready', 'sending');
CREATE INDEX jobs_finished_of ON jobs (requester_id, id)
    WHERE state IN ('done', 'failed', 'cancelled', 'refused');
CREATE INDEX jobs_message ON jobs (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX jobs_token ON jobs (created_at) WHERE interaction_token IS NOT NULL;
CREATE INDEX jobs_parent ON jobs (parent_picture_id) WHERE parent_picture_id IS NOT NULL;

CREATE TABLE pictures (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER REFERENCES jobs (id) ON DELETE SET NULL,
    picture_index INTEGER NOT NULL CHECK (picture_index >= 0),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    width INTEGER NOT NULL CHECK (width > 0),
    height INTEGER NOT NULL CHECK (height > 0),
    size_bytes INTEGER NOT NULL CHECK (size_bytes > 0),
    mime TEXT NOT NULL,
    seed INTEGER,
    parent_id INTEGER REFERENCES pictures (id) ON DELETE SET NULL,
    drawn_here INTEGER NOT NULL CHECK (drawn_here IN (0, 1)), -- 0: uploaded
    rating TEXT,
    scores TEXT CHECK (scores IS NULL OR json_valid(scores)),
    detector_version TEXT,
    age_status TEXT,
    owner_id INTEGER NOT NULL,
    created_at REAL NOT NULL,
    deleted_at REAL, -- set: a tombstone; the row stays so that its children still know where they come from
    UNIQUE (job_id, picture_index)
) STRICT;

CREATE INDEX pictures_living ON pictures (sha256) WHERE deleted_at IS NULL;
CREATE INDEX pictures_parent ON pictures (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE posts (
    message_id INTEGER NOT NULL,
    picture_index INTEGER NOT NULL CHECK (picture_index >= 0),
    channel_id INTEGER NOT NULL,
    guild_id INTEGER,
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    sent_sha256 TEXT NOT NULL CHECK (length(sent_sha256) = 64),
    ephemeral INTEGER NOT NULL CHECK (ephemeral IN (0, 1)),
    created_at REAL NOT NULL,
    PRIMARY KEY (message_id, job_id, picture_index)
) STRICT, WITHOUT ROWID;

CREATE INDEX posts_job ON posts (job_id);

CREATE TABLE people (
    id INTEGER PRIMARY KEY,
    locale TEXT,
    language TEXT,
    verbosity TEXT NOT NULL DEFAULT 'normal' CHECK (verbosity IN ('minimal', 'normal', 'full')),
    wish TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(wish) AND json_type(wish) = 'object'),
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
) STRICT;

CREATE TABLE presets (
    owner_id INTEGER NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE CHECK (length(name) BETWEEN 1 AND 50),
    wish TEXT NOT NULL CHECK (json_valid(wish) AND json_type(wish) = 'object'),
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    PRIMARY KEY (owner_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE servers (
    id INTEGER PRIMARY KEY,
    language TEXT,
    wish TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(wish) AND json_type(wish) = 'object'),
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
) STRICT;

CREATE TABLE reports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    reporter_id INTEGER NOT NULL,
    reason TEXT NOT NULL CHECK (length(reason) <= 1000),
    created_at REAL NOT NULL,
    UNIQUE (job_id, reporter_id)
) STRICT;
