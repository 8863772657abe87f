-- People who sign in at the hub's own page, and what programs in browsers get
-- from that.

-- Addresses of a client, letter by letter. 'redirect': where people are sent
-- back to after signing in; 'logout': after signing out; 'origin': from where
-- its pages may call the token endpoint.
CREATE TABLE api_client_uris (
    client_id TEXT NOT NULL REFERENCES api_clients (id),
    purpose TEXT NOT NULL,
    uri TEXT NOT NULL,
    PRIMARY KEY (client_id, purpose, uri)
);
CREATE INDEX api_client_uris_by_uri ON api_client_uris (purpose, uri);

-- A browser in which somebody is signed in. It shows a secret of which the
-- hash is kept.
CREATE TABLE sign_in_sessions (
    id TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id),
    signed_in_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sign_in_sessions_by_end ON sign_in_sessions (expires_at);

-- What a person's sign-in gave to a client. Everything issued from it counts
-- as long as the row is there.
CREATE TABLE oauth_grants (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES api_clients (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    session_id TEXT NOT NULL,
    audience TEXT NOT NULL,
    scope TEXT NOT NULL,
    nonce TEXT,
    signed_in_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX oauth_grants_by_session ON oauth_grants (session_id);
CREATE INDEX oauth_grants_by_end ON oauth_grants (expires_at);

CREATE TABLE authorization_codes (
    hash TEXT PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES oauth_grants (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX authorization_codes_by_grant ON authorization_codes (grant_id);

CREATE TABLE refresh_tokens (
    hash TEXT PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES oauth_grants (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX refresh_tokens_by_grant ON refresh_tokens (grant_id);
