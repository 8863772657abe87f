//! Booking a meeting.
//!
//! Everything is one transaction: a meeting that was answered is there with its
//! room, and one that was refused left nothing.

use jiff::Timestamp;
use vdx_domain::{MeetingId, MeetingType, SchedulingInfoId, ShortId};
use vdx_store::Tx;
use vdx_store::meeting_users::{MeetingUser, MeetingUserId};
use vdx_store::meetings::{self, Meeting};
use vdx_store::organisation_tree::{self, BookingOrganisation};
use vdx_store::scheduling_infos::{self, SchedulingInfo};

use crate::choice::{self, Source};
use crate::events::Happened;
use crate::new_room::RoomPlan;
use crate::people::ensure_people;
use crate::pool::Taker;
use crate::request::{BookingRequest, Checked};
use crate::{Actor, Booking, Error};

/// How many short ids are drawn before the booking is refused.
const SHORT_ID_ATTEMPTS: usize = 6;

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

/// The room a meeting got.
struct Given {
    room: SchedulingInfo,
    /// A room of a pool, as it was before.
    before: Option<SchedulingInfo>,
}

impl Booking {
    /// Books a meeting, with a new room or one of a pool.
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
        let source = choice::choose(request, &draft.lineage, draft.now)?;
        let meeting = self.meeting_of(&draft, creator, organizer)?;
        let meeting = self.insert_meeting(&mut tx, meeting, people).await?;
        let given = self.give_room(&mut tx, &draft, &meeting, source).await?;
        self.record_created(&mut tx, actor, &meeting);
        self.record_room(&mut tx, actor, &meeting, &given).await?;
        tx.commit().await?;
        self.wake_provisioner();
        Ok(meeting)
    }

    /// Puts the room into the audit trail, and tells its provisioner.
    async fn record_room(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        meeting: &Meeting,
        given: &Given,
    ) -> Result<(), Error> {
        let room = &given.room;
        let happened = match &given.before {
            None => {
                self.record_created(tx, actor, room);
                Happened::Create
            }
            Some(before) => {
                self.record_updated(tx, actor, before, room);
                Happened::Update
            }
        };
        self.tell(tx, happened, room, Some(meeting.ends_at)).await
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
            moved_from: None,
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
    ) -> Result<Meeting, Error> {
        for attempt in 0..SHORT_ID_ATTEMPTS {
            if attempt > 0 {
                meeting.short_id = self.draw_short_id();
            }
            if meetings::insert(tx, &meeting, creator, organizer).await? {
                return Ok(meeting);
            }
            if let Some(external_id) = &meeting.external_id
                && meetings::external_id_taken(tx, &meeting.organisation, external_id).await?
            {
                return Err(Error::ExternalIdTaken);
            }
            if meetings::exists(tx, meeting.id).await? {
                return Err(UUID_TAKEN);
            }
        }
        Err(Error::ShortIdExhausted)
    }

    fn draw_short_id(&self) -> ShortId {
        let mut bytes = [0; 6];
        self.randomness().fill(&mut bytes);
        ShortId::from_random(bytes)
    }

    /// Gives the meeting its room.
    async fn give_room(
        &self,
        tx: &mut Tx,
        draft: &Draft<'_>,
        meeting: &Meeting,
        source: Source<'_>,
    ) -> Result<Given, Error> {
        // Only an id that the caller chose can be that of a room of the pool.
        let id = SchedulingInfoId(draft.id.0);
        if draft.request.id.is_some() && scheduling_infos::exists(tx, id).await? {
            return Err(UUID_TAKEN);
        }
        let organisation = &meeting.organisation;
        let held = match source {
            Source::Named(name) => {
                return self.insert_room(tx, draft, meeting, Some(name)).await;
            }
            Source::Numbered => None,
            Source::Reserved(reservation) => {
                Some(self.hold_reserved(tx, organisation, reservation).await?)
            }
            Source::Pool(keeper) => {
                let settings = draft.request.settings.pattern();
                let held = self.hold_free(tx, keeper, &settings).await?;
                if held.is_none() && draft.request.meeting_type == MeetingType::Pool {
                    return Err(Error::PoolEmpty(organisation.clone()));
                }
                held
            }
        };
        let Some(held) = held else {
            return self.insert_room(tx, draft, meeting, None).await;
        };
        let taker = Taker {
            meeting,
            creator: draft.creator,
        };
        let (before, room) = self.attach(tx, held, taker).await?;
        Ok(Given {
            room,
            before: Some(before),
        })
    }

    /// A new room, with the number or name the caller chose or one drawn.
    async fn insert_room(
        &self,
        tx: &mut Tx,
        draft: &Draft<'_>,
        meeting: &Meeting,
        name: Option<&str>,
    ) -> Result<Given, Error> {
        let (request, checked) = (draft.request, &draft.checked);
        let template = self
            .select_template(tx, &draft.lineage, request.template)
            .await?;
        let plan = RoomPlan {
            id: SchedulingInfoId(draft.id.0),
            meeting: Some(meeting),
            organisation: &meeting.organisation,
            template: &template,
            settings: request.room_settings(checked, &template.values.settings),
            guest_pin: checked.guest_pin.as_ref(),
            host_pin: checked.host_pin.as_ref(),
            call_type: request.call_type.as_deref(),
            description: None,
            creator: draft.creator,
            now: draft.now,
        };
        let room = match name {
            Some(name) => self.insert_custom_room(tx, &plan, name).await?,
            None => self.insert_numbered_room(tx, &plan).await?,
        };
        Ok(Given {
            room: room.written(meeting.created_by.clone()),
            before: None,
        })
    }
}
