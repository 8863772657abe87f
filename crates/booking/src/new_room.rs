//! Making a room from a template: its address, its PINs, its settings.

use jiff::Timestamp;
use vdx_domain::{OrganisationCode, Pin, Provisioner, RoomAddress, RoomSettings, SchedulingInfoId};
use vdx_store::Tx;
use vdx_store::meeting_users::MeetingUserId;
use vdx_store::meetings::Meeting;
use vdx_store::scheduling_infos::{self, NewSchedulingInfo};
use vdx_store::templates::{PinRule, Template};

use crate::rooms::opens_before;
use crate::{Booking, Error, numbers};

/// Most characters of an address.
const MAX_ADDRESS: usize = 100;
/// Numbers of rooms in events are below this, so that they are whole numbers in
/// every language that reads JSON (RFC 8259, section 6).
const MOST_EVENT_IDENTIFIERS: u64 = 1 << 53;

/// What a new room is made from.
#[derive(Debug, Clone)]
pub(crate) struct RoomPlan<'a> {
    /// The meeting's id, or a new one for a room of the pool.
    pub(crate) id: SchedulingInfoId,
    /// `None` = a room of the pool.
    pub(crate) meeting: Option<&'a Meeting>,
    pub(crate) organisation: &'a OrganisationCode,
    pub(crate) template: &'a Template,
    pub(crate) settings: RoomSettings,
    /// The PIN asked for; `None` = as the template says.
    pub(crate) guest_pin: Option<&'a Pin>,
    /// The PIN asked for; `None` = as the template says.
    pub(crate) host_pin: Option<&'a Pin>,
    /// The call type asked for; `None` = the template's.
    pub(crate) call_type: Option<&'a str>,
    /// What is said about the status.
    pub(crate) description: Option<&'a str>,
    pub(crate) creator: MeetingUserId,
    pub(crate) now: Timestamp,
}

impl Booking {
    /// A room with the number or name the caller chose. The template's prefix
    /// is not put before it.
    pub(crate) async fn insert_custom_room(
        &self,
        tx: &mut Tx,
        plan: &RoomPlan<'_>,
        name: &str,
    ) -> Result<NewSchedulingInfo, Error> {
        let domain = &plan.template.values.uri_domain;
        let address = address("", name, domain).ok_or(Error::Invalid {
            field: "uriWithoutDomain",
            reason: "is too long for an address in the template's domain",
        })?;
        let room = self.new_room(plan, address, name.to_owned())?;
        match scheduling_infos::insert(tx, self.sealer(), &room).await? {
            true => Ok(room),
            false => Err(Error::AddressTaken),
        }
    }

    /// A room with a number of the template's range.
    pub(crate) async fn insert_numbered_room(
        &self,
        tx: &mut Tx,
        plan: &RoomPlan<'_>,
    ) -> Result<NewSchedulingInfo, Error> {
        let values = &plan.template.values;
        let range = numbers::range(values.uri_number_range_low, values.uri_number_range_high)
            .ok_or(Error::TemplateNumbers)?;
        let mut drawn = None;
        for _ in 0..numbers::NUMBER_ATTEMPTS {
            let number = self.randomness().number(range.clone());
            let number = number.ok_or(Error::TemplateNumbers)?.to_string();
            let address = address(&values.uri_prefix, &number, &values.uri_domain)
                .ok_or(Error::TemplateNumbers)?;
            let room = match drawn.take() {
                None => self.new_room(plan, address, number)?,
                Some(room) => self.with_link(
                    plan,
                    NewSchedulingInfo {
                        address,
                        uri_without_domain: number,
                        ..room
                    },
                ),
            };
            if scheduling_infos::insert(tx, self.sealer(), &room).await? {
                return Ok(room);
            }
            drawn = Some(room);
        }
        Err(Error::NumbersExhausted)
    }

    fn new_room(
        &self,
        plan: &RoomPlan<'_>,
        address: RoomAddress,
        uri_without_domain: String,
    ) -> Result<NewSchedulingInfo, Error> {
        let values = &plan.template.values;
        let guest_pin = self
            .pin(plan.guest_pin, values.guest_pin, None)
            .ok_or(Error::TemplateGuestPins)?;
        let host_pin = self
            .pin(plan.host_pin, values.host_pin, guest_pin.as_ref())
            .ok_or(Error::TemplateHostPins)?;
        let provisioner = self.settings().provisioners.of(plan.organisation);
        let opens = |of: &Meeting| opens_before(of.starts_at, values.vmr_available_before);
        let call_type = plan.call_type.map(str::to_owned);
        let room = NewSchedulingInfo {
            id: plan.id,
            meeting: plan.meeting.map(|meeting| meeting.id),
            organisation: plan.organisation.clone(),
            template: plan.template.id,
            host_pin,
            guest_pin,
            pin_choices: pin_choices(plan),
            vmr_available_before: values.vmr_available_before,
            vmr_starts_at: plan.meeting.map(opens),
            address,
            uri_without_domain,
            uri_domain: values.uri_domain.clone(),
            settings: plan.settings.clone(),
            ivr_theme: values.ivr_theme.clone(),
            custom_portal_guest: values.custom_portal_guest.clone(),
            custom_portal_host: values.custom_portal_host.clone(),
            return_url: values.return_url.clone(),
            call_type: call_type.or_else(|| values.call_type.clone()),
            portal_link: None,
            provisioner,
            event_identifier: self.event_identifier(provisioner),
            status_description: plan.description.map(str::to_owned),
            created_by: plan.creator,
            created_at: plan.now,
        };
        Ok(self.with_link(plan, room))
    }

    /// The room with the link that leads to its meeting.
    fn with_link(&self, plan: &RoomPlan<'_>, room: NewSchedulingInfo) -> NewSchedulingInfo {
        let link = |meeting| self.portal_link(&room, meeting);
        NewSchedulingInfo {
            portal_link: plan.meeting.map(link),
            ..room
        }
    }

    /// The room's number in events, where there are any.
    fn event_identifier(&self, provisioner: Provisioner) -> Option<i64> {
        if provisioner != Provisioner::Events {
            return None;
        }
        let number = self.randomness().number(1..MOST_EVENT_IDENTIFIERS)?;
        i64::try_from(number).ok()
    }

    /// The PIN asked for, or one drawn if the template wants one: `None` when
    /// its range is unusable. A PIN is drawn again when it is `other`, because
    /// who has the guest PIN must not become a host.
    #[expect(
        clippy::option_option,
        reason = "outside: is there an answer; inside: does the room have a PIN"
    )]
    fn pin(&self, fixed: Option<&Pin>, rule: PinRule, other: Option<&Pin>) -> Option<Option<Pin>> {
        if fixed.is_some() || !rule.required {
            return Some(fixed.cloned());
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
}

/// Out of how many numbers the room's PINs are drawn, the fewer of two; `None`
/// where none is drawn.
fn pin_choices(plan: &RoomPlan<'_>) -> Option<u32> {
    let rules = &plan.template.values;
    [
        (plan.host_pin, rules.host_pin),
        (plan.guest_pin, rules.guest_pin),
    ]
    .into_iter()
    .filter(|(chosen, rule)| chosen.is_none() && rule.required)
    .filter_map(|(_, rule)| numbers::pins(rule.low, rule.high))
    .map(|pins| u32::try_from(pins.end - pins.start).unwrap_or(u32::MAX))
    .min()
}

/// `None` when prefix, number and domain make no address of at most 100 characters.
fn address(prefix: &str, number: &str, domain: &str) -> Option<RoomAddress> {
    let text = format!("{prefix}{number}@{domain}");
    (!domain.is_empty() && text.chars().count() <= MAX_ADDRESS)
        .then(|| text.parse().ok())
        .flatten()
}
