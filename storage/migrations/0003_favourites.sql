-- What people want to find again, theirs or somebody else's.

CREATE TABLE favourites (
    person_id INTEGER NOT NULL,
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    picture_index INTEGER NOT NULL CHECK (picture_index >= 0), -- the one of several that was meant
    added_at REAL NOT NULL,
    PRIMARY KEY (person_id, job_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX favourites_newest ON favourites (person_id, added_at DESC, job_id DESC);
CREATE INDEX favourites_job ON favourites (job_id);
