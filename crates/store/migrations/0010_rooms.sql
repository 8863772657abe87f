-- Rooms without a meeting (the pool), rooms that somebody else makes, and lists
-- of rooms that stay as quick with a million rooms as with a thousand.

-- What the copy of a meeting's end in its room refers to.
CREATE UNIQUE INDEX meetings_end ON meetings (id, ends_at);

-- As before, with:
-- 'meeting_ends_at', the meeting's own end, which the database keeps in step,
-- so that what is over is found without reading meetings;
-- 'settings_code', the settings a booking may name, a digit each: how a room
-- of the pool is chosen. Rooms from before have none, for none is in a pool;
-- 'pool' and 'pool_overflow', where the room comes from;
-- 'provisioner', who makes it: 'embedded', 'lists' or 'events';
-- 'event_identifier', its number in events, which it keeps when a meeting
-- gives it another id;
-- 'reserved_until', with 'reservation_id'.
CREATE TABLE rooms (
    id TEXT PRIMARY KEY,
    meeting_id TEXT UNIQUE,
    meeting_ends_at BIGINT,
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
    settings_code TEXT NOT NULL,
    ivr_theme TEXT,
    custom_portal_guest TEXT,
    custom_portal_host TEXT,
    return_url TEXT,
    call_type TEXT,
    portal_link_sealed TEXT,
    provisioner TEXT NOT NULL,
    provision_status TEXT NOT NULL,
    provision_status_description TEXT,
    provisioned_at BIGINT,
    provision_vmr_id TEXT,
    event_identifier BIGINT,
    pool BOOLEAN NOT NULL,
    pool_overflow BOOLEAN NOT NULL,
    reservation_id TEXT,
    reserved_until BIGINT,
    created_by TEXT NOT NULL REFERENCES meeting_users (id),
    updated_by TEXT REFERENCES meeting_users (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT,
    FOREIGN KEY (meeting_id, meeting_ends_at) REFERENCES meetings (id, ends_at) ON UPDATE CASCADE,
    CHECK ((meeting_id IS NULL) = (meeting_ends_at IS NULL))
);
INSERT INTO rooms
SELECT s.id, s.meeting_id, m.ends_at, s.organisation_code, s.template_id, s.host_pin_sealed,
    s.guest_pin_sealed, s.vmr_available_before, s.vmr_starts_at, s.uri_with_domain,
    s.uri_without_domain, s.uri_domain, s.address_folded, s.number_folded, s.settings, '',
    s.ivr_theme, s.custom_portal_guest, s.custom_portal_host, s.return_url, s.call_type,
    s.portal_link_sealed, 'embedded', s.provision_status, s.provision_status_description,
    s.provisioned_at, s.provision_vmr_id, NULL, FALSE, FALSE, s.reservation_id, NULL,
    s.created_by, s.updated_by, s.created_at, s.updated_at
FROM scheduling_infos s LEFT JOIN meetings m ON m.id = s.meeting_id;

-- The history follows a room that gets another id.
CREATE TABLE statuses (
    id TEXT PRIMARY KEY,
    scheduling_info_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE ON UPDATE CASCADE,
    provision_status TEXT NOT NULL,
    description TEXT,
    provision_vmr_id TEXT,
    at BIGINT NOT NULL
);
INSERT INTO statuses
SELECT id, scheduling_info_id, provision_status, description, provision_vmr_id, at
FROM scheduling_statuses;

DROP TABLE scheduling_statuses;
DROP TABLE scheduling_infos;
ALTER TABLE rooms RENAME TO scheduling_infos;
ALTER TABLE statuses RENAME TO scheduling_statuses;

CREATE INDEX scheduling_statuses_by_info ON scheduling_statuses (scheduling_info_id, at);
CREATE INDEX scheduling_infos_by_address ON scheduling_infos (address_folded);
CREATE INDEX scheduling_infos_by_number ON scheduling_infos (LOWER(uri_without_domain));
CREATE UNIQUE INDEX scheduling_infos_live_address ON scheduling_infos (address_folded)
    WHERE number_folded IS NOT NULL;
-- What is to be made or removed, and the lists of those who see all rooms.
CREATE INDEX scheduling_infos_opening
    ON scheduling_infos (provisioner, provision_status, vmr_starts_at);
CREATE INDEX scheduling_infos_closing
    ON scheduling_infos (provisioner, provision_status, meeting_ends_at);
-- The lists of an organisation.
CREATE INDEX scheduling_infos_own_opening
    ON scheduling_infos (organisation_code, provision_status, vmr_starts_at);
CREATE INDEX scheduling_infos_own_closing
    ON scheduling_infos (organisation_code, provision_status, meeting_ends_at);
-- The pools: rooms that wait for a meeting.
CREATE INDEX scheduling_infos_idle
    ON scheduling_infos (organisation_code, provision_status, provisioned_at)
    WHERE meeting_id IS NULL AND number_folded IS NOT NULL;
CREATE UNIQUE INDEX scheduling_infos_by_reservation ON scheduling_infos (reservation_id)
    WHERE reservation_id IS NOT NULL;
CREATE INDEX scheduling_infos_reserved ON scheduling_infos (reserved_until)
    WHERE reserved_until IS NOT NULL;
CREATE UNIQUE INDEX scheduling_infos_by_event_identifier ON scheduling_infos (event_identifier)
    WHERE event_identifier IS NOT NULL;

-- How full the pools were, once a minute.
CREATE TABLE pool_history (
    organisation_code TEXT NOT NULL REFERENCES organisations (code),
    at BIGINT NOT NULL,
    desired BIGINT NOT NULL,
    available BIGINT NOT NULL,
    PRIMARY KEY (organisation_code, at)
);
CREATE INDEX pool_history_by_time ON pool_history (at);
