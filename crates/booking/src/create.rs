//! Booking a meeting.
//!
//! Everything is one transaction: a meeting that was answered is there with its
//! room, and one that was refused left nothing.

use jiff::{SignedDuration, Timestamp};
use vdx_domain::{
    MeetingId, MeetingType, OrganisationCode, Pin, RoomAddress, SchedulingInfoId, ShortId,
};
use vdx_store::meeting_users::{self, MeetingUser, MeetingUserId};
use vdx_store::meetings::{self, Meeting, NewMeeting};
use vdx_store::organisation_tree::{self, BookingOrganisation};
use vdx_store::scheduling_infos::{self, NewSchedulingInfo};
use vdx_store::templates::Template;
use vdx_store::{Tx, templates::PinRule};

use crate::request::{BookingRequest, Checked};
use crate::{Actor, Booking, Error, numbers, portal_link, template};

/// How often a taken short id is drawn again.
const SHORT_ID_ATTEMPTS: usize = 6;

/// A meeting that starts later than this from now gets a room of its own even
/// if one of the pool was asked for.
const POOL_HORIZON: SignedDuration = SignedDuration::from_mins(2);

/// Most characters of an address.
const MAX_ADDRESS: usize = 100;

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
        let (creator, organizer) = people(actor, request)?;
        let mut tx = self.db().begin().await?;
        let lineage = organisation_tree::lineage(&mut tx, &creator.organisation).await?;
        if lineage.is_empty() {
            return Err(Error::OrganisationUnknown);
        }
        let (creator, organizer) = ensure_people(&mut tx, &creator, &organizer).await?;
        let draft = Draft {
            id: request.id.unwrap_or_else(MeetingId::generate),
            request,
            checked,
            lineage,
            creator,
            now: self.now(),
        };
        check_pool(&draft)?;
        self.insert_meeting(&mut tx, &draft, organizer).await?;
        self.insert_room(&mut tx, &draft).await?;
        // Only now: the link is made from what is stored, so it cannot differ from it.
        self.store_portal_link(&mut tx, draft.id).await?;
        let meeting = meetings::find(&mut tx, draft.id).await?;
        let meeting = meeting.ok_or(vdx_store::Error::Missing)?;
        tx.commit().await?;
        self.wake_provisioner();
        Ok(meeting)
    }

    async fn insert_meeting(
        &self,
        tx: &mut Tx,
        draft: &Draft<'_>,
        organizer: MeetingUserId,
    ) -> Result<(), Error> {
        let request = draft.request;
        let mut new = NewMeeting {
            id: draft.id,
            organisation: draft.organisation()?.code.clone(),
            subject: request.subject.clone(),
            description: request.description.clone(),
            project_code: request.project_code.clone(),
            starts_at: request.starts_at,
            ends_at: request.ends_at,
            created_by: draft.creator,
            organized_by: organizer,
            created_at: draft.now,
            short_id: self.draw_short_id(),
            external_id: request.external_id.clone(),
            guest_microphone: request.guest_microphone,
            guest_pin_required: request.guest_pin_required,
            labels: request.labels.clone(),
            information: request.information.clone(),
        };
        for _ in 0..SHORT_ID_ATTEMPTS {
            if meetings::insert(tx, &new).await? {
                return Ok(());
            }
            if let Some(external_id) = &new.external_id
                && meetings::external_id_taken(tx, &new.organisation, external_id).await?
            {
                return Err(Error::ExternalIdTaken);
            }
            if meetings::exists(tx, new.id).await? {
                return Err(Error::Invalid {
                    field: "uuid",
                    reason: "belongs to another meeting",
                });
            }
            new.short_id = self.draw_short_id();
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
        let custom = custom_address(draft)?;
        let last_resort = &self.settings().default_template;
        let asked_for = draft.request.template;
        let template =
            template::select(tx, &draft.lineage, asked_for, last_resort, draft.now).await?;
        match custom {
            Some(name) => self.insert_custom_room(tx, draft, &template, name).await,
            None => self.insert_numbered_room(tx, draft, &template).await,
        }
    }

    /// A room with the number or name the caller chose. The template's prefix
    /// is not put before it.
    async fn insert_custom_room(
        &self,
        tx: &mut Tx,
        draft: &Draft<'_>,
        template: &Template,
        name: &str,
    ) -> Result<(), Error> {
        let address = address("", name, &template.values.uri_domain).ok_or(Error::Invalid {
            field: "uriWithoutDomain",
            reason: "is too long for an address in the template's domain",
        })?;
        let room = self.new_room(draft, template, address, name.to_owned())?;
        match scheduling_infos::insert(tx, self.sealer(), &room).await? {
            true => Ok(()),
            false => Err(Error::AddressTaken),
        }
    }

    /// A room with a number of the template's range.
    async fn insert_numbered_room(
        &self,
        tx: &mut Tx,
        draft: &Draft<'_>,
        template: &Template,
    ) -> Result<(), Error> {
        let values = &template.values;
        let range = numbers::range(values.uri_number_range_low, values.uri_number_range_high)
            .ok_or(Error::TemplateNumbers)?;
        let mut room = None;
        for _ in 0..numbers::NUMBER_ATTEMPTS {
            let number = self.randomness().number(range.clone());
            let number = number.ok_or(Error::TemplateNumbers)?.to_string();
            let address = address(&values.uri_prefix, &number, &values.uri_domain)
                .ok_or(Error::TemplateNumbers)?;
            let room = match &mut room {
                None => room.insert(self.new_room(draft, template, address, number)?),
                Some(room) => {
                    room.address = address;
                    room.uri_without_domain = number;
                    room
                }
            };
            if scheduling_infos::insert(tx, self.sealer(), room).await? {
                return Ok(());
            }
        }
        Err(Error::NumbersExhausted)
    }

    fn new_room(
        &self,
        draft: &Draft<'_>,
        template: &Template,
        address: RoomAddress,
        uri_without_domain: String,
    ) -> Result<NewSchedulingInfo, Error> {
        let (request, values) = (draft.request, &template.values);
        let guest_pin = self
            .pin(&draft.checked.guest_pin, values.guest_pin, None)
            .ok_or(Error::TemplateGuestPins)?;
        let host_pin = self
            .pin(&draft.checked.host_pin, values.host_pin, guest_pin.as_ref())
            .ok_or(Error::TemplateHostPins)?;
        let before = SignedDuration::from_mins(i64::from(values.vmr_available_before));
        let opens_at = request.starts_at.checked_sub(before);
        Ok(NewSchedulingInfo {
            id: SchedulingInfoId(draft.id.0),
            meeting: Some(draft.id),
            organisation: draft.organisation()?.code.clone(),
            template: template.id,
            host_pin,
            guest_pin,
            vmr_available_before: values.vmr_available_before,
            vmr_starts_at: Some(opens_at.unwrap_or(Timestamp::MIN)),
            address,
            uri_without_domain,
            uri_domain: values.uri_domain.clone(),
            settings: request.room_settings(&draft.checked, &values.settings),
            ivr_theme: values.ivr_theme.clone(),
            custom_portal_guest: values.custom_portal_guest.clone(),
            custom_portal_host: values.custom_portal_host.clone(),
            return_url: values.return_url.clone(),
            call_type: request
                .call_type
                .clone()
                .or_else(|| values.call_type.clone()),
            created_by: draft.creator,
            created_at: draft.now,
        })
    }

    /// The PIN asked for, or one drawn if the template wants one: `None` when
    /// its range is unusable. A PIN is drawn again when it is `other`, because
    /// who has the guest PIN must not become a host.
    #[expect(
        clippy::option_option,
        reason = "outside: is there an answer; inside: does the room have a PIN"
    )]
    fn pin(&self, fixed: &Option<Pin>, rule: PinRule, other: Option<&Pin>) -> Option<Option<Pin>> {
        if fixed.is_some() || !rule.required {
            return Some(fixed.clone());
        }
        let mut drawn = numbers::draw_pin(rule.low, rule.high, self.randomness())?;
        for _ in 0..numbers::NUMBER_ATTEMPTS {
            if other != Some(&drawn) {
                break;
            }
            drawn = numbers::draw_pin(rule.low, rule.high, self.randomness())?;
        }
        Some(Some(drawn))
    }

    /// Makes the portal link from the stored rows and stores it.
    async fn store_portal_link(&self, tx: &mut Tx, id: MeetingId) -> Result<(), Error> {
        let room_id = SchedulingInfoId(id.0);
        let room = scheduling_infos::find(tx, self.sealer(), room_id).await?;
        let meeting = meetings::find(tx, id).await?;
        let (Some(room), Some(meeting)) = (room, meeting) else {
            return Err(vdx_store::Error::Missing.into());
        };
        let link = portal_link::fill(
            &self.settings().portal_link,
            &portal_link::Values {
                address: &room.address,
                guest_pin: room.guest_pin.as_ref(),
                starts_at: meeting.starts_at,
                time_zone: &self.settings().time_zone,
                return_url: room.return_url.as_deref(),
                guest_microphone: meeting.guest_microphone,
                call_type: room.call_type.as_deref(),
            },
        );
        scheduling_infos::set_portal_link(tx, self.sealer(), room_id, &link).await?;
        Ok(())
    }
}

/// Creator and organiser.
fn people(actor: &Actor, request: &BookingRequest) -> Result<(MeetingUser, MeetingUser), Error> {
    let (Some(organisation), Some(email)) = (&actor.organisation, &actor.email) else {
        return Err(Error::Forbidden);
    };
    let person = |email: &str| MeetingUser {
        organisation: organisation.clone(),
        email: email.to_owned(),
    };
    let named = request
        .organized_by_email
        .as_deref()
        .filter(|email| !email.is_empty() && actor.may_choose_organizer());
    Ok((person(email), person(named.unwrap_or(email))))
}

/// Both rows, made in the order of the e-mails, so that two bookings cannot
/// wait for each other.
async fn ensure_people(
    tx: &mut Tx,
    creator: &MeetingUser,
    organizer: &MeetingUser,
) -> Result<(MeetingUserId, MeetingUserId), Error> {
    if creator.email <= organizer.email {
        let creator = meeting_users::ensure(tx, creator).await?;
        Ok((creator, meeting_users::ensure(tx, organizer).await?))
    } else {
        let organizer = meeting_users::ensure(tx, organizer).await?;
        Ok((meeting_users::ensure(tx, creator).await?, organizer))
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

/// `None` when prefix, number and domain make no address of at most 100 characters.
fn address(prefix: &str, number: &str, domain: &str) -> Option<RoomAddress> {
    let text = format!("{prefix}{number}@{domain}");
    (!domain.is_empty() && text.chars().count() <= MAX_ADDRESS)
        .then(|| text.parse().ok())
        .flatten()
}
