-- What the page behind a link tells, and what it looks like.

-- When the meeting was to begin before that was changed, the last time.
ALTER TABLE meetings ADD COLUMN moved_from BIGINT;

-- Links of meetings that were deleted before they were over: as much as their
-- page needs to say so. Rows go a day after the meeting would have ended.
CREATE TABLE cancelled_links (
    short_id TEXT PRIMARY KEY,
    organisation_code TEXT NOT NULL REFERENCES organisations (code),
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX cancelled_links_by_end ON cancelled_links (ends_at);

-- What an organisation has of its own, as JSON. What it has not comes from the
-- organisation above it.
CREATE TABLE themes (
    organisation_code TEXT PRIMARY KEY REFERENCES organisations (code),
    members TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- 'content' is base64, 'hash' the SHA-256 of what it stands for.
CREATE TABLE theme_logos (
    organisation_code TEXT PRIMARY KEY REFERENCES organisations (code),
    media_type TEXT NOT NULL,
    hash TEXT NOT NULL,
    content TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
