-- LoRAs and embeddings that people added, and the servers they shared them with.

CREATE TABLE loras (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id INTEGER NOT NULL,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
    folded TEXT NOT NULL, -- the name as names are compared
    kind TEXT NOT NULL CHECK (kind IN ('lora', 'embedding')),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    size_bytes INTEGER NOT NULL CHECK (size_bytes > 0),
    family TEXT NOT NULL, -- what it was made for; empty where the file does not tell
    words TEXT NOT NULL CHECK (json_valid(words) AND json_type(words) = 'array'), -- that call up what it learned
    age TEXT NOT NULL CHECK (age IN ('adult', 'minor', 'unknown')), -- of whom it shows
    source TEXT NOT NULL CHECK (source IN ('upload', 'civitai')),
    version_id INTEGER, -- Civitai's
    created_at REAL NOT NULL,
    CHECK ((source = 'civitai') = (version_id IS NOT NULL)),
    UNIQUE (owner_id, folded),
    UNIQUE (owner_id, sha256)
) STRICT;

CREATE INDEX loras_sha256 ON loras (sha256);

CREATE TABLE lora_shares (
    guild_id INTEGER NOT NULL,
    folded TEXT NOT NULL, -- in a server a name means one
    lora_id INTEGER NOT NULL REFERENCES loras (id) ON DELETE CASCADE,
    shared_at REAL NOT NULL,
    PRIMARY KEY (guild_id, folded),
    UNIQUE (lora_id, guild_id)
) STRICT, WITHOUT ROWID;
