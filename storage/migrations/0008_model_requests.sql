-- Models that people asked the operator for.

CREATE TABLE model_requests (
    id INTEGER PRIMARY KEY,
    model TEXT NOT NULL CHECK (length(model) BETWEEN 1 AND 100), -- the catalogue's name of it
    person_id INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'installed', 'declined')),
    created_at REAL NOT NULL
) STRICT;

CREATE UNIQUE INDEX model_requests_open ON model_requests (model, person_id) WHERE state = 'open';
CREATE INDEX model_requests_person ON model_requests (person_id, created_at);
