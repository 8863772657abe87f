-- Organisations, who may call, permanent rooms, and the hub's own secrets.
-- Ids are text, instants milliseconds since the epoch; columns named *_sealed
-- hold values encrypted by the program.

-- The tree. A group of a kind other than 'group' belongs to an organisation.
CREATE TABLE groups (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent_id BIGINT REFERENCES groups (id)
);
CREATE INDEX groups_by_parent ON groups (parent_id);

CREATE TABLE organisations (
    code TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    group_id BIGINT NOT NULL UNIQUE REFERENCES groups (id),
    pool_size BIGINT,
    sms_sender_name TEXT,
    sms_callback_url TEXT,
    allow_custom_uri_without_domain BOOLEAN NOT NULL,
    history_api_key_sealed TEXT,
    device_webhook_endpoint TEXT,
    device_webhook_endpoint_key_sealed TEXT,
    created_at BIGINT NOT NULL
);

-- Systems that call the APIs. A client whose only role is meeting-provisioner
-- may be without organisation and e-mail.
CREATE TABLE api_clients (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    organisation_code TEXT REFERENCES organisations (code),
    email TEXT,
    roles TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

-- People with a password of this hub. Those who sign in elsewhere have no row.
CREATE TABLE users (
    id TEXT PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    organisation_code TEXT NOT NULL REFERENCES organisations (code),
    email TEXT NOT NULL,
    roles TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_by_email ON users (organisation_code, email);

CREATE TABLE fixed_rooms (
    id TEXT PRIMARY KEY,
    organisation_code TEXT NOT NULL REFERENCES organisations (code),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    host_pin_sealed TEXT,
    guest_pin_sealed TEXT,
    allow_guests BOOLEAN NOT NULL,
    chat BOOLEAN NOT NULL,
    theme TEXT,
    settings TEXT NOT NULL,
    last_used_at BIGINT,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT,
    updated_by TEXT,
    deleted_at BIGINT
);

-- The aliases of rooms that are not deleted. 'folded' is the alias in lower
-- case, by which it is looked up.
CREATE TABLE fixed_room_aliases (
    folded TEXT PRIMARY KEY,
    alias TEXT NOT NULL,
    room_id TEXT NOT NULL REFERENCES fixed_rooms (id),
    position BIGINT NOT NULL,
    description TEXT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX fixed_room_aliases_by_room ON fixed_room_aliases (room_id);

-- Random secrets of this installation, made at the first start.
CREATE TABLE secrets (
    name TEXT PRIMARY KEY,
    value_sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
