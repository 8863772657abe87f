//! Lists of rooms: for those who look at them, and for provisioners that poll.
//! What `+ 0` is for stands in `due`.

use jiff::Timestamp;
use vdx_domain::{OrganisationCode, ProvisionStatus};

use super::{SchedulingInfo, SealedRow, select_rooms};
use crate::{Connection, Error, Sealer, Statement};

/// Whose rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomsOf<'a> {
    /// Everybody's.
    All,
    /// One organisation's.
    Organisation(&'a OrganisationCode),
    /// Those of an organisation and of all below it.
    OrganisationAndBelow(&'a OrganisationCode),
}

impl RoomsOf<'_> {
    /// Binds the organisation, which stands last in the statements that ask for one.
    pub(crate) fn bind<'c>(&self, statement: Statement<'c>) -> Statement<'c> {
        match self {
            Self::All => statement,
            Self::Organisation(code) | Self::OrganisationAndBelow(code) => statement.bind(*code),
        }
    }
}

/// Rooms of a status that open, or whose meetings end, between two instants;
/// the instants themselves are outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// After this.
    pub from: Timestamp,
    /// Before this.
    pub to: Timestamp,
    /// With this status.
    pub status: ProvisionStatus,
}

/// Names the organisation `$code` and all below it `codes`. Goes down at most 64
/// steps, which also ends a circle.
macro_rules! codes_below {
    ($code:literal) => {
        concat!(
            "WITH RECURSIVE below (group_id, depth) AS (
                SELECT group_id, CAST(0 AS BIGINT) FROM organisations WHERE code = ",
            $code,
            " UNION ALL
                SELECT g.id, below.depth + 1 FROM groups g
                JOIN below ON g.parent_id = below.group_id WHERE below.depth < 64
             ),
             codes (code) AS (
                SELECT o.code FROM below JOIN organisations o ON o.group_id = below.group_id
             ) "
        )
    };
}
pub(crate) use codes_below;

/// `$rooms` narrows the rooms. Each half of the union walks one index and stops
/// at the limit, so that a list that is too long is quickly known to be so.
macro_rules! in_interval {
    ($with:expr, $rooms:literal) => {
        concat!(
            $with,
            select_rooms!("WHERE s.id IN (SELECT id FROM (SELECT id FROM scheduling_infos WHERE "),
            $rooms,
            " AND provision_status = $1 AND vmr_starts_at > $2 AND vmr_starts_at < $3
              LIMIT $4) AS opening
              UNION SELECT id FROM (SELECT id FROM scheduling_infos WHERE ",
            $rooms,
            " AND provision_status = $1 AND meeting_ends_at > $2 AND meeting_ends_at < $3
              LIMIT $4) AS closing)
             ORDER BY s.vmr_starts_at, s.id LIMIT $4"
        )
    };
}

/// Up to `limit` rooms with a meeting, by the instant they open.
///
/// # Errors
/// [`Error::Unsealable`], otherwise [`Error::Engine`].
pub async fn in_interval(
    connection: &mut impl Connection,
    sealer: &Sealer,
    rooms: RoomsOf<'_>,
    interval: Interval,
    limit: u32,
) -> Result<Vec<SchedulingInfo>, Error> {
    let text = match rooms {
        RoomsOf::All => in_interval!("", "provisioner IN ('embedded', 'lists', 'events')"),
        RoomsOf::Organisation(_) => in_interval!("", "organisation_code = $5"),
        RoomsOf::OrganisationAndBelow(_) => in_interval!(
            codes_below!("$5"),
            "organisation_code IN (SELECT code FROM codes)"
        ),
    };
    let statement = connection
        .sql(text)
        .bind(interval.status)
        .bind(interval.from)
        .bind(interval.to)
        .bind(limit);
    open(rooms.bind(statement).all().await?, sealer)
}

/// Up to `limit` rooms that a provisioner that polls has to make now, those
/// that opened first before the others.
///
/// # Errors
/// [`Error::Unsealable`], otherwise [`Error::Engine`].
pub async fn to_provision(
    connection: &mut impl Connection,
    sealer: &Sealer,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<SchedulingInfo>, Error> {
    let rows = connection
        .sql(select_rooms!(
            "WHERE s.provisioner = 'lists' AND s.provision_status = 'AWAITS_PROVISION'
                AND s.vmr_starts_at <= $1 AND s.meeting_ends_at + 0 >= $1
             ORDER BY s.vmr_starts_at LIMIT $2"
        ))
        .bind(now)
        .bind(limit)
        .all()
        .await?;
    open(rows, sealer)
}

/// Up to `limit` rooms that a provisioner that polls has to remove now, those
/// whose meetings ended first before the others.
///
/// # Errors
/// [`Error::Unsealable`], otherwise [`Error::Engine`].
pub async fn to_deprovision(
    connection: &mut impl Connection,
    sealer: &Sealer,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<SchedulingInfo>, Error> {
    let rows = connection
        .sql(select_rooms!(
            "WHERE s.provisioner = 'lists' AND s.provision_status = 'PROVISIONED_OK'
                AND s.meeting_ends_at < $1
             ORDER BY s.meeting_ends_at LIMIT $2"
        ))
        .bind(now)
        .bind(limit)
        .all()
        .await?;
    open(rows, sealer)
}

pub(crate) fn open(rows: Vec<SealedRow>, sealer: &Sealer) -> Result<Vec<SchedulingInfo>, Error> {
    rows.into_iter().map(|row| row.open(sealer)).collect()
}
