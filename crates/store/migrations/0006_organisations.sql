-- What the organisation API needs: history keys found by their keyed hash (the
-- key itself stays sealed), and domains that belong to a node of the tree.

ALTER TABLE organisations ADD COLUMN history_api_key_hash TEXT;
ALTER TABLE organisations ADD COLUMN updated_at BIGINT;
CREATE UNIQUE INDEX organisations_by_history_api_key ON organisations (history_api_key_hash);

-- 'domain' is in lower case; '*.' at its beginning stands for everything below.
-- 'inherit' lets the nodes below use it too.
CREATE TABLE groups_domains (
    domain TEXT PRIMARY KEY,
    group_id BIGINT NOT NULL REFERENCES groups (id),
    inherit BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX groups_domains_by_group ON groups_domains (group_id);
