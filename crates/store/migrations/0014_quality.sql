-- How good calls were, and how many people took part at most.

-- Of a whole stay; NULL where too little came and went to tell.
ALTER TABLE call_records ADD COLUMN rating TEXT;
ALTER TABLE call_records ADD COLUMN rtt_average_ms BIGINT;
ALTER TABLE call_records ADD COLUMN rtt_worst_ms BIGINT;
CREATE INDEX call_records_by_start ON call_records (started_at);

-- At most two rows for each call record, one for each direction. Like the
-- record it says nothing of who it was.
CREATE TABLE call_quality (
    participant_id TEXT NOT NULL,
    direction TEXT NOT NULL,
    good_seconds BIGINT NOT NULL,
    ok_seconds BIGINT NOT NULL,
    bad_seconds BIGINT NOT NULL,
    bits_average BIGINT NOT NULL,
    loss_worst_ppm BIGINT NOT NULL,
    jitter_average_ms BIGINT NOT NULL,
    jitter_worst_ms BIGINT NOT NULL,
    frame_rate_average BIGINT NOT NULL,
    picture_height BIGINT NOT NULL,
    frozen_ms BIGINT NOT NULL,
    concealed_ppm BIGINT NOT NULL,
    PRIMARY KEY (participant_id, direction)
);

-- The most participants at one time on each day, of each organisation and, as
-- '*', of the whole hub. Days are those of the hub's time zone, YYYY-MM-DD.
CREATE TABLE participant_peaks (
    organisation_code TEXT NOT NULL,
    day TEXT NOT NULL,
    peak BIGINT NOT NULL,
    peak_at BIGINT NOT NULL,
    PRIMARY KEY (organisation_code, day)
);
