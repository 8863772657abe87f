-- Text messages, and what organisations have not been told of them yet.

-- A message is written here by the request that asks for it, and handed to the
-- gateway from here. 'next_attempt_at' is when it must be looked at again;
-- empty = nothing is left to do. While 'in_flight_since' is set, the gateway
-- has been asked and its answer is not known. Who got it and what it says is
-- sealed, and emptied after some weeks with 'caller' and the keyed hash by
-- which messages to one number are counted; the rest stays for statistics. The
-- meeting may be gone when the row is read, so it is not referenced.
CREATE TABLE sms_messages (
    id TEXT PRIMARY KEY,
    organisation_code TEXT NOT NULL REFERENCES organisations (code),
    meeting_id TEXT NOT NULL,
    caller TEXT,
    recipient_sealed TEXT,
    recipient_hash TEXT,
    text_sealed TEXT,
    sender TEXT NOT NULL,
    encoding TEXT NOT NULL,
    parts BIGINT NOT NULL,
    gateway TEXT NOT NULL,
    gateway_reference TEXT,
    status TEXT NOT NULL,
    failure TEXT,
    gateway_code TEXT,
    attempts BIGINT NOT NULL,
    in_flight_since BIGINT,
    next_attempt_at BIGINT,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    status_at BIGINT NOT NULL
);
CREATE INDEX sms_messages_due ON sms_messages (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX sms_messages_by_meeting ON sms_messages (meeting_id, created_at);
CREATE INDEX sms_messages_by_organisation ON sms_messages (organisation_code, created_at);
CREATE INDEX sms_messages_by_caller ON sms_messages (caller, created_at) WHERE caller IS NOT NULL;
CREATE INDEX sms_messages_by_recipient ON sms_messages (recipient_hash, created_at)
    WHERE recipient_hash IS NOT NULL;
CREATE INDEX sms_messages_readable ON sms_messages (gateway, created_at) WHERE text_sealed IS NOT NULL;
CREATE UNIQUE INDEX sms_messages_by_reference ON sms_messages (gateway, gateway_reference)
    WHERE gateway_reference IS NOT NULL;

-- A change of status that the organisation's own address is still to be told.
-- Removed when it has been told, or has been tried often enough.
CREATE TABLE sms_callbacks (
    id TEXT PRIMARY KEY,
    message_id TEXT NOT NULL REFERENCES sms_messages (id),
    status TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX sms_callbacks_due ON sms_callbacks (next_attempt_at);
CREATE INDEX sms_callbacks_by_message ON sms_callbacks (message_id, id);
