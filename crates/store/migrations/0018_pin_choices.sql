-- Out of how many numbers a room's PINs were drawn, the fewer of two; NULL where
-- somebody chose them. Of rooms that are already there, as if they were drawn from
-- what their template says now.
ALTER TABLE scheduling_infos ADD COLUMN pin_choices BIGINT;
UPDATE scheduling_infos SET pin_choices = (
    SELECT MIN(rule.choices) FROM (
        SELECT id, host_pin_range_high - host_pin_range_low AS choices
        FROM scheduling_templates
        WHERE host_pin_required AND host_pin_range_low >= 1000
            AND host_pin_range_high > host_pin_range_low
            AND host_pin_range_high <= 1000000000
        UNION ALL
        SELECT id, guest_pin_range_high - guest_pin_range_low AS choices
        FROM scheduling_templates
        WHERE guest_pin_required AND guest_pin_range_low >= 1000
            AND guest_pin_range_high > guest_pin_range_low
            AND guest_pin_range_high <= 1000000000
    ) AS rule
    WHERE rule.id = scheduling_infos.template_id
)
WHERE number_folded IS NOT NULL;
