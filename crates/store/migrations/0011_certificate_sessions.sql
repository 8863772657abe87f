-- Systems that sign in with a certificate and an assertion of a security token
-- service (VDX API v1).

-- What an assertion was exchanged for. The bearer shows a token, of which the
-- hash is kept, and the certificate with this fingerprint.
CREATE TABLE certificate_sessions (
    token_hash TEXT PRIMARY KEY,
    certificate TEXT NOT NULL,
    organisation_code TEXT,
    email TEXT,
    roles TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX certificate_sessions_by_end ON certificate_sessions (expires_at);

-- Ids of assertions that say they count once, and were used.
CREATE TABLE used_saml_assertions (
    issuer TEXT NOT NULL,
    assertion_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, assertion_id)
);
CREATE INDEX used_saml_assertions_by_end ON used_saml_assertions (expires_at);
