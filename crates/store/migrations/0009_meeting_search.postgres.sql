-- The index of texts, see meeting_texts.rs. New entries wait in a list until
-- there are enough to be sorted in together; searches read that list from
-- beginning to end, so it is kept short (kilobytes).
CREATE TABLE meeting_texts (
    meeting_id TEXT PRIMARY KEY REFERENCES meetings (id) ON DELETE CASCADE,
    runs INTEGER[] NOT NULL
);
CREATE INDEX meeting_texts_by_run ON meeting_texts USING gin (runs)
    WITH (gin_pending_list_limit = 256);
