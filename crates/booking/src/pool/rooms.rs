//! Rooms for the pool, made before anybody asks for one.

use vdx_domain::{OrganisationCode, SchedulingInfoId};
use vdx_store::meeting_users::{self, MeetingUserId};
use vdx_store::scheduling_infos::SchedulingInfo;
use vdx_store::templates::{self, Template};
use vdx_store::{Tx, organisations};

use crate::events::Happened;
use crate::new_room::RoomPlan;
use crate::{Actor, Booking, Error, RoomDetails};

/// What is said of a room of the pool until it is live.
const AWAITING: &str = "Pooled awaiting provisioning.";

impl Booking {
    /// Makes a room for the pool of an organisation, from a template of its own
    /// or a shared one.
    ///
    /// # Errors
    /// [`Error::NoSuchOrganisation`], [`Error::KeepsNoPool`],
    /// [`Error::NoSuchTemplate`], [`Error::TemplateOfAnother`], the errors of a
    /// template that is unusable, [`Error::Forbidden`] for a caller without
    /// organisation or e-mail, or [`Error::Store`].
    pub async fn create_pool_room(
        &self,
        actor: &Actor,
        organisation: &OrganisationCode,
        template: i64,
    ) -> Result<RoomDetails, Error> {
        let me = actor.person().ok_or(Error::Forbidden)?;
        let mut tx = self.db().begin().await?;
        let keeper = organisations::by_code(&mut tx, organisation).await?;
        let keeper = keeper.ok_or_else(|| Error::NoSuchOrganisation(organisation.clone()))?;
        if keeper.pool_size.is_none() {
            return Err(Error::KeepsNoPool(organisation.clone()));
        }
        let found = templates::find_any(&mut tx, template).await?;
        let template = found.ok_or(Error::NoSuchTemplate(template))?;
        let owner = template.values.organisation.as_ref();
        if owner.is_some_and(|owner| owner != organisation) {
            return Err(Error::TemplateOfAnother {
                template: template.id,
                organisation: organisation.clone(),
            });
        }
        let creator = meeting_users::ensure(&mut tx, &me).await?;
        let room = self
            .insert_pool_room(&mut tx, organisation, &template, creator)
            .await?;
        self.record_created(&mut tx, actor, &room);
        self.tell(&mut tx, Happened::Create, &room, None).await?;
        tx.commit().await?;
        self.wake_provisioner();
        Ok(RoomDetails {
            room,
            meeting: None,
        })
    }

    /// A new room for the pool, as it is stored.
    pub(crate) async fn insert_pool_room(
        &self,
        tx: &mut Tx,
        organisation: &OrganisationCode,
        template: &Template,
        creator: MeetingUserId,
    ) -> Result<SchedulingInfo, Error> {
        let id = SchedulingInfoId::generate();
        let plan = RoomPlan {
            id,
            meeting: None,
            organisation,
            template,
            settings: template.values.settings.clone(),
            guest_pin: None,
            host_pin: None,
            call_type: None,
            description: Some(AWAITING),
            creator,
            now: self.now(),
        };
        self.insert_numbered_room(tx, &plan).await?;
        self.room_in(tx, id).await
    }
}
