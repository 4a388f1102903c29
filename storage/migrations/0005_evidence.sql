-- What was known of texts and pictures when somebody looked; NULL: nobody did, which counts as the worst.

ALTER TABLE jobs ADD COLUMN provenance TEXT CHECK (provenance IN ('text', 'ours', 'upload')); -- what it starts from
ALTER TABLE jobs ADD COLUMN evidence TEXT -- how much speaks for what in its words, in numbers and never in words
    CHECK (evidence IS NULL OR (json_valid(evidence) AND json_type(evidence) = 'object'));

ALTER TABLE pictures DROP COLUMN age_status;
ALTER TABLE pictures ADD COLUMN young INTEGER CHECK (young BETWEEN 0 AND 2); -- apparent age: none, weak, strong
ALTER TABLE pictures ADD COLUMN photo INTEGER CHECK (photo BETWEEN 0 AND 2); -- how much it looks like a photograph
