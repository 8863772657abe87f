-- What API clients show to get tokens, what of it is used up, and the keys
-- that sign tokens.

-- A client has up to two secrets, so that one can be replaced without a gap.
CREATE TABLE api_client_secrets (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES api_clients (id),
    hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT
);
CREATE INDEX api_client_secrets_by_client ON api_client_secrets (client_id);
INSERT INTO api_client_secrets (id, client_id, hash, created_at)
    SELECT id, id, secret_hash, created_at FROM api_clients;
ALTER TABLE api_clients DROP COLUMN secret_hash;

-- Public clients are programs in a browser: they have nothing to show.
ALTER TABLE api_clients ADD COLUMN public BOOLEAN NOT NULL DEFAULT FALSE;
-- A JWK set with public keys, for clients that sign.
ALTER TABLE api_clients ADD COLUMN keys TEXT;

-- Ids of signed statements of clients, which count once.
CREATE TABLE used_assertions (
    client_id TEXT NOT NULL REFERENCES api_clients (id),
    jti TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, jti)
);
CREATE INDEX used_assertions_by_end ON used_assertions (expires_at);

-- Access tokens that were taken back before their end.
CREATE TABLE revoked_tokens (
    jti TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX revoked_tokens_by_end ON revoked_tokens (expires_at);

-- The newest key that may sign does; a later one is published already, an
-- earlier one until its last tokens have ended.
CREATE TABLE signing_keys (
    id TEXT PRIMARY KEY,
    key_sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    signs_from BIGINT NOT NULL
);
DELETE FROM secrets WHERE name = 'token-signing-key';
