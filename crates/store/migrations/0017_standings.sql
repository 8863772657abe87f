-- What hosts said of the guests' microphones, where they said something.
ALTER TABLE live_conferences ADD COLUMN guests_muted BOOLEAN;
ALTER TABLE live_conferences ADD COLUMN guests_can_unmute BOOLEAN;

-- What participants of conferences that are going on are, and what is switched
-- off for them. Rows go with their participant or with the conference.
CREATE TABLE standings (
    participant_id TEXT PRIMARY KEY,
    conference_id TEXT NOT NULL,
    role TEXT NOT NULL,
    microphone_off_by_owner BOOLEAN NOT NULL,
    microphone_off_by_host BOOLEAN NOT NULL,
    client_muted BOOLEAN NOT NULL,
    video_muted BOOLEAN NOT NULL,
    video_off_by_host BOOLEAN NOT NULL,
    presentation_denied BOOLEAN NOT NULL
);
CREATE INDEX standings_by_conference ON standings (conference_id);
