//! Booking a meeting.
//!
//! Everything is one transaction: a meeting that was answered is there with its
//! room, and one that was refused left nothing.

use jiff::{SignedDuration, Timestamp};
use vdx_domain::{MeetingId, MeetingType, OrganisationCode, SchedulingInfoId, ShortId};
use vdx_store::Tx;
use vdx_store::meeting_users::{MeetingUser, MeetingUserId};
use vdx_store::meetings::{self, Meeting};
use vdx_store::organisation_tree::{self, BookingOrganisation};
use vdx_store::scheduling_infos;

use crate::new_room::RoomPlan;
use crate::people::ensure_people;
use crate::request::{BookingRequest, Checked};
use crate::{Actor, Booking, Error, template};

/// How often a taken short id is drawn again.
const SHORT_ID_ATTEMPTS: usize = 6;

/// A meeting that starts later than this from now gets a room of its own even
/// if one of the pool was asked for.
const POOL_HORIZON: SignedDuration = SignedDuration::from_mins(2);

const UUID_TAKEN: Error = Error::Invalid {
    field: "uuid",
    reason: "belongs to another meeting",
};

/// One booking while it is being made.
struct Draft<'a> {
    request: &'a BookingRequest,
    checked: Checked,
    id: MeetingId,
    /// The caller's organisation and its ancestors, nearest first.
    lineage: Vec<BookingOrganisation>,
    creator: MeetingUserId,
    now: Timestamp,
}

impl Draft<'_> {
    /// The caller's organisation; `lineage` holds at least that one.
    fn organisation(&self) -> Result<&BookingOrganisation, Error> {
        self.lineage.first().ok_or(Error::OrganisationUnknown)
    }
}

impl Booking {
    /// Books a meeting with a room of its own.
    ///
    /// # Errors
    /// Any of [`Error`] except those about things that exist already and the
    /// caller may not touch.
    pub async fn create(&self, actor: &Actor, request: &BookingRequest) -> Result<Meeting, Error> {
        let checked = request.check()?;
        let creator = actor.person().ok_or(Error::Forbidden)?;
        let organizer = actor.organizer(&creator, request.organized_by_email.as_deref());
        let mut tx = self.db().begin().await?;
        let lineage = organisation_tree::lineage(&mut tx, &creator.organisation).await?;
        if lineage.is_empty() {
            return Err(Error::OrganisationUnknown);
        }
        let people = ensure_people(&mut tx, &creator, &organizer).await?;
        let draft = Draft {
            id: request.id.unwrap_or_else(MeetingId::generate),
            request,
            checked,
            lineage,
            creator: people.0,
            now: self.now(),
        };
        check_pool(&draft)?;
        let meeting = self.meeting_of(&draft, creator, organizer)?;
        self.insert_meeting(&mut tx, meeting, people).await?;
        self.insert_room(&mut tx, &draft).await?;
        // Only now: the link is made from what is stored, so it cannot differ from it.
        self.store_portal_link(&mut tx, draft.id).await?;
        let meeting = self.record_booking(&mut tx, actor, draft.id).await?;
        tx.commit().await?;
        self.wake_provisioner();
        Ok(meeting)
    }

    /// The meeting as it was stored, after it and its room are in the audit trail.
    async fn record_booking(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: MeetingId,
    ) -> Result<Meeting, Error> {
        let meeting = meetings::find(tx, id).await?;
        let room = scheduling_infos::find(tx, self.sealer(), SchedulingInfoId(id.0)).await?;
        let (Some(meeting), Some(room)) = (meeting, room) else {
            return Err(vdx_store::Error::Missing.into());
        };
        self.record_created(tx, actor, &meeting).await?;
        self.record_created(tx, actor, &room).await?;
        Ok(meeting)
    }

    fn meeting_of(
        &self,
        draft: &Draft<'_>,
        creator: MeetingUser,
        organizer: MeetingUser,
    ) -> Result<Meeting, Error> {
        let request = draft.request;
        Ok(Meeting {
            id: draft.id,
            organisation: draft.organisation()?.code.clone(),
            subject: request.subject.clone(),
            description: request.description.clone(),
            project_code: request.project_code.clone(),
            starts_at: request.starts_at,
            ends_at: request.ends_at,
            created_by: creator,
            updated_by: None,
            organized_by: organizer,
            created_at: draft.now,
            updated_at: None,
            short_id: self.draw_short_id(),
            external_id: request.external_id.clone(),
            guest_microphone: request.guest_microphone,
            guest_pin_required: request.guest_pin_required,
            labels: request.labels.clone(),
            information: request.information.clone(),
        })
    }

    async fn insert_meeting(
        &self,
        tx: &mut Tx,
        mut meeting: Meeting,
        (creator, organizer): (MeetingUserId, MeetingUserId),
    ) -> Result<(), Error> {
        for _ in 0..SHORT_ID_ATTEMPTS {
            if meetings::insert(tx, &meeting, creator, organizer).await? {
                return Ok(());
            }
            if let Some(external_id) = &meeting.external_id
                && meetings::external_id_taken(tx, &meeting.organisation, external_id).await?
            {
                return Err(Error::ExternalIdTaken);
            }
            if meetings::exists(tx, meeting.id).await? {
                return Err(UUID_TAKEN);
            }
            meeting.short_id = self.draw_short_id();
        }
        Err(Error::ShortIdExhausted)
    }

    fn draw_short_id(&self) -> ShortId {
        let mut bytes = [0; 6];
        self.randomness().fill(&mut bytes);
        ShortId::from_random(bytes)
    }

    async fn insert_room(&self, tx: &mut Tx, draft: &Draft<'_>) -> Result<(), Error> {
        if draft.request.reservation.is_some() {
            // No room is ever reserved until there are pools.
            return Err(Error::ReservationUnknown);
        }
        // Only an id that the caller chose can be that of a room of the pool.
        let id = SchedulingInfoId(draft.id.0);
        if draft.request.id.is_some() && scheduling_infos::exists(tx, id).await? {
            return Err(UUID_TAKEN);
        }
        let custom = custom_address(draft)?;
        let last_resort = &self.settings().default_template;
        let (request, checked) = (draft.request, &draft.checked);
        let template =
            template::select(tx, &draft.lineage, request.template, last_resort, draft.now).await?;
        let plan = RoomPlan {
            id,
            meeting: Some((draft.id, request.starts_at)),
            organisation: &draft.organisation()?.code,
            template: &template,
            settings: request.room_settings(checked, &template.values.settings),
            guest_pin: checked.guest_pin.as_ref(),
            host_pin: checked.host_pin.as_ref(),
            call_type: request.call_type.as_deref(),
            description: None,
            creator: draft.creator,
            now: draft.now,
        };
        match custom {
            Some(name) => self.insert_custom_room(tx, &plan, name).await,
            None => self.insert_numbered_room(tx, &plan).await,
        }
    }

    /// Makes the portal link from the stored rows and stores it.
    async fn store_portal_link(&self, tx: &mut Tx, id: MeetingId) -> Result<(), Error> {
        let room_id = SchedulingInfoId(id.0);
        let room = scheduling_infos::find(tx, self.sealer(), room_id).await?;
        let meeting = meetings::find(tx, id).await?;
        let (Some(room), Some(meeting)) = (room, meeting) else {
            return Err(vdx_store::Error::Missing.into());
        };
        let link = self.portal_link(&room, &meeting);
        scheduling_infos::set_portal_link(tx, self.sealer(), room_id, &link).await?;
        Ok(())
    }
}

/// A room of the pool needs an organisation that keeps one. Pools are empty
/// until they are built, so one that is needed now cannot be had.
fn check_pool(draft: &Draft<'_>) -> Result<(), Error> {
    let request = draft.request;
    if request.meeting_type == MeetingType::Normal {
        return Ok(());
    }
    let code = |draft: &Draft<'_>| -> Result<OrganisationCode, Error> {
        Ok(draft.organisation()?.code.clone())
    };
    let nearest = draft.lineage.iter().find_map(|o| o.pool_size);
    if nearest.unwrap_or(0) <= 0 {
        return Err(Error::NoPool(code(draft)?));
    }
    let own_room = request.uri_without_domain.is_some()
        || request.guest_pin.is_some()
        || request.host_pin.is_some()
        || request.reservation.is_some()
        || request.starts_at.duration_since(draft.now) > POOL_HORIZON;
    if own_room {
        Ok(())
    } else {
        Err(Error::PoolEmpty(code(draft)?))
    }
}

/// The number or name the caller chose, if they may choose one.
fn custom_address<'a>(draft: &'a Draft<'_>) -> Result<Option<&'a str>, Error> {
    let Some(name) = draft.request.uri_without_domain.as_deref() else {
        return Ok(None);
    };
    if !draft.organisation()?.allow_custom_uri {
        return Err(Error::CustomAddressNotAllowed);
    }
    if !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Error::AddressCharacters);
    }
    Ok(Some(name))
}
