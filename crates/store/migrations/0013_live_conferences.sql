-- What a restart must not forget of the conferences that are going on. Rows go
-- when their conference is over. Rooms may be gone, so nothing is referenced.
CREATE TABLE live_conferences (
    id TEXT PRIMARY KEY,
    room TEXT NOT NULL,
    locked BOOLEAN NOT NULL
);

-- Participants who went or were put out while their token was still good: it
-- lets them in no more. Rows go with their conference or when the token ends.
CREATE TABLE departures (
    participant_id TEXT PRIMARY KEY,
    conference_id TEXT NOT NULL,
    token_until BIGINT NOT NULL
);
CREATE INDEX departures_by_conference ON departures (conference_id);
CREATE INDEX departures_by_end ON departures (token_until);
