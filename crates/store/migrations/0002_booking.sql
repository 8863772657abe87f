-- Meetings, their rooms, and the templates both are made from.

-- People who make, change or organise meetings: seen once, kept from then on.
-- They need no account here; the token names them.
CREATE TABLE meeting_users (
    id TEXT PRIMARY KEY,
    organisation_code TEXT NOT NULL REFERENCES organisations (code),
    email TEXT NOT NULL,
    UNIQUE (organisation_code, email)
);

-- Rules and defaults of rooms. Without an organisation a template is shared by
-- all. Ranges go from low to below high. 'settings' is the complete set of
-- room settings as JSON.
CREATE TABLE scheduling_templates (
    id BIGINT PRIMARY KEY,
    organisation_code TEXT REFERENCES organisations (code),
    conferencing_sys_id BIGINT NOT NULL,
    uri_prefix TEXT NOT NULL,
    uri_domain TEXT NOT NULL,
    uri_number_range_low BIGINT NOT NULL,
    uri_number_range_high BIGINT NOT NULL,
    host_pin_required BOOLEAN NOT NULL,
    host_pin_range_low BIGINT,
    host_pin_range_high BIGINT,
    guest_pin_required BOOLEAN NOT NULL,
    guest_pin_range_low BIGINT,
    guest_pin_range_high BIGINT,
    vmr_available_before BIGINT NOT NULL,
    settings TEXT NOT NULL,
    ivr_theme TEXT,
    is_default BOOLEAN NOT NULL,
    is_pool BOOLEAN NOT NULL,
    custom_portal_guest TEXT,
    custom_portal_host TEXT,
    return_url TEXT,
    call_type TEXT,
    created_by TEXT REFERENCES meeting_users (id),
    updated_by TEXT REFERENCES meeting_users (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT,
    deleted_at BIGINT
);
CREATE INDEX scheduling_templates_by_organisation ON scheduling_templates (organisation_code);
-- One default and one pool template for each organisation, and one shared default.
CREATE UNIQUE INDEX scheduling_templates_default ON scheduling_templates (COALESCE(organisation_code, ''))
    WHERE is_default AND deleted_at IS NULL;
CREATE UNIQUE INDEX scheduling_templates_pool ON scheduling_templates (COALESCE(organisation_code, ''))
    WHERE is_pool AND deleted_at IS NULL;

CREATE TABLE meetings (
    id TEXT PRIMARY KEY,
    organisation_code TEXT NOT NULL REFERENCES organisations (code),
    subject TEXT NOT NULL,
    description TEXT,
    project_code TEXT,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    created_by TEXT NOT NULL REFERENCES meeting_users (id),
    updated_by TEXT REFERENCES meeting_users (id),
    organized_by TEXT NOT NULL REFERENCES meeting_users (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT,
    short_id TEXT NOT NULL UNIQUE,
    external_id TEXT,
    guest_microphone TEXT NOT NULL,
    guest_pin_required BOOLEAN NOT NULL,
    UNIQUE (organisation_code, external_id)
);
CREATE INDEX meetings_by_organisation ON meetings (organisation_code, starts_at);
CREATE INDEX meetings_by_organizer ON meetings (organized_by, starts_at);

-- Free tags, in the order they were given.
CREATE TABLE meeting_labels (
    meeting_id TEXT NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY (meeting_id, position)
);
CREATE INDEX meeting_labels_by_label ON meeting_labels (label);

CREATE TABLE meeting_information (
    meeting_id TEXT NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    info_key TEXT NOT NULL,
    info_value TEXT NOT NULL,
    PRIMARY KEY (meeting_id, position),
    UNIQUE (meeting_id, info_key)
);

-- The technical side of a meeting: a booked room. 'address_folded' is the
-- address in lower case, by which a room is looked up; it stays when the room
-- is gone. 'number_folded' is number and domain in lower case; it is emptied
-- when the room is gone, which frees the number and the address.
CREATE TABLE scheduling_infos (
    id TEXT PRIMARY KEY,
    meeting_id TEXT UNIQUE REFERENCES meetings (id),
    organisation_code TEXT NOT NULL REFERENCES organisations (code),
    template_id BIGINT NOT NULL REFERENCES scheduling_templates (id),
    host_pin_sealed TEXT,
    guest_pin_sealed TEXT,
    vmr_available_before BIGINT NOT NULL,
    vmr_starts_at BIGINT,
    uri_with_domain TEXT NOT NULL,
    uri_without_domain TEXT,
    uri_domain TEXT,
    address_folded TEXT NOT NULL,
    number_folded TEXT UNIQUE,
    settings TEXT NOT NULL,
    ivr_theme TEXT,
    custom_portal_guest TEXT,
    custom_portal_host TEXT,
    return_url TEXT,
    call_type TEXT,
    portal_link_sealed TEXT,
    provision_status TEXT NOT NULL,
    provision_status_description TEXT,
    provisioned_at BIGINT,
    provision_vmr_id TEXT,
    reservation_id TEXT UNIQUE,
    created_by TEXT NOT NULL REFERENCES meeting_users (id),
    updated_by TEXT REFERENCES meeting_users (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT
);
CREATE INDEX scheduling_infos_by_address ON scheduling_infos (address_folded);
CREATE UNIQUE INDEX scheduling_infos_live_address ON scheduling_infos (address_folded)
    WHERE number_folded IS NOT NULL;
CREATE INDEX scheduling_infos_by_status ON scheduling_infos (provision_status, vmr_starts_at);

-- Every change of a room's provision status.
CREATE TABLE scheduling_statuses (
    id TEXT PRIMARY KEY,
    scheduling_info_id TEXT NOT NULL REFERENCES scheduling_infos (id) ON DELETE CASCADE,
    provision_status TEXT NOT NULL,
    description TEXT,
    provision_vmr_id TEXT,
    at BIGINT NOT NULL
);
CREATE INDEX scheduling_statuses_by_info ON scheduling_statuses (scheduling_info_id, at);
