//! How full pools are: their levels, their free rooms, what is too much, and the
//! history of the levels.

use jiff::Timestamp;
use vdx_domain::{OrganisationCode, SchedulingInfoId};

use crate::scheduling_infos::{FoundId, RoomsOf, SchedulingInfo, codes_below, open, select_rooms};
use crate::{Connection, Error, FromRow, Row, Sealer, Tx};

/// How full a pool is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolLevel {
    /// Whose pool.
    pub organisation: OrganisationCode,
    /// The number of free rooms it wants.
    pub desired: u32,
    /// Free rooms that are live.
    pub available: u32,
    /// Free rooms that are being made.
    pub on_the_way: u32,
    /// Rooms that could not be made, by anybody whose rooms the hub may take
    /// out of the pool.
    pub failed: u32,
}

impl FromRow for PoolLevel {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            organisation: row.get("code")?,
            desired: row.get("pool_size")?,
            available: row.get("available")?,
            on_the_way: row.get("on_the_way")?,
            failed: row.get("failed")?,
        })
    }
}

/// What is counted of the idle rooms `s` that nobody has reserved.
macro_rules! counts {
    () => {
        "COUNT(CASE WHEN s.provision_status = 'PROVISIONED_OK' THEN 1 END) AS available,
         COUNT(CASE WHEN s.provision_status IN ('AWAITS_PROVISION', 'STARTING_TO_PROVISION')
            THEN 1 END) AS on_the_way,
         COUNT(CASE WHEN s.provision_status = 'PROVISION_PROBLEMS' AND s.provisioner <> 'lists'
            THEN 1 END) AS failed"
    };
}

/// `$organisations` narrows the organisations that keep a pool.
macro_rules! levels {
    ($with:expr, $organisations:literal) => {
        concat!(
            $with,
            "SELECT o.code, o.pool_size, ",
            counts!(),
            " FROM organisations o
             LEFT JOIN scheduling_infos s ON s.organisation_code = o.code
                AND s.meeting_id IS NULL AND s.number_folded IS NOT NULL
                AND (s.reserved_until IS NULL OR s.reserved_until <= $1)
             WHERE o.pool_size IS NOT NULL",
            $organisations,
            " GROUP BY o.code, o.pool_size ORDER BY o.code LIMIT $2"
        )
    };
}

/// Up to `limit` pools, by their organisations' codes.
///
/// # Errors
/// [`Error::Engine`].
pub async fn levels(
    connection: &mut impl Connection,
    pools: RoomsOf<'_>,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<PoolLevel>, Error> {
    let text = match pools {
        RoomsOf::All => levels!("", ""),
        RoomsOf::Organisation(_) => levels!("", " AND o.code = $3"),
        RoomsOf::OrganisationAndBelow(_) => levels!(
            codes_below!("$3"),
            " AND o.code IN (SELECT code FROM codes)"
        ),
    };
    let statement = connection.sql(text).bind(now).bind(limit);
    pools.bind(statement).all().await
}

/// Up to `limit` organisations that keep no pool any more and have rooms left
/// from it, by their codes: pools that want no room.
///
/// # Errors
/// [`Error::Engine`].
pub async fn left_over(
    connection: &mut impl Connection,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<PoolLevel>, Error> {
    connection
        .sql(concat!(
            "SELECT o.code, CAST(0 AS BIGINT) AS pool_size, ",
            counts!(),
            " FROM scheduling_infos s JOIN organisations o ON o.code = s.organisation_code
             WHERE o.pool_size IS NULL AND s.meeting_id IS NULL AND s.number_folded IS NOT NULL
                AND (s.reserved_until IS NULL OR s.reserved_until <= $1)
             GROUP BY o.code ORDER BY o.code LIMIT $2"
        ))
        .bind(now)
        .bind(limit)
        .all()
        .await
}

/// `$organisations` narrows the organisations whose free rooms are wanted.
macro_rules! free_rooms {
    ($with:expr, $organisations:literal) => {
        concat!(
            $with,
            select_rooms!(
                "WHERE s.meeting_id IS NULL AND s.number_folded IS NOT NULL
                    AND s.provision_status = 'PROVISIONED_OK' AND s.provisioner <> 'events'
                    AND (s.reserved_until IS NULL OR s.reserved_until <= $1)
                    AND s.organisation_code "
            ),
            $organisations,
            " ORDER BY s.created_at DESC, s.id DESC LIMIT $2"
        )
    };
}

/// Up to `limit` free rooms that are live, the newest first. Rooms that are made
/// by events are left out.
///
/// # Errors
/// [`Error::Unsealable`], otherwise [`Error::Engine`].
pub async fn free_rooms(
    connection: &mut impl Connection,
    sealer: &Sealer,
    pools: RoomsOf<'_>,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<SchedulingInfo>, Error> {
    let text = match pools {
        RoomsOf::All => free_rooms!(
            "",
            "IN (SELECT code FROM organisations WHERE pool_size IS NOT NULL)"
        ),
        RoomsOf::Organisation(_) => free_rooms!("", "= $3"),
        RoomsOf::OrganisationAndBelow(_) => {
            free_rooms!(codes_below!("$3"), "IN (SELECT code FROM codes)")
        }
    };
    let statement = connection.sql(text).bind(now).bind(limit);
    open(pools.bind(statement).all().await?, sealer)
}

/// Up to `limit` free rooms of an organisation, the oldest first, that the hub
/// itself may take out of the pool: not those of a provisioner that polls.
///
/// # Errors
/// [`Error::Engine`].
pub async fn oldest_free(
    connection: &mut impl Connection,
    organisation: &OrganisationCode,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<SchedulingInfoId>, Error> {
    let found: Vec<FoundId> = connection
        .sql(
            "SELECT id FROM scheduling_infos
             WHERE organisation_code = $1 AND meeting_id IS NULL AND number_folded IS NOT NULL
                AND provision_status IN ('AWAITS_PROVISION', 'STARTING_TO_PROVISION',
                    'PROVISIONED_OK')
                AND (reserved_until IS NULL OR reserved_until <= $2)
                AND provisioner <> 'lists'
             ORDER BY created_at, id LIMIT $3",
        )
        .bind(organisation)
        .bind(now)
        .bind(limit)
        .all()
        .await?;
    Ok(found.into_iter().map(|found| found.0).collect())
}

/// Up to `limit` idle rooms of an organisation that could not be made, as
/// [`oldest_free`].
///
/// # Errors
/// [`Error::Engine`].
pub async fn failed(
    connection: &mut impl Connection,
    organisation: &OrganisationCode,
    limit: u32,
) -> Result<Vec<SchedulingInfoId>, Error> {
    let found: Vec<FoundId> = connection
        .sql(
            "SELECT id FROM scheduling_infos
             WHERE organisation_code = $1 AND meeting_id IS NULL AND number_folded IS NOT NULL
                AND provision_status = 'PROVISION_PROBLEMS' AND provisioner <> 'lists'
             ORDER BY created_at, id LIMIT $2",
        )
        .bind(organisation)
        .bind(limit)
        .all()
        .await?;
    Ok(found.into_iter().map(|found| found.0).collect())
}

/// Removes an idle room with its history; `false` when a meeting or a
/// reservation has taken it since.
///
/// # Errors
/// [`Error::Engine`].
pub async fn remove(tx: &mut Tx, id: SchedulingInfoId, now: Timestamp) -> Result<bool, Error> {
    let removed = tx
        .sql(
            "DELETE FROM scheduling_infos WHERE id = $1 AND meeting_id IS NULL
                AND (reserved_until IS NULL OR reserved_until <= $2)",
        )
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    Ok(removed == 1)
}

/// Forgets reservations that have run out, and says how many.
///
/// # Errors
/// [`Error::Engine`].
pub async fn release_expired(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    tx.sql(
        "UPDATE scheduling_infos SET reservation_id = NULL, reserved_until = NULL
         WHERE reserved_until <= $1",
    )
    .bind(now)
    .execute()
    .await
}

/// Keeps the levels of all pools as they are now, for this minute. Done twice
/// for a minute, the first holds.
///
/// # Errors
/// [`Error::Engine`].
pub async fn keep_levels(tx: &mut Tx, minute: Timestamp) -> Result<u64, Error> {
    tx.sql(
        "INSERT INTO pool_history (organisation_code, at, desired, available)
         SELECT o.code, $1, o.pool_size, COUNT(s.id)
         FROM organisations o
         LEFT JOIN scheduling_infos s ON s.organisation_code = o.code
            AND s.meeting_id IS NULL AND s.number_folded IS NOT NULL
            AND s.provision_status = 'PROVISIONED_OK'
            AND (s.reserved_until IS NULL OR s.reserved_until <= $1)
         WHERE o.pool_size > 0
         GROUP BY o.code, o.pool_size
         ON CONFLICT DO NOTHING",
    )
    .bind(minute)
    .execute()
    .await
}

/// Forgets levels from before an instant.
///
/// # Errors
/// [`Error::Engine`].
pub async fn forget_levels(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    tx.sql("DELETE FROM pool_history WHERE at < $1")
        .bind(before)
        .execute()
        .await
}

/// How full a pool was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastLevel {
    /// When, on the minute.
    pub at: Timestamp,
    /// The number of free rooms it wanted.
    pub desired: u32,
    /// Free rooms that were live.
    pub available: u32,
}

impl FromRow for PastLevel {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            at: row.get("at")?,
            desired: row.get("desired")?,
            available: row.get("available")?,
        })
    }
}

/// How full an organisation's pool was, from `from` to before `to`, oldest
/// first; at most `limit` minutes.
///
/// # Errors
/// [`Error::Engine`].
pub async fn past_levels(
    connection: &mut impl Connection,
    organisation: &OrganisationCode,
    from: Timestamp,
    to: Timestamp,
    limit: u32,
) -> Result<Vec<PastLevel>, Error> {
    connection
        .sql(
            "SELECT at, desired, available FROM pool_history
             WHERE organisation_code = $1 AND at >= $2 AND at < $3 ORDER BY at LIMIT $4",
        )
        .bind(organisation)
        .bind(from)
        .bind(to)
        .bind(limit)
        .all()
        .await
}
