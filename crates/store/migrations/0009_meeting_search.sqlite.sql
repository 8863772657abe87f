-- The index of texts, see meeting_texts.rs. Full-text tables go by numbers.
CREATE TABLE meeting_numbers (
    number INTEGER PRIMARY KEY,
    meeting_id TEXT NOT NULL UNIQUE REFERENCES meetings (id) ON DELETE CASCADE
);
CREATE VIRTUAL TABLE meeting_texts
    USING fts5 (runs, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
