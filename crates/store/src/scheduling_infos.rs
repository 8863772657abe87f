//! Scheduling-info: the technical side of a meeting, its booked room.

use jiff::Timestamp;
use uuid::Uuid;
use vdx_domain::{
    MeetingId, OrganisationCode, Pin, ProvisionStatus, RoomAddress, RoomSettings, SchedulingInfoId,
};

use crate::meeting_users::{MeetingUser, MeetingUserId};
use crate::{Connection, Error, FromRow, Place, Row, Sealer, Tx};

/// A booked room.
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
    /// Where the room stands on its way from booked to gone.
    pub provision: Provision,
    /// Set while the room is reserved for a meeting to come.
    pub reservation_id: Option<Uuid>,
    /// Who booked it.
    pub created_by: MeetingUser,
    /// Who changed it last.
    pub updated_by: Option<MeetingUser>,
    /// When it was booked.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Option<Timestamp>,
}

/// A provision status and what was said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provision {
    /// The status.
    pub status: ProvisionStatus,
    /// Up to 200 characters.
    pub description: Option<String>,
    /// When it was set; `None` for a room that nobody has provisioned yet.
    pub at: Option<Timestamp>,
    /// The engine's name of the room, up to 50 characters.
    pub vmr_id: Option<String>,
}

/// What a new room is written from; the fields mean what they mean in
/// [`SchedulingInfo`]. Its status is `AWAITS_PROVISION`.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "documented in SchedulingInfo")]
pub struct NewSchedulingInfo {
    pub id: SchedulingInfoId,
    pub meeting: Option<MeetingId>,
    pub organisation: OrganisationCode,
    pub template: i64,
    pub host_pin: Option<Pin>,
    pub guest_pin: Option<Pin>,
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
    pub created_by: MeetingUserId,
    pub created_at: Timestamp,
}

const TABLE: &str = "scheduling_infos";

/// Where a sealed column of a room stands.
fn place<'a>(column: &'static str, row: &'a str) -> Place<'a> {
    Place {
        table: TABLE,
        column,
        row,
    }
}

/// A row whose sealed columns are not open yet.
struct SealedRow {
    info: SchedulingInfo,
    host_pin: Option<String>,
    guest_pin: Option<String>,
    portal_link: Option<String>,
}

impl SealedRow {
    fn open(self, sealer: &Sealer) -> Result<SchedulingInfo, Error> {
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
                provision: Provision {
                    status: row.get("provision_status")?,
                    description: row.get("provision_status_description")?,
                    at: row.get("provisioned_at")?,
                    vmr_id: row.get("provision_vmr_id")?,
                },
                reservation_id: row.get("reservation_id")?,
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
    let folded = new.address.folded();
    if is_fixed_alias(tx, &folded).await? {
        return Ok(false);
    }
    let written = tx
        .sql(
            "INSERT INTO scheduling_infos (id, meeting_id, organisation_code, template_id,
                host_pin_sealed, guest_pin_sealed, vmr_available_before, vmr_starts_at,
                uri_with_domain, uri_without_domain, uri_domain, address_folded, number_folded,
                settings, ivr_theme, custom_portal_guest, custom_portal_host, return_url,
                call_type, provision_status, created_by, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                $18, $19, $20, $21, $22)
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
        .bind(folded)
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
        .execute()
        .await?;
    if written == 0 {
        return Ok(false);
    }
    let awaits = Provision {
        status: ProvisionStatus::AwaitsProvision,
        description: None,
        at: None,
        vmr_id: None,
    };
    append_status(tx, new.id, &awaits, new.created_at).await?;
    Ok(true)
}

async fn is_fixed_alias(tx: &mut Tx, folded: &str) -> Result<bool, Error> {
    tx.sql("SELECT folded FROM fixed_room_aliases WHERE folded = $1")
        .bind(folded)
        .exists()
        .await
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
        .sql(
            "SELECT s.*, c.organisation_code AS created_by_organisation, c.email AS created_by_email,
                u.organisation_code AS updated_by_organisation, u.email AS updated_by_email
             FROM scheduling_infos s
             JOIN meeting_users c ON c.id = s.created_by
             LEFT JOIN meeting_users u ON u.id = s.updated_by
             WHERE s.id = $1",
        )
        .bind(id)
        .optional::<SealedRow>()
        .await?
        .map(|row| row.open(sealer))
        .transpose()
}

struct FoundId(SchedulingInfoId);

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

/// Sets the provision status if it is `from`, and adds it to the history;
/// `false` when it is another by now. `DEPROVISION_OK` frees the number.
///
/// # Errors
/// [`Error::Engine`].
pub async fn advance(
    tx: &mut Tx,
    id: SchedulingInfoId,
    from: ProvisionStatus,
    to: &Provision,
    at: Timestamp,
) -> Result<bool, Error> {
    let changed = tx
        .sql(
            "UPDATE scheduling_infos SET provision_status = $1, provision_status_description = $2,
                provision_vmr_id = $3, provisioned_at = $4 WHERE id = $5 AND provision_status = $6",
        )
        .bind(to.status)
        .bind(to.description.as_deref())
        .bind(to.vmr_id.as_deref())
        .bind(at)
        .bind(id)
        .bind(from)
        .execute()
        .await?;
    if changed == 0 {
        return Ok(false);
    }
    if to.status == ProvisionStatus::DeprovisionOk {
        tx.sql(
            "UPDATE scheduling_infos SET uri_without_domain = NULL, uri_domain = NULL,
                number_folded = NULL WHERE id = $1",
        )
        .bind(id)
        .execute()
        .await?;
    }
    append_status(tx, id, to, at).await?;
    Ok(true)
}

async fn append_status(
    tx: &mut Tx,
    id: SchedulingInfoId,
    provision: &Provision,
    at: Timestamp,
) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO scheduling_statuses (id, scheduling_info_id, provision_status, description,
            provision_vmr_id, at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(Uuid::now_v7())
    .bind(id)
    .bind(provision.status)
    .bind(provision.description.as_deref())
    .bind(provision.vmr_id.as_deref())
    .bind(at)
    .execute()
    .await?;
    Ok(())
}

impl FromRow for Provision {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            status: row.get("provision_status")?,
            description: row.get("description")?,
            at: row.get("at")?,
            vmr_id: row.get("provision_vmr_id")?,
        })
    }
}

/// All statuses a room has had, oldest first.
///
/// # Errors
/// [`Error::Engine`].
pub async fn history(
    connection: &mut impl Connection,
    id: SchedulingInfoId,
) -> Result<Vec<Provision>, Error> {
    connection
        .sql(
            "SELECT provision_status, description, provision_vmr_id, at FROM scheduling_statuses
             WHERE scheduling_info_id = $1 ORDER BY at, id LIMIT 1000",
        )
        .bind(id)
        .all()
        .await
}

/// What a provisioner has to do with a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// It is to be live now.
    Provision,
    /// Its meeting is over.
    Deprovision,
    /// It was never made, and its meeting and its booking lie before this instant.
    Abandoned(Timestamp),
}

/// Up to `limit` rooms that something is due for at `now`.
///
/// # Errors
/// [`Error::Engine`].
pub async fn due(
    connection: &mut impl Connection,
    what: Due,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<SchedulingInfoId>, Error> {
    let found: Vec<FoundId> = match what {
        Due::Provision => connection
            .sql(
                "SELECT s.id FROM scheduling_infos s JOIN meetings m ON m.id = s.meeting_id
                 WHERE s.provision_status = $1 AND s.vmr_starts_at <= $2 AND m.ends_at > $2
                 ORDER BY s.vmr_starts_at LIMIT $3",
            )
            .bind(ProvisionStatus::AwaitsProvision)
            .bind(now),
        Due::Deprovision => connection
            .sql(
                "SELECT s.id FROM scheduling_infos s JOIN meetings m ON m.id = s.meeting_id
                 WHERE s.provision_status = $1 AND m.ends_at <= $2
                 ORDER BY m.ends_at LIMIT $3",
            )
            .bind(ProvisionStatus::ProvisionedOk)
            .bind(now),
        Due::Abandoned(before) => connection
            .sql(
                "SELECT s.id FROM scheduling_infos s JOIN meetings m ON m.id = s.meeting_id
                 WHERE s.provision_status = $1 AND m.ends_at <= $2 AND s.created_at <= $2
                 ORDER BY m.ends_at LIMIT $3",
            )
            .bind(ProvisionStatus::AwaitsProvision)
            .bind(before),
    }
    .bind(limit)
    .all()
    .await?;
    Ok(found.into_iter().map(|found| found.0).collect())
}

struct Instant(Option<Timestamp>);

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
            "SELECT s.vmr_starts_at AS instant
             FROM scheduling_infos s JOIN meetings m ON m.id = s.meeting_id
             WHERE s.provision_status = $1 AND m.ends_at > $2
             ORDER BY s.vmr_starts_at LIMIT 1",
        )
        .bind(ProvisionStatus::AwaitsProvision)
        .bind(now)
        .optional()
        .await?;
    let closes: Instant = connection
        .sql(
            "SELECT MIN(m.ends_at) AS instant
             FROM scheduling_infos s JOIN meetings m ON m.id = s.meeting_id
             WHERE s.provision_status = $1",
        )
        .bind(ProvisionStatus::ProvisionedOk)
        .one()
        .await?;
    Ok(opens
        .and_then(|opens| opens.0)
        .into_iter()
        .chain(closes.0)
        .min())
}
