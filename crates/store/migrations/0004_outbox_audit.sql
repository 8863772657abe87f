-- Messages to other systems, leases of jobs, and the audit trail.

-- A message is written in the transaction that causes it, and removed when the
-- bus has taken it. Its id is the message's id there.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    payload_sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Which node does a job that only one may do at a time, and until when.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Who did what, when and from where. Records are written in the transaction of
-- what they tell, without a place in the chain; right after that they get one,
-- in the order in which they became visible, and a hash over themselves and
-- the record before. No record is ever changed after that.
CREATE TABLE audit_records (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    organisation_code TEXT NOT NULL,
    actor TEXT NOT NULL,
    actor_email TEXT,
    actor_organisation TEXT,
    origin TEXT,
    resource TEXT NOT NULL,
    operation TEXT NOT NULL,
    identifier TEXT NOT NULL,
    details TEXT NOT NULL,
    chain_position BIGINT UNIQUE,
    chain_hash TEXT
);
CREATE INDEX audit_records_unchained ON audit_records (at, id) WHERE chain_position IS NULL;
CREATE INDEX audit_records_by_identifier ON audit_records (identifier, at);
CREATE INDEX audit_records_by_organisation ON audit_records (organisation_code, at);

-- How far a reader of the audit trail has come.
CREATE TABLE audit_cursors (
    name TEXT PRIMARY KEY,
    chain_position BIGINT NOT NULL
);
