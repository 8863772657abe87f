//! Rooms by the hundred thousand.

use jiff::Timestamp;
use vdx_domain::{OrganisationCode, ProvisionStatus, Provisioner, RoomSettings};

use crate::meeting_users::{self, MeetingUser};
use crate::{Connection, EngineKind, Tx};

/// Meetings with a room each, all alike but for their times.
#[derive(Debug, Clone)]
pub struct ManyRooms<'a> {
    /// Whose.
    pub organisation: &'a OrganisationCode,
    /// The template they point to.
    pub template: i64,
    /// How many there were before: ids and numbers go on from there.
    pub before: i64,
    /// How many to make.
    pub count: i64,
    /// When the first begins; each takes half an hour.
    pub first: Timestamp,
    /// From one beginning to the next, in milliseconds.
    pub step: i64,
    /// Their status.
    pub status: ProvisionStatus,
    /// Who makes them.
    pub provisioner: Provisioner,
}

impl ManyRooms<'_> {
    /// Writes them. They have no PINs.
    pub async fn insert(&self, tx: &mut Tx) {
        let person = MeetingUser {
            organisation: self.organisation.clone(),
            email: "many@example.org".to_owned(),
        };
        let person = meeting_users::ensure(tx, &person).await.expect("a person");
        // Twelve digits with zeros in front, in the words of both engines.
        tx.sql(
            "WITH RECURSIVE n (i) AS (
                SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1
             )
             INSERT INTO meetings (id, organisation_code, subject, starts_at, ends_at, created_by,
                organized_by, created_at, short_id, guest_microphone, guest_pin_required,
                searchable)
             SELECT '00000000-0000-4000-8000-' || SUBSTR(CAST(1000000000000 + $2 + i AS TEXT), 2),
                $3, 'Many', $4 + i * $5, $4 + i * $5 + 1800000, $6, $6, $4,
                SUBSTR(CAST(1000000000000 + $2 + i AS TEXT), 2), 'on', $7, 'many'
             FROM n",
        )
        .bind(self.count)
        .bind(self.before)
        .bind(self.organisation)
        .bind(self.first)
        .bind(self.step)
        .bind(person.0)
        .bind(false)
        .execute()
        .await
        .expect("meetings");
        let live = self.status != ProvisionStatus::DeprovisionOk;
        tx.sql(
            "INSERT INTO scheduling_infos (id, meeting_id, meeting_ends_at, organisation_code,
                template_id, vmr_available_before, vmr_starts_at, uri_with_domain,
                uri_without_domain, uri_domain, address_folded, number_folded, settings,
                settings_code, provisioner, provision_status, pool, pool_overflow, created_by,
                created_at)
             SELECT id, id, ends_at, organisation_code, $1, 0, starts_at,
                short_id || '@many.example', short_id, 'many.example', short_id || '@many.example',
                CASE WHEN $2 THEN short_id || '@many.example' END, $3, '', $4, $5, $6, $6,
                created_by, created_at
             FROM meetings WHERE subject = 'Many'
                AND id > '00000000-0000-4000-8000-' || SUBSTR(CAST(1000000000000 + $7 AS TEXT), 2)",
        )
        .bind(self.template)
        .bind(live)
        .bind_json(&RoomSettings::default())
        .expect("settings")
        .bind(self.provisioner)
        .bind(self.status)
        .bind(false)
        .bind(self.before)
        .execute()
        .await
        .expect("rooms");
    }
}

/// Rooms of a pool that are live, made from one second to the next.
#[derive(Debug, Clone)]
pub struct IdleRooms<'a> {
    /// Whose.
    pub organisation: &'a OrganisationCode,
    /// The template they point to.
    pub template: i64,
    /// How many to make.
    pub count: i64,
    /// Since when the first is live.
    pub first: Timestamp,
}

impl IdleRooms<'_> {
    /// Writes them. They have no PINs, and the usual settings.
    pub async fn insert(&self, tx: &mut Tx) {
        let person = MeetingUser {
            organisation: self.organisation.clone(),
            email: "pool@example.org".to_owned(),
        };
        let person = meeting_users::ensure(tx, &person).await.expect("a person");
        let settings = RoomSettings::default();
        tx.sql(
            "WITH RECURSIVE n (i) AS (
                SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1
             )
             INSERT INTO scheduling_infos (id, organisation_code, template_id,
                vmr_available_before, uri_with_domain, uri_without_domain, uri_domain,
                address_folded, number_folded, settings, settings_code, provisioner,
                provision_status, provisioned_at, pool, pool_overflow, created_by, created_at)
             SELECT $2 || '-' || i, $2, $3, 0, $2 || '-' || i || '@pool.example', $2 || '-' || i,
                'pool.example', $2 || '-' || i || '@pool.example',
                $2 || '-' || i || '@pool.example', $4, $5, 'embedded', 'PROVISIONED_OK',
                $6 + i * 1000, $7, $8, $9, $6 + i * 1000
             FROM n",
        )
        .bind(self.count)
        .bind(self.organisation)
        .bind(self.template)
        .bind_json(&settings)
        .expect("settings")
        .bind(settings.code())
        .bind(self.first)
        .bind(true)
        .bind(false)
        .bind(person.0)
        .execute()
        .await
        .expect("idle rooms");
    }
}

/// Lets the engine look at what there is, as it does by itself in time.
pub async fn analyze(tx: &mut Tx) {
    let text = match tx.engine() {
        EngineKind::Sqlite => "ANALYZE",
        EngineKind::Postgres => "ANALYZE meetings, scheduling_infos, organisations, groups",
    };
    tx.sql(text).execute().await.expect("statistics");
}
