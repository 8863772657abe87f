//! A room's way from booked to gone.

use jiff::Timestamp;
use uuid::Uuid;
use vdx_domain::{ProvisionStatus, SchedulingInfoId};

use crate::meeting_users::MeetingUserId;
use crate::{Connection, Error, FromRow, Row, Tx};

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

impl Provision {
    /// That of a room which is yet to be made.
    pub(super) fn awaits(description: Option<String>) -> Self {
        Self {
            status: ProvisionStatus::AwaitsProvision,
            description,
            at: None,
            vmr_id: None,
        }
    }
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
    if changed == 1 {
        follow(tx, id, to, at).await?;
    }
    Ok(changed == 1)
}

/// Sets the provision status as a provisioner reports it, whatever it was, and
/// adds it to the history; `false` when there is no such room. `DEPROVISION_OK`
/// frees the number.
///
/// # Errors
/// [`Error::Engine`].
pub async fn report(
    tx: &mut Tx,
    id: SchedulingInfoId,
    to: &Provision,
    by: MeetingUserId,
    at: Timestamp,
) -> Result<bool, Error> {
    let changed = tx
        .sql(
            "UPDATE scheduling_infos SET provision_status = $1, provision_status_description = $2,
                provision_vmr_id = $3, provisioned_at = $4, updated_by = $5, updated_at = $4
             WHERE id = $6",
        )
        .bind(to.status)
        .bind(to.description.as_deref())
        .bind(to.vmr_id.as_deref())
        .bind(at)
        .bind(by.0)
        .bind(id)
        .execute()
        .await?;
    if changed == 1 {
        follow(tx, id, to, at).await?;
    }
    Ok(changed == 1)
}

/// What a new status brings with it.
async fn follow(
    tx: &mut Tx,
    id: SchedulingInfoId,
    to: &Provision,
    at: Timestamp,
) -> Result<(), Error> {
    if to.status == ProvisionStatus::DeprovisionOk {
        tx.sql(
            "UPDATE scheduling_infos SET uri_without_domain = NULL, uri_domain = NULL,
                number_folded = NULL WHERE id = $1",
        )
        .bind(id)
        .execute()
        .await?;
    }
    append(tx, id, to, at).await
}

/// Adds to the history.
pub(super) async fn append(
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
