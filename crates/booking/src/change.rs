//! Changing a booking.
//!
//! What of a change is applied depends on the room: while it waits to be made
//! everything is, once people can be in it only what does not pull it from
//! under them.

use jiff::Timestamp;
use vdx_domain::{GuestMicrophone, MeetingId, Pin, ProvisionStatus, SchedulingInfoId};
use vdx_store::meeting_users::{self, MeetingUser};
use vdx_store::meetings::{self, Information, Meeting};
use vdx_store::scheduling_infos::{self, SchedulingInfo};
use vdx_store::{Tx, organisations};

use crate::events::Happened;
use crate::people::ensure_people;
use crate::read::{MEETING_NOT_FOUND, check_sight};
use crate::rooms::opens_before;
use crate::{Actor, Booking, Error, checks};

/// What becomes of one value of a meeting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// It stays.
    #[default]
    Keep,
    /// It becomes this.
    To(T),
}

impl<T> Change<T> {
    fn apply(&self, value: &mut T)
    where
        T: Clone,
    {
        if let Self::To(new) = self {
            value.clone_from(new);
        }
    }

    fn wanted(&self) -> Option<&T> {
        match self {
            Self::Keep => None,
            Self::To(new) => Some(new),
        }
    }
}

/// A change of a meeting, as the caller says it. The limits are those of
/// [`BookingRequest`](crate::BookingRequest).
#[derive(Debug, Clone, Default)]
pub struct MeetingChange {
    /// What it is about.
    pub subject: Change<String>,
    /// When it begins.
    pub starts_at: Change<Timestamp>,
    /// When it ends.
    pub ends_at: Change<Timestamp>,
    /// `None` = without.
    pub description: Change<Option<String>>,
    /// `None` = without.
    pub project_code: Change<Option<String>>,
    /// Whose meeting it becomes. With `None`, an empty text, or from a caller
    /// who may not name somebody else: the caller's.
    pub organized_by_email: Change<Option<String>>,
    /// All of them.
    pub labels: Change<Vec<String>>,
    /// All of it.
    pub information: Change<Vec<Information>>,
    /// How guests come in.
    pub guest_microphone: Change<GuestMicrophone>,
    /// Whether the short link asks for the PIN.
    pub guest_pin_required: Change<bool>,
    /// `None` = guests need no PIN.
    pub guest_pin: Change<Option<i64>>,
    /// `None` = everybody is a host.
    pub host_pin: Change<Option<i64>>,
    /// `None` = the web client decides which media it negotiates.
    pub call_type: Change<Option<String>>,
}

/// The PINs of a change, turned into the hub's words.
struct Pins {
    guest: Change<Option<Pin>>,
    host: Change<Option<Pin>>,
}

impl MeetingChange {
    /// Checks every limit; the first value outside its limits is named.
    fn check(&self) -> Result<Pins, Error> {
        if let Some(subject) = self.subject.wanted() {
            checks::subject(subject)?;
        }
        let text = |change: &Change<Option<String>>| change.wanted().cloned().flatten();
        checks::description(text(&self.description).as_deref())?;
        checks::project_code(text(&self.project_code).as_deref())?;
        checks::organizer(text(&self.organized_by_email).as_deref())?;
        checks::call_type(text(&self.call_type).as_deref())?;
        if let Some(labels) = self.labels.wanted() {
            checks::labels(labels)?;
        }
        if let Some(information) = self.information.wanted() {
            checks::information(information)?;
        }
        let pin = |field, change: &Change<Option<i64>>| match change {
            Change::Keep => Ok(Change::Keep),
            Change::To(number) => checks::pin(field, *number).map(Change::To),
        };
        Ok(Pins {
            guest: pin("guestPin", &self.guest_pin)?,
            host: pin("hostPin", &self.host_pin)?,
        })
    }

    /// Who becomes organiser, if that is asked for.
    fn organizer(&self, actor: &Actor, caller: &MeetingUser) -> Change<MeetingUser> {
        match &self.organized_by_email {
            Change::Keep => Change::Keep,
            Change::To(named) => Change::To(actor.organizer(caller, named.as_deref())),
        }
    }
}

/// A meeting and its room.
#[derive(Debug, Clone)]
pub(crate) struct Booked {
    pub(crate) meeting: Meeting,
    pub(crate) room: SchedulingInfo,
}

/// How far a change reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The room waits to be made: everything can change.
    All,
    /// The room is live, in an organisation that keeps a pool: its meetings are
    /// booked around rooms that are live from the beginning.
    Meeting,
    /// The room is live.
    End,
}

impl Booking {
    /// Changes a meeting while its room waits to be made or is live.
    ///
    /// What does not apply to a live room is passed over: subject, start,
    /// description, project code and organiser change only where the
    /// organisation keeps a pool, PINs and call type not at all.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], [`Error::NotChangeable`],
    /// [`Error::Invalid`], [`Error::DuplicateInformationKey`] or [`Error::Store`].
    pub async fn change(
        &self,
        actor: &Actor,
        id: MeetingId,
        change: &MeetingChange,
    ) -> Result<Meeting, Error> {
        let pins = change.check()?;
        let caller = actor.person().ok_or(Error::Forbidden)?;
        let mut tx = self.db().begin().await?;
        let before = self.hold(&mut tx, id).await?;
        check_sight(actor, &before.meeting)?;
        let reach = reach(&mut tx, &before).await?;

        let organizer = change.organizer(actor, &caller);
        let meeting = changed(&before.meeting, change, &organizer, reach);
        self.check_end(&meeting, reach)?;
        let room = changed_room(&before.room, change, &pins, &meeting, reach);
        let after = Booked { meeting, room };
        self.keep_change(tx, actor, Some(caller), before, after)
            .await
    }

    /// A meeting and its room as they are. From here on the provisioner, and
    /// whoever else changes this meeting, waits for the transaction to end.
    pub(crate) async fn hold(&self, tx: &mut Tx, id: MeetingId) -> Result<Booked, Error> {
        let room = SchedulingInfoId(id.0);
        scheduling_infos::lock(tx, room).await?;
        let meeting = meetings::find(tx, id).await?.ok_or(MEETING_NOT_FOUND)?;
        let room = scheduling_infos::find(tx, self.sealer(), room).await?;
        let room = room.ok_or(vdx_store::Error::Missing)?;
        Ok(Booked { meeting, room })
    }

    /// Keeps what became of a meeting and its room, records it, tells the room's
    /// provisioner, and commits. `changer` is who changed it, where it is
    /// somebody whom meetings can name.
    pub(crate) async fn keep_change(
        &self,
        mut tx: Tx,
        actor: &Actor,
        changer: Option<MeetingUser>,
        before: Booked,
        after: Booked,
    ) -> Result<Meeting, Error> {
        let Booked {
            mut meeting,
            mut room,
        } = after;
        meeting.updated_at = Some(self.now());
        room.updated_at = meeting.updated_at;
        room.portal_link = Some(self.portal_link(&room, &meeting));

        let organizer = &meeting.organized_by;
        let (updater, organizer) = match &changer {
            Some(changer) => {
                let (updater, organizer) = ensure_people(&mut tx, changer, organizer).await?;
                (Some(updater), organizer)
            }
            None => (None, meeting_users::ensure(&mut tx, organizer).await?),
        };
        meeting.updated_by.clone_from(&changer);
        room.updated_by = changer;
        meetings::update(&mut tx, &meeting, organizer, updater).await?;
        scheduling_infos::update(&mut tx, self.sealer(), &room, updater).await?;
        self.record_updated(&mut tx, actor, &before.meeting, &meeting);
        self.record_updated(&mut tx, actor, &before.room, &room);
        self.tell(&mut tx, Happened::Update, &room, Some(meeting.ends_at))
            .await?;
        tx.commit().await?;
        self.wake_provisioner();
        Ok(meeting)
    }

    /// A meeting may not end before it begins. A live room whose meeting has
    /// not begun can neither be deleted nor wait for its end, so it may be
    /// closed by an end that is not ahead.
    fn check_end(&self, meeting: &Meeting, reach: Reach) -> Result<(), Error> {
        let closes = reach != Reach::All && meeting.ends_at <= self.now();
        if meeting.ends_at < meeting.starts_at && !closes {
            return Err(checks::END_BEFORE_START);
        }
        Ok(())
    }
}

pub(crate) async fn reach(tx: &mut Tx, booked: &Booked) -> Result<Reach, Error> {
    match booked.room.provision.status {
        ProvisionStatus::AwaitsProvision => Ok(Reach::All),
        ProvisionStatus::ProvisionedOk => {
            let organisation = organisations::by_code(tx, &booked.meeting.organisation).await?;
            let keeps_pool = organisation.is_some_and(|one| one.pool_size.is_some());
            Ok(if keeps_pool {
                Reach::Meeting
            } else {
                Reach::End
            })
        }
        _ => Err(Error::NotChangeable),
    }
}

fn changed(
    before: &Meeting,
    change: &MeetingChange,
    organizer: &Change<MeetingUser>,
    reach: Reach,
) -> Meeting {
    let mut meeting = before.clone();
    change.ends_at.apply(&mut meeting.ends_at);
    change.labels.apply(&mut meeting.labels);
    change.information.apply(&mut meeting.information);
    change.guest_microphone.apply(&mut meeting.guest_microphone);
    change
        .guest_pin_required
        .apply(&mut meeting.guest_pin_required);
    if reach != Reach::End {
        change.subject.apply(&mut meeting.subject);
        change.starts_at.apply(&mut meeting.starts_at);
        if meeting.starts_at != before.starts_at {
            meeting.moved_from = Some(before.starts_at);
        }
        change.description.apply(&mut meeting.description);
        change.project_code.apply(&mut meeting.project_code);
        organizer.apply(&mut meeting.organized_by);
    }
    meeting
}

fn changed_room(
    before: &SchedulingInfo,
    change: &MeetingChange,
    pins: &Pins,
    meeting: &Meeting,
    reach: Reach,
) -> SchedulingInfo {
    let mut room = before.clone();
    if reach == Reach::All {
        pins.guest.apply(&mut room.guest_pin);
        pins.host.apply(&mut room.host_pin);
        change.call_type.apply(&mut room.call_type);
        room.vmr_starts_at = Some(opens_before(meeting.starts_at, room.vmr_available_before));
    }
    room
}
