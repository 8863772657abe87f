-- One row for each stay of a participant in a conference, written when it ends.
-- No names and no numbers of people: who it was stays unknown here. The room may
-- be gone when the row is read, so nothing is referenced.
CREATE TABLE call_records (
    participant_id TEXT PRIMARY KEY,
    conference_id TEXT NOT NULL,
    room TEXT NOT NULL,
    organisation_code TEXT NOT NULL,
    role TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    bytes_received BIGINT NOT NULL,
    bytes_sent BIGINT NOT NULL,
    packets_received BIGINT NOT NULL,
    packets_sent BIGINT NOT NULL,
    packets_lost_received BIGINT NOT NULL,
    packets_lost_sent BIGINT NOT NULL
);
CREATE INDEX call_records_by_time ON call_records (organisation_code, started_at);
CREATE INDEX call_records_by_conference ON call_records (conference_id);
