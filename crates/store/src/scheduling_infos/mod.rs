//! Scheduling-info: the technical side of a meeting, its booked room; or a room
//! of the pool, which waits for a meeting ([`crate::pool`]).

mod due;
mod list;
mod status;

use jiff::Timestamp;
use uuid::Uuid;
use vdx_domain::{
    MeetingId, OrganisationCode, Pin, ProvisionStatus, Provisioner, RoomAddress, RoomSettings,
    SchedulingInfoId,
};

use crate::meeting_users::{MeetingUser, MeetingUserId};
use crate::{Connection, Error, FromRow, Place, Row, Sealer, Tx};

pub use due::{Due, DueRoom, due, next_due};
pub use list::{Interval, RoomsOf, in_interval, to_deprovision, to_provision};
pub(crate) use list::{codes_below, open};
pub use status::{Provision, advance, history, report};

/// A booked room, or one of the pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchedulingInfo {
    /// Its id: the meeting's once one is attached.
    pub id: SchedulingInfoId,
    /// The meeting it belongs to.
    pub meeting: Option<MeetingId>,
    /// Whose room it is.
    pub organisation: OrganisationCode,
    /// `None` = everybody is a host.
    pub host_pin: Option<Pin>,
    /// `None` = guests need no PIN.
    pub guest_pin: Option<Pin>,
    /// Out of how many numbers the PINs were drawn, the fewer of two; `None` =
    /// somebody chose them.
    pub pin_choices: Option<u32>,
    /// Minutes the room is open before the meeting.
    pub vmr_available_before: u32,
    /// When the room opens; `None` while no meeting is attached.
    pub vmr_starts_at: Option<Timestamp>,
    /// The address people dial; it stays when the room is gone.
    pub address: RoomAddress,
    /// Number or chosen name without prefix and domain; `None` when the room is gone.
    pub uri_without_domain: Option<String>,
    /// Domain; `None` when the room is gone.
    pub uri_domain: Option<String>,
    /// Settings.
    pub settings: RoomSettings,
    /// Theme id or path.
    pub ivr_theme: Option<String>,
    /// The customer's own page for guests.
    pub custom_portal_guest: Option<String>,
    /// The customer's own page for hosts.
    pub custom_portal_host: Option<String>,
    /// Where participants go when the meeting ends.
    pub return_url: Option<String>,
    /// Which media the web client negotiates.
    pub call_type: Option<String>,
    /// The complete join link for guests. It holds the guest PIN.
    pub portal_link: Option<String>,
    /// Who makes the room.
    pub provisioner: Provisioner,
    /// Where the room stands on its way from booked to gone.
    pub provision: Provision,
    /// Its number in events, which stays when the id changes; `None` where no
    /// events are told.
    pub event_identifier: Option<i64>,
    /// It was made for the pool.
    pub pool: bool,
    /// It was taken from the pool that helps out others.
    pub pool_overflow: bool,
    /// The reservation it was set aside by last.
    pub reservation_id: Option<Uuid>,
    /// Until when the reservation holds.
    pub reserved_until: Option<Timestamp>,
    /// Who booked it.
    pub created_by: MeetingUser,
    /// Who changed it last.
    pub updated_by: Option<MeetingUser>,
    /// When it was booked.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Option<Timestamp>,
}

/// What a new room is written from; the fields mean what they mean in
/// [`SchedulingInfo`]. Its status is `AWAITS_PROVISION`; without a meeting it
/// is a room of the pool.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "documented in SchedulingInfo")]
pub struct NewSchedulingInfo {
    pub id: SchedulingInfoId,
    pub meeting: Option<MeetingId>,
    pub organisation: OrganisationCode,
    pub template: i64,
    pub host_pin: Option<Pin>,
    pub guest_pin: Option<Pin>,
    pub pin_choices: Option<u32>,
    pub vmr_available_before: u32,
    pub vmr_starts_at: Option<Timestamp>,
    pub address: RoomAddress,
    pub uri_without_domain: String,
    pub uri_domain: String,
    pub settings: RoomSettings,
    pub ivr_theme: Option<String>,
    pub custom_portal_guest: Option<String>,
    pub custom_portal_host: Option<String>,
    pub return_url: Option<String>,
    pub call_type: Option<String>,
    pub portal_link: Option<String>,
    pub provisioner: Provisioner,
    pub event_identifier: Option<i64>,
    /// What is said about the status.
    pub status_description: Option<String>,
    pub created_by: MeetingUserId,
    pub created_at: Timestamp,
}

impl NewSchedulingInfo {
    /// The room as [`find`] gives it once it is written; `created_by` is the
    /// person whose row it names.
    #[must_use]
    pub fn written(self, created_by: MeetingUser) -> SchedulingInfo {
        SchedulingInfo {
            id: self.id,
            meeting: self.meeting,
            organisation: self.organisation,
            host_pin: self.host_pin,
            guest_pin: self.guest_pin,
            pin_choices: self.pin_choices,
            vmr_available_before: self.vmr_available_before,
            vmr_starts_at: self.vmr_starts_at,
            address: self.address,
            uri_without_domain: Some(self.uri_without_domain),
            uri_domain: Some(self.uri_domain),
            settings: self.settings,
            ivr_theme: self.ivr_theme,
            custom_portal_guest: self.custom_portal_guest,
            custom_portal_host: self.custom_portal_host,
            return_url: self.return_url,
            call_type: self.call_type,
            portal_link: self.portal_link,
            provisioner: self.provisioner,
            provision: Provision::awaits(self.status_description),
            event_identifier: self.event_identifier,
            pool: self.meeting.is_none(),
            pool_overflow: false,
            reservation_id: None,
            reserved_until: None,
            created_by,
            updated_by: None,
            created_at: self.created_at,
            updated_at: None,
        }
    }
}

const TABLE: &str = "scheduling_infos";

/// Where a sealed column of a room stands.
pub(crate) fn place<'a>(column: &'static str, row: &'a str) -> Place<'a> {
    Place {
        table: TABLE,
        column,
        row,
    }
}

/// The beginning of every query that gives rooms: `s` is the room.
macro_rules! select_rooms {
    ($rest:literal) => {
        concat!(
            "SELECT s.*, c.organisation_code AS created_by_organisation, c.email AS created_by_email,
                u.organisation_code AS updated_by_organisation, u.email AS updated_by_email
             FROM scheduling_infos s
             JOIN meeting_users c ON c.id = s.created_by
             LEFT JOIN meeting_users u ON u.id = s.updated_by ",
            $rest
        )
    };
}
pub(crate) use select_rooms;

/// A row whose sealed columns are not open yet.
pub(crate) struct SealedRow {
    info: SchedulingInfo,
    host_pin: Option<String>,
    guest_pin: Option<String>,
    portal_link: Option<String>,
}

impl SealedRow {
    pub(crate) fn open(self, sealer: &Sealer) -> Result<SchedulingInfo, Error> {
        let row = self.info.id.to_string();
        let host_pin =
            sealer.unseal_pin(place("host_pin_sealed", &row), self.host_pin.as_deref())?;
        let guest_pin =
            sealer.unseal_pin(place("guest_pin_sealed", &row), self.guest_pin.as_deref())?;
        let portal_link = sealer.unseal_text(
            place("portal_link_sealed", &row),
            self.portal_link.as_deref(),
        )?;
        Ok(SchedulingInfo {
            host_pin,
            guest_pin,
            portal_link,
            ..self.info
        })
    }
}

impl FromRow for SealedRow {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            host_pin: row.get("host_pin_sealed")?,
            guest_pin: row.get("guest_pin_sealed")?,
            portal_link: row.get("portal_link_sealed")?,
            info: SchedulingInfo {
                id: row.get("id")?,
                meeting: row.get("meeting_id")?,
                organisation: row.get("organisation_code")?,
                host_pin: None,
                guest_pin: None,
                pin_choices: row.get("pin_choices")?,
                vmr_available_before: row.get("vmr_available_before")?,
                vmr_starts_at: row.get("vmr_starts_at")?,
                address: row.get("uri_with_domain")?,
                uri_without_domain: row.get("uri_without_domain")?,
                uri_domain: row.get("uri_domain")?,
                settings: row.json("settings")?,
                ivr_theme: row.get("ivr_theme")?,
                custom_portal_guest: row.get("custom_portal_guest")?,
                custom_portal_host: row.get("custom_portal_host")?,
                return_url: row.get("return_url")?,
                call_type: row.get("call_type")?,
                portal_link: None,
                provisioner: row.get("provisioner")?,
                provision: Provision {
                    status: row.get("provision_status")?,
                    description: row.get("provision_status_description")?,
                    at: row.get("provisioned_at")?,
                    vmr_id: row.get("provision_vmr_id")?,
                },
                event_identifier: row.get("event_identifier")?,
                pool: row.get("pool")?,
                pool_overflow: row.get("pool_overflow")?,
                reservation_id: row.get("reservation_id")?,
                reserved_until: row.get("reserved_until")?,
                created_by: MeetingUser::required(row, "created_by")?,
                updated_by: MeetingUser::from_columns(row, "updated_by")?,
                created_at: row.get("created_at")?,
                updated_at: row.get("updated_at")?,
            },
        })
    }
}

/// Writes a room. `false` means that nothing was written because its number or
/// its address belongs to another live room, booked or fixed.
///
/// # Errors
/// [`Error::Reference`] when organisation, template or meeting do not exist,
/// otherwise [`Error::Engine`].
pub async fn insert(tx: &mut Tx, sealer: &Sealer, new: &NewSchedulingInfo) -> Result<bool, Error> {
    let row = new.id.to_string();
    // The check of the fixed rooms' aliases is part of the statement that
    // writes, because fixed rooms are added while nobody writes here.
    let written = tx
        .sql(
            "INSERT INTO scheduling_infos (id, meeting_id, organisation_code, template_id,
                host_pin_sealed, guest_pin_sealed, vmr_available_before, vmr_starts_at,
                uri_with_domain, uri_without_domain, uri_domain, address_folded, number_folded,
                settings, ivr_theme, custom_portal_guest, custom_portal_host, return_url,
                call_type, provision_status, created_by, created_at, settings_code, provisioner,
                event_identifier, provision_status_description, pool, pool_overflow,
                portal_link_sealed, pin_choices, meeting_ends_at)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29,
                $30, (SELECT ends_at FROM meetings WHERE id = $2)
             WHERE NOT EXISTS (SELECT folded FROM fixed_room_aliases WHERE folded = $12)
             ON CONFLICT DO NOTHING",
        )
        .bind(new.id)
        .bind(new.meeting)
        .bind(&new.organisation)
        .bind(new.template)
        .bind(sealer.seal_pin(place("host_pin_sealed", &row), new.host_pin.as_ref())?)
        .bind(sealer.seal_pin(place("guest_pin_sealed", &row), new.guest_pin.as_ref())?)
        .bind(new.vmr_available_before)
        .bind(new.vmr_starts_at)
        .bind(&new.address)
        .bind(&new.uri_without_domain)
        .bind(&new.uri_domain)
        .bind(new.address.folded())
        .bind(format!("{}@{}", new.uri_without_domain, new.uri_domain).to_lowercase())
        .bind_json(&new.settings)?
        .bind(new.ivr_theme.as_deref())
        .bind(new.custom_portal_guest.as_deref())
        .bind(new.custom_portal_host.as_deref())
        .bind(new.return_url.as_deref())
        .bind(new.call_type.as_deref())
        .bind(ProvisionStatus::AwaitsProvision)
        .bind(new.created_by.0)
        .bind(new.created_at)
        .bind(new.settings.code())
        .bind(new.provisioner)
        .bind(new.event_identifier)
        .bind(new.status_description.as_deref())
        .bind(new.meeting.is_none())
        .bind(false)
        .bind(sealer.seal_text(
            place("portal_link_sealed", &row),
            new.portal_link.as_deref(),
        )?)
        .bind(new.pin_choices)
        .execute()
        .await?;
    if written == 0 {
        return Ok(false);
    }
    let awaits = Provision::awaits(new.status_description.clone());
    status::append(tx, new.id, &awaits, new.created_at).await?;
    Ok(true)
}

/// Keeps the room's portal link.
///
/// # Errors
/// [`Error::Engine`].
pub async fn set_portal_link(
    tx: &mut Tx,
    sealer: &Sealer,
    id: SchedulingInfoId,
    link: &str,
) -> Result<(), Error> {
    let row = id.to_string();
    let sealed = sealer.seal_text(place("portal_link_sealed", &row), Some(link))?;
    tx.sql("UPDATE scheduling_infos SET portal_link_sealed = $1 WHERE id = $2")
        .bind(sealed)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Holds the room until the transaction ends: who else wants to change it
/// waits.
///
/// # Errors
/// [`Error::Engine`].
pub async fn lock(tx: &mut Tx, id: SchedulingInfoId) -> Result<(), Error> {
    // A change that changes nothing holds the row on both engines, where
    // SELECT … FOR UPDATE is known to one.
    tx.sql("UPDATE scheduling_infos SET updated_at = updated_at WHERE id = $1")
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Writes what a change of the meeting changes of its room: PINs, opening
/// time, call type and portal link.
///
/// # Errors
/// [`Error::Engine`].
pub async fn update(
    tx: &mut Tx,
    sealer: &Sealer,
    room: &SchedulingInfo,
    updater: Option<MeetingUserId>,
) -> Result<(), Error> {
    let row = room.id.to_string();
    let link = room.portal_link.as_deref();
    tx.sql(
        "UPDATE scheduling_infos SET host_pin_sealed = $1, guest_pin_sealed = $2,
            vmr_starts_at = $3, call_type = $4, portal_link_sealed = $5, updated_by = $6,
            updated_at = $7
         WHERE id = $8",
    )
    .bind(sealer.seal_pin(place("host_pin_sealed", &row), room.host_pin.as_ref())?)
    .bind(sealer.seal_pin(place("guest_pin_sealed", &row), room.guest_pin.as_ref())?)
    .bind(room.vmr_starts_at)
    .bind(room.call_type.as_deref())
    .bind(sealer.seal_text(place("portal_link_sealed", &row), link)?)
    .bind(updater.map(|updater| updater.0))
    .bind(room.updated_at)
    .bind(room.id)
    .execute()
    .await?;
    Ok(())
}

/// The room with this id.
///
/// # Errors
/// [`Error::Unsealable`] when its PINs cannot be opened, otherwise [`Error::Engine`].
pub async fn find(
    connection: &mut impl Connection,
    sealer: &Sealer,
    id: SchedulingInfoId,
) -> Result<Option<SchedulingInfo>, Error> {
    connection
        .sql(select_rooms!("WHERE s.id = $1"))
        .bind(id)
        .optional::<SealedRow>()
        .await?
        .map(|row| row.open(sealer))
        .transpose()
}

pub(crate) struct FoundId(pub(crate) SchedulingInfoId);

impl FromRow for FoundId {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("id")?))
    }
}

/// The room with a meeting that is behind an address: the live one, and when
/// none is live the one booked last, because numbers are used again.
///
/// # Errors
/// [`Error::Engine`].
pub async fn id_by_address(
    connection: &mut impl Connection,
    address: &RoomAddress,
) -> Result<Option<SchedulingInfoId>, Error> {
    let found: Option<FoundId> = connection
        .sql(
            "SELECT id FROM scheduling_infos
             WHERE address_folded = $1 AND meeting_id IS NOT NULL
             ORDER BY CASE WHEN number_folded IS NULL THEN 1 ELSE 0 END, created_at DESC, id DESC
             LIMIT 1",
        )
        .bind(address.folded())
        .optional()
        .await?;
    Ok(found.map(|found| found.0))
}

/// Whether there is a room with this id.
///
/// # Errors
/// [`Error::Engine`].
pub async fn exists(connection: &mut impl Connection, id: SchedulingInfoId) -> Result<bool, Error> {
    connection
        .sql("SELECT id FROM scheduling_infos WHERE id = $1")
        .bind(id)
        .exists()
        .await
}

/// Removes a room and its status history if its status is `AWAITS_PROVISION`;
/// `false` when it is another by now.
///
/// # Errors
/// [`Error::Engine`].
pub async fn delete_awaiting(tx: &mut Tx, id: SchedulingInfoId) -> Result<bool, Error> {
    let removed = tx
        .sql("DELETE FROM scheduling_infos WHERE id = $1 AND provision_status = $2")
        .bind(id)
        .bind(ProvisionStatus::AwaitsProvision)
        .execute()
        .await?;
    Ok(removed == 1)
}
