//! Pools: rooms that are made before anybody asks for one.
//!
//! A room of a pool is *idle* while no meeting is attached, *reserved* while
//! somebody has set it aside, and *free* while neither is so. This module hands
//! rooms out; how full pools are is in [`crate::pool_levels`].

use jiff::Timestamp;
use uuid::Uuid;
use vdx_domain::{MeetingId, OrganisationCode, SchedulingInfoId};

use crate::meeting_users::MeetingUserId;
use crate::scheduling_infos::{FoundId, SchedulingInfo, SealedRow, place, select_rooms};
use crate::{Connection, EngineKind, Error, Sealer, Tx};

/// Which free room of a pool is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Whose pool.
    pub organisation: &'a OrganisationCode,
    /// The settings it must have: a pattern of [`vdx_domain::RoomSettings::code`].
    pub settings: &'a str,
    /// It must be live since before this instant.
    pub live_before: Timestamp,
    /// Reservations that hold until now or less have run out.
    pub now: Timestamp,
}

macro_rules! take {
    ($lock:literal) => {
        concat!(
            "SELECT id FROM scheduling_infos
             WHERE organisation_code = $1 AND provision_status = 'PROVISIONED_OK'
                AND meeting_id IS NULL AND number_folded IS NOT NULL
                AND (reserved_until IS NULL OR reserved_until <= $2)
                AND provisioned_at < $3 AND settings_code LIKE $4
             ORDER BY provisioned_at LIMIT 1 ",
            $lock
        )
    };
}

/// The free room that has been live longest, kept from everybody else until
/// the transaction ends. Rooms that others are about to take are passed over
/// without waiting.
///
/// # Errors
/// [`Error::Engine`].
pub async fn take(tx: &mut Tx, wanted: Wanted<'_>) -> Result<Option<SchedulingInfoId>, Error> {
    find_free(tx, wanted).await
}

/// What [`take`] does; outside a transaction it holds nothing.
pub(crate) async fn find_free(
    connection: &mut impl Connection,
    wanted: Wanted<'_>,
) -> Result<Option<SchedulingInfoId>, Error> {
    let text = match connection.engine() {
        // The only writer is this transaction.
        EngineKind::Sqlite => take!(""),
        EngineKind::Postgres => take!("FOR UPDATE SKIP LOCKED"),
    };
    let found: Option<FoundId> = connection
        .sql(text)
        .bind(wanted.organisation)
        .bind(wanted.now)
        .bind(wanted.live_before)
        .bind(wanted.settings)
        .optional()
        .await?;
    Ok(found.map(|found| found.0))
}

macro_rules! take_reserved {
    ($lock:literal) => {
        concat!(
            "SELECT id FROM scheduling_infos
             WHERE reservation_id = $1 AND organisation_code = $2 AND meeting_id IS NULL
                AND number_folded IS NOT NULL AND reserved_until > $3 ",
            $lock
        )
    };
}

/// The room an organisation has reserved, kept from everybody else until the
/// transaction ends; `None` when the reservation never was, has run out, is
/// used, or is another organisation's.
///
/// # Errors
/// [`Error::Engine`].
pub async fn take_reserved(
    tx: &mut Tx,
    organisation: &OrganisationCode,
    reservation: Uuid,
    now: Timestamp,
) -> Result<Option<SchedulingInfoId>, Error> {
    let text = match tx.engine() {
        EngineKind::Sqlite => take_reserved!(""),
        // Of two who use it at once the second waits, and finds it used.
        EngineKind::Postgres => take_reserved!("FOR UPDATE"),
    };
    let found: Option<FoundId> = tx
        .sql(text)
        .bind(reservation)
        .bind(organisation)
        .bind(now)
        .optional()
        .await?;
    Ok(found.map(|found| found.0))
}

/// What a room of a pool becomes when a meeting takes it.
#[derive(Debug, Clone, Copy)]
pub struct Attachment<'a> {
    /// The meeting, whose id the room gets.
    pub meeting: MeetingId,
    /// When the room opens for it.
    pub vmr_starts_at: Timestamp,
    /// Whose room it is from now on.
    pub organisation: &'a OrganisationCode,
    /// Who booked the meeting.
    pub creator: MeetingUserId,
    /// It comes from the pool that helps out others.
    pub overflow: bool,
    /// Now.
    pub at: Timestamp,
}

/// Gives a room of the pool to a meeting; it keeps its own settings, and loses a
/// reservation that has run out. The caller
/// holds the room ([`take`], [`take_reserved`]), and has written the meeting.
/// The portal link is to be written afterwards.
///
/// # Errors
/// [`Error::Missing`] when the room is not idle, [`Error::Duplicate`] when
/// another room has the meeting's id, [`Error::Unsealable`], otherwise
/// [`Error::Engine`].
pub async fn attach(
    tx: &mut Tx,
    sealer: &Sealer,
    room: &SchedulingInfo,
    to: Attachment<'_>,
) -> Result<(), Error> {
    // What is sealed is bound to the row's id, which changes.
    let row = SchedulingInfoId(to.meeting.0).to_string();
    let changed = tx
        .sql(
            "UPDATE scheduling_infos SET id = $1, meeting_id = $1,
                meeting_ends_at = (SELECT ends_at FROM meetings WHERE id = $1),
                vmr_starts_at = $2, organisation_code = $3, host_pin_sealed = $4,
                guest_pin_sealed = $5, portal_link_sealed = NULL, pool_overflow = $6,
                reservation_id = CASE WHEN reserved_until > $8 THEN reservation_id END,
                reserved_until = NULL, created_by = $7, updated_by = $7, updated_at = $8
             WHERE id = $9 AND meeting_id IS NULL",
        )
        .bind(to.meeting)
        .bind(to.vmr_starts_at)
        .bind(to.organisation)
        .bind(sealer.seal_pin(place("host_pin_sealed", &row), room.host_pin.as_ref())?)
        .bind(sealer.seal_pin(place("guest_pin_sealed", &row), room.guest_pin.as_ref())?)
        .bind(to.overflow)
        .bind(to.creator.0)
        .bind(to.at)
        .bind(room.id)
        .execute()
        .await?;
    if changed == 1 {
        Ok(())
    } else {
        Err(Error::Missing)
    }
}

/// A room set aside.
#[derive(Debug, Clone, Copy)]
pub struct Reservation {
    /// What it is known by.
    pub id: Uuid,
    /// Until when it holds.
    pub until: Timestamp,
    /// Who set it aside.
    pub by: MeetingUserId,
    /// Now.
    pub at: Timestamp,
}

/// Sets a room aside that the caller holds ([`take`]).
///
/// # Errors
/// [`Error::Engine`].
pub async fn reserve(
    tx: &mut Tx,
    room: SchedulingInfoId,
    reservation: Reservation,
) -> Result<(), Error> {
    tx.sql(
        "UPDATE scheduling_infos SET reservation_id = $1, reserved_until = $2, updated_by = $3,
            updated_at = $4
         WHERE id = $5",
    )
    .bind(reservation.id)
    .bind(reservation.until)
    .bind(reservation.by.0)
    .bind(reservation.at)
    .bind(room)
    .execute()
    .await?;
    Ok(())
}

/// The room an organisation has reserved and not used yet, while the
/// reservation holds.
///
/// # Errors
/// [`Error::Unsealable`], otherwise [`Error::Engine`].
pub async fn reserved(
    connection: &mut impl Connection,
    sealer: &Sealer,
    organisation: &OrganisationCode,
    reservation: Uuid,
    now: Timestamp,
) -> Result<Option<SchedulingInfo>, Error> {
    connection
        .sql(select_rooms!(
            "WHERE s.reservation_id = $1 AND s.organisation_code = $2 AND s.meeting_id IS NULL
                AND s.number_folded IS NOT NULL AND s.reserved_until > $3"
        ))
        .bind(reservation)
        .bind(organisation)
        .bind(now)
        .optional::<SealedRow>()
        .await?
        .map(|row| row.open(sealer))
        .transpose()
}
