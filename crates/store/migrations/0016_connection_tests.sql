-- Connection tests that visitors made, for those whom a visitor tells the
-- reference. Nothing here says who or where it was. Old ones are removed.
CREATE TABLE connection_tests (
    reference TEXT PRIMARY KEY,
    started_at BIGINT NOT NULL,
    -- JSON; NULL as long as the visitor's page has told nothing.
    results TEXT
);
CREATE INDEX connection_tests_by_start ON connection_tests (started_at);
