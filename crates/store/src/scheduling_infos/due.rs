//! What the embedded provisioner has to do, and when. Rooms that somebody else
//! makes are none of its business, but for those that were never made.
//!
//! `+ 0` keeps the engines from the index of ends where the one of beginnings is
//! the shorter way: most rooms have opened, but hardly any that still waits. The
//! engines know the first only.

use jiff::Timestamp;
use vdx_domain::{ProvisionStatus, SchedulingInfoId};

use crate::{Connection, Error, FromRow, Row};

/// What is to be done with a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Its meeting begins soon: it is to be live now.
    Provision,
    /// It is a new room of the pool: it is to be live now.
    ProvisionIdle,
    /// Its meeting is over.
    Deprovision,
    /// It got stuck on its way, and its meeting and its booking lie before this
    /// instant.
    Abandoned(Timestamp),
    /// Somebody else should have made it and never did, and its meeting and its
    /// booking lie before this instant. A room that they began to make, or have
    /// not removed, may still be on their engine.
    NeverMade(Timestamp),
}

/// A room that something is due for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueRoom {
    /// The room.
    pub id: SchedulingInfoId,
    /// Its status.
    pub status: ProvisionStatus,
}

impl FromRow for DueRoom {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("id")?,
            status: row.get("provision_status")?,
        })
    }
}

/// Up to `limit` rooms that something is due for at `now`, the longest due first.
///
/// # Errors
/// [`Error::Engine`].
pub async fn due(
    connection: &mut impl Connection,
    what: Due,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<DueRoom>, Error> {
    let statement = match what {
        Due::Provision => connection
            .sql(
                "SELECT id, provision_status FROM scheduling_infos
                 WHERE provisioner = 'embedded' AND provision_status = 'AWAITS_PROVISION'
                    AND vmr_starts_at <= $2 AND meeting_ends_at + 0 > $2
                 ORDER BY vmr_starts_at LIMIT $1",
            )
            .bind(limit)
            .bind(now),
        Due::ProvisionIdle => connection
            .sql(
                "SELECT id, provision_status FROM scheduling_infos
                 WHERE provisioner = 'embedded' AND provision_status = 'AWAITS_PROVISION'
                    AND vmr_starts_at IS NULL
                 LIMIT $1",
            )
            .bind(limit),
        Due::Deprovision => connection
            .sql(
                "SELECT id, provision_status FROM scheduling_infos
                 WHERE provisioner = 'embedded' AND provision_status = 'PROVISIONED_OK'
                    AND meeting_ends_at <= $2
                 ORDER BY meeting_ends_at LIMIT $1",
            )
            .bind(limit)
            .bind(now),
        Due::Abandoned(before) => connection
            .sql(
                "SELECT id, provision_status FROM scheduling_infos
                 WHERE provisioner = 'embedded' AND provision_status IN ('AWAITS_PROVISION',
                        'STARTING_TO_PROVISION', 'PROVISION_PROBLEMS', 'STARTING_TO_DEPROVISION',
                        'DEPROVISION_PROBLEMS')
                    AND meeting_ends_at <= $2 AND created_at <= $2
                 LIMIT $1",
            )
            .bind(limit)
            .bind(before),
        Due::NeverMade(before) => connection
            .sql(
                "SELECT id, provision_status FROM scheduling_infos
                 WHERE provisioner IN ('lists', 'events')
                    AND provision_status IN ('AWAITS_PROVISION', 'PROVISION_PROBLEMS')
                    AND meeting_ends_at <= $2 AND created_at <= $2
                 LIMIT $1",
            )
            .bind(limit)
            .bind(before),
    };
    statement.all().await
}

struct Instant(Timestamp);

impl FromRow for Instant {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("instant")?))
    }
}

/// When the next room is to be made or removed, `None` when nothing is ahead.
///
/// # Errors
/// [`Error::Engine`].
pub async fn next_due(
    connection: &mut impl Connection,
    now: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    let opens: Option<Instant> = connection
        .sql(
            "SELECT vmr_starts_at AS instant FROM scheduling_infos
             WHERE provisioner = 'embedded' AND provision_status = 'AWAITS_PROVISION'
                AND vmr_starts_at IS NOT NULL AND meeting_ends_at + 0 > $1
             ORDER BY vmr_starts_at LIMIT 1",
        )
        .bind(now)
        .optional()
        .await?;
    let closes: Option<Instant> = connection
        .sql(
            "SELECT meeting_ends_at AS instant FROM scheduling_infos
             WHERE provisioner = 'embedded' AND provision_status = 'PROVISIONED_OK'
                AND meeting_ends_at IS NOT NULL
             ORDER BY meeting_ends_at LIMIT 1",
        )
        .optional()
        .await?;
    let instants = opens.into_iter().chain(closes);
    Ok(instants.map(|instant| instant.0).min())
}
