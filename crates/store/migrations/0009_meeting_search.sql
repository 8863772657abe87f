-- What meetings are searched by. 'searchable' is subject and description in
-- lower case.
ALTER TABLE meetings ADD COLUMN searchable TEXT NOT NULL DEFAULT '';
CREATE INDEX meetings_by_subject ON meetings (organisation_code, subject);
CREATE INDEX meetings_by_organizer_subject ON meetings (organized_by, subject);

-- A label is searched for within an organisation or among one person's
-- meetings, so both stand beside it. The indexes hold only its beginning,
-- because keys of PostgreSQL's have a limit.
ALTER TABLE meeting_labels ADD COLUMN organisation_code TEXT NOT NULL DEFAULT '';
ALTER TABLE meeting_labels ADD COLUMN organized_by TEXT NOT NULL DEFAULT '';
UPDATE meeting_labels SET
    organisation_code = (SELECT m.organisation_code FROM meetings m WHERE m.id = meeting_id),
    organized_by = (SELECT m.organized_by FROM meetings m WHERE m.id = meeting_id);
DROP INDEX meeting_labels_by_label;
CREATE INDEX meeting_labels_by_organisation
    ON meeting_labels (organisation_code, SUBSTR(label, 1, 100), meeting_id);
CREATE INDEX meeting_labels_by_organizer
    ON meeting_labels (organized_by, SUBSTR(label, 1, 100), meeting_id);

CREATE INDEX scheduling_infos_by_number ON scheduling_infos (LOWER(uri_without_domain));
