//! What provisioners report about rooms.

use vdx_domain::{ProvisionStatus, SchedulingInfoId};
use vdx_store::meeting_users;
use vdx_store::scheduling_infos::{self, Provision};

use crate::checks::text;
use crate::read::ROOM_NOT_FOUND;
use crate::{Actor, Booking, Error, RoomDetails};

/// How a room stands, as its provisioner says.
#[derive(Debug, Clone)]
pub struct ProvisionReport {
    /// Any status may follow any other.
    pub status: ProvisionStatus,
    /// Up to 200 characters.
    pub description: Option<String>,
    /// The engine's name of the room, up to 50 characters.
    pub vmr_id: Option<String>,
}

impl Booking {
    /// Takes down how a room stands. `DEPROVISION_OK` frees its number.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NotFound`], [`Error::Forbidden`] for a
    /// caller without organisation or e-mail, or [`Error::Store`].
    pub async fn report(
        &self,
        actor: &Actor,
        id: SchedulingInfoId,
        report: ProvisionReport,
    ) -> Result<RoomDetails, Error> {
        let (description, vmr_id) = (report.description.as_deref(), report.vmr_id.as_deref());
        let two_hundred = "must have at most 200 characters";
        text("provisionStatusDescription", description, 200, two_hundred)?;
        text(
            "provisionVmrId",
            vmr_id,
            50,
            "must have at most 50 characters",
        )?;
        let me = actor.person().ok_or(Error::Forbidden)?;
        let provision = Provision {
            status: report.status,
            description: report.description,
            at: None,
            vmr_id: report.vmr_id,
        };
        let mut tx = self.db().begin().await?;
        // People come before rooms, as in a booking from a pool, so that the
        // two cannot wait for each other.
        let by = meeting_users::ensure(&mut tx, &me).await?;
        // Whoever else changes this room comes before or after: what is told as
        // its state before is what the report found.
        scheduling_infos::lock(&mut tx, id).await?;
        let before = scheduling_infos::find(&mut tx, self.sealer(), id).await?;
        let before = before.ok_or(ROOM_NOT_FOUND)?;
        if !scheduling_infos::report(&mut tx, id, &provision, by, self.now()).await? {
            return Err(ROOM_NOT_FOUND);
        }
        let room = scheduling_infos::find(&mut tx, self.sealer(), id).await?;
        let room = room.ok_or(vdx_store::Error::Missing)?;
        self.record_updated(&mut tx, actor, &before, &room);
        tx.commit().await?;
        // A room of the hub's own engine may be due for something else now.
        self.wake_provisioner();
        self.with_meeting(room).await
    }
}
