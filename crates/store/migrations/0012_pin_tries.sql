-- What wrong PINs used of each room's allowance, so that a restart forgives
-- none: the instant at which all of it is there again. Past ones are removed.
-- Rooms may be gone, so nothing is referenced.
CREATE TABLE pin_tries (
    room TEXT PRIMARY KEY,
    whole_again BIGINT NOT NULL
);
CREATE INDEX pin_tries_by_end ON pin_tries (whole_again);
