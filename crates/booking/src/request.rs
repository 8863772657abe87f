//! What a booking may say, and the limits of its values.

use std::collections::HashSet;

use jiff::Timestamp;
use uuid::Uuid;
use vdx_domain::{
    GuestMicrophone, MeetingId, MeetingType, Pin, RoomSettings, ViewType, VmrQuality, VmrType,
};
use vdx_store::meetings::Information;

use crate::Error;
use crate::numbers::PINS;

/// Most labels and most entries of additional information of one meeting.
const MAX_LIST: usize = 100;

/// A meeting to book, as the caller says it. `None` = the template decides,
/// where it has a say.
#[derive(Debug, Clone)]
pub struct BookingRequest {
    /// 1 to 100 characters.
    pub subject: String,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends; not before it begins.
    pub ends_at: Timestamp,
    /// Up to 500 characters.
    pub description: Option<String>,
    /// Up to 100 characters.
    pub project_code: Option<String>,
    /// Whose meeting it is, up to 100 characters; heard only from planners and
    /// administrators. Empty = the caller.
    pub organized_by_email: Option<String>,
    /// 0 = the template decides.
    pub max_participants: Option<i64>,
    /// Disconnect everybody at the end time.
    pub end_meeting_on_end_time: Option<bool>,
    /// The template to use; one that does not exist is passed over.
    pub template: Option<i64>,
    /// A room of its own, or one of the pool.
    pub meeting_type: MeetingType,
    /// The id, chosen by the caller.
    pub id: Option<MeetingId>,
    /// The caller's own id, up to 200 characters, unique in the organisation.
    pub external_id: Option<String>,
    /// How guests come in.
    pub guest_microphone: GuestMicrophone,
    /// Whether the short link asks for the PIN.
    pub guest_pin_required: bool,
    /// A room of the pool that was set aside before.
    pub reservation: Option<Uuid>,
    /// Up to 100 labels of up to 1024 characters.
    pub labels: Vec<String>,
    /// Settings of the room.
    pub settings: SettingsRequest,
    /// The number or name of the room: up to 100 letters A–Z, a–z and digits.
    pub uri_without_domain: Option<String>,
    /// 1000 to 999999999.
    pub guest_pin: Option<i64>,
    /// 1000 to 999999999.
    pub host_pin: Option<i64>,
    /// Up to 100 entries, no key twice.
    pub information: Vec<Information>,
    /// Which media the web client negotiates, up to 64 characters.
    pub call_type: Option<String>,
}

/// Settings a booking may set apart from its template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "documented in RoomSettings")]
pub struct SettingsRequest {
    pub vmr_type: Option<VmrType>,
    pub host_view: Option<ViewType>,
    pub guest_view: Option<ViewType>,
    pub vmr_quality: Option<VmrQuality>,
    pub enable_overlay_text: Option<bool>,
    pub guests_can_present: Option<bool>,
    pub force_presenter_into_main: Option<bool>,
    pub force_encryption: Option<bool>,
    pub mute_all_guests: Option<bool>,
}

impl SettingsRequest {
    /// The template's settings with what the booking says put over them.
    fn over(&self, template: &RoomSettings) -> RoomSettings {
        RoomSettings {
            vmr_type: self.vmr_type.unwrap_or(template.vmr_type),
            host_view: self.host_view.unwrap_or(template.host_view),
            guest_view: self.guest_view.unwrap_or(template.guest_view),
            vmr_quality: self.vmr_quality.unwrap_or(template.vmr_quality),
            enable_overlay_text: self
                .enable_overlay_text
                .unwrap_or(template.enable_overlay_text),
            guests_can_present: self
                .guests_can_present
                .unwrap_or(template.guests_can_present),
            force_presenter_into_main: self
                .force_presenter_into_main
                .unwrap_or(template.force_presenter_into_main),
            force_encryption: self.force_encryption.unwrap_or(template.force_encryption),
            mute_all_guests: self.mute_all_guests.unwrap_or(template.mute_all_guests),
            ..template.clone()
        }
    }
}

/// The values of a request that had to be turned into the hub's words.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) guest_pin: Option<Pin>,
    pub(crate) host_pin: Option<Pin>,
    /// `None` = the template decides.
    pub(crate) max_participants: Option<u32>,
}

impl BookingRequest {
    /// Checks every limit; the first value outside its limits is named.
    pub(crate) fn check(&self) -> Result<Checked, Error> {
        text(
            "subject",
            Some(&self.subject),
            100,
            "must have 1 to 100 characters",
        )?;
        if self.subject.trim().is_empty() {
            return Err(invalid("subject", "must have 1 to 100 characters"));
        }
        if self.ends_at < self.starts_at {
            return Err(invalid("endTime", "must not be before startTime"));
        }
        text(
            "description",
            self.description.as_deref(),
            500,
            "must have at most 500 characters",
        )?;
        text(
            "projectCode",
            self.project_code.as_deref(),
            100,
            "must have at most 100 characters",
        )?;
        text(
            "organizedByEmail",
            self.organized_by_email.as_deref(),
            100,
            "must have at most 100 characters",
        )?;
        text(
            "externalId",
            self.external_id.as_deref(),
            200,
            "must have at most 200 characters",
        )?;
        text(
            "callType",
            self.call_type.as_deref(),
            64,
            "must have at most 64 characters",
        )?;
        self.check_lists()?;
        self.check_address()?;
        let checked = Checked {
            guest_pin: pin("guestPin", self.guest_pin)?,
            host_pin: pin("hostPin", self.host_pin)?,
            max_participants: participants(self.max_participants)?,
        };
        if self.reservation.is_some() && (self.guest_pin.is_some() || self.host_pin.is_some()) {
            return Err(Error::ReservationWithPin);
        }
        Ok(checked)
    }

    fn check_lists(&self) -> Result<(), Error> {
        if self.labels.len() > MAX_LIST {
            return Err(invalid("labels", "must have at most 100 entries"));
        }
        for label in &self.labels {
            text(
                "labels",
                Some(label),
                1024,
                "must have at most 1024 characters each",
            )?;
        }
        if self.information.len() > MAX_LIST {
            return Err(invalid(
                "additionalInformation",
                "must have at most 100 entries",
            ));
        }
        let mut keys = HashSet::new();
        for entry in &self.information {
            for part in [&entry.key, &entry.value] {
                text(
                    "additionalInformation",
                    Some(part),
                    100,
                    "must have keys and values of at most 100 characters",
                )?;
            }
            if !keys.insert(entry.key.as_str()) {
                return Err(Error::DuplicateInformationKey);
            }
        }
        Ok(())
    }

    fn check_address(&self) -> Result<(), Error> {
        let Some(name) = self.uri_without_domain.as_deref() else {
            return Ok(());
        };
        text(
            "uriWithoutDomain",
            Some(name),
            100,
            "must have 1 to 100 characters",
        )?;
        if name.is_empty() {
            return Err(invalid("uriWithoutDomain", "must have 1 to 100 characters"));
        }
        Ok(())
    }

    /// The settings of the room.
    pub(crate) fn room_settings(&self, checked: &Checked, template: &RoomSettings) -> RoomSettings {
        RoomSettings {
            max_participants: checked
                .max_participants
                .unwrap_or(template.max_participants),
            end_meeting_on_end_time: self
                .end_meeting_on_end_time
                .unwrap_or(template.end_meeting_on_end_time),
            ..self.settings.over(template)
        }
    }
}

fn invalid(field: &'static str, reason: &'static str) -> Error {
    Error::Invalid { field, reason }
}

/// At most `max` characters, and no U+0000, which PostgreSQL cannot keep.
fn text(
    field: &'static str,
    value: Option<&str>,
    max: usize,
    reason: &'static str,
) -> Result<(), Error> {
    let Some(value) = value else { return Ok(()) };
    if value.chars().count() > max {
        return Err(invalid(field, reason));
    }
    if value.contains('\0') {
        return Err(invalid(field, "must not hold the character U+0000"));
    }
    Ok(())
}

fn pin(field: &'static str, number: Option<i64>) -> Result<Option<Pin>, Error> {
    let Some(number) = number else {
        return Ok(None);
    };
    let refused = invalid(field, "must be from 1000 to 999999999");
    if !PINS.contains(&number) {
        return Err(refused);
    }
    number.to_string().parse().map(Some).map_err(|_| refused)
}

fn participants(number: Option<i64>) -> Result<Option<u32>, Error> {
    let number = number.unwrap_or(0);
    match u32::try_from(number) {
        Ok(number) if i32::try_from(number).is_ok() => Ok((number > 0).then_some(number)),
        _ => Err(invalid("maxParticipants", "must be from 0 to 2147483647")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> BookingRequest {
        BookingRequest {
            subject: "s".into(),
            starts_at: "2026-12-01T10:00:00Z".parse().unwrap(),
            ends_at: "2026-12-01T11:00:00Z".parse().unwrap(),
            description: None,
            project_code: None,
            organized_by_email: None,
            max_participants: None,
            end_meeting_on_end_time: None,
            template: None,
            meeting_type: MeetingType::Normal,
            id: None,
            external_id: None,
            guest_microphone: GuestMicrophone::On,
            guest_pin_required: false,
            reservation: None,
            labels: Vec::new(),
            settings: SettingsRequest::default(),
            uri_without_domain: None,
            guest_pin: None,
            host_pin: None,
            information: Vec::new(),
            call_type: None,
        }
    }

    /// The field that is refused, after one change.
    fn refused(change: impl FnOnce(&mut BookingRequest)) -> Option<&'static str> {
        let mut request = request();
        change(&mut request);
        match request.check() {
            Ok(_) => None,
            Err(Error::Invalid { field, .. }) => Some(field),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn texts_may_be_as_long_as_their_limit_and_no_longer() {
        type Set = fn(&mut BookingRequest, String);
        let cases: [(&str, usize, Set); 7] = [
            ("subject", 100, |r, t| r.subject = t),
            ("description", 500, |r, t| r.description = Some(t)),
            ("projectCode", 100, |r, t| r.project_code = Some(t)),
            ("organizedByEmail", 100, |r, t| {
                r.organized_by_email = Some(t);
            }),
            ("externalId", 200, |r, t| r.external_id = Some(t)),
            ("callType", 64, |r, t| r.call_type = Some(t)),
            ("labels", 1024, |r, t| r.labels = vec![t]),
        ];
        for (field, limit, set) in cases {
            // Characters are counted, not bytes.
            assert_eq!(refused(|r| set(r, "æ".repeat(limit))), None, "{field}");
            assert_eq!(refused(|r| set(r, "x".repeat(limit + 1))), Some(field));
            assert_eq!(refused(|r| set(r, "a\0b".into())), Some(field));
        }
        assert_eq!(refused(|r| r.subject = "  ".into()), Some("subject"));
    }

    #[test]
    fn pins_go_from_1000_to_999999999() {
        for good in [1000, 999_999_999] {
            assert_eq!(refused(|r| r.guest_pin = Some(good)), None);
            assert_eq!(refused(|r| r.host_pin = Some(good)), None);
        }
        for bad in [999, 1_000_000_000, 0, -1, i64::MIN] {
            assert_eq!(refused(|r| r.guest_pin = Some(bad)), Some("guestPin"));
            assert_eq!(refused(|r| r.host_pin = Some(bad)), Some("hostPin"));
        }
    }

    #[test]
    fn a_meeting_may_end_when_it_starts_but_not_before() {
        assert_eq!(refused(|r| r.ends_at = r.starts_at), None);
        let second = jiff::SignedDuration::from_secs(1);
        assert_eq!(
            refused(|r| r.ends_at = r.starts_at - second),
            Some("endTime")
        );
    }

    #[test]
    fn a_key_of_additional_information_comes_once() {
        let entry = |key: &str| Information {
            key: key.into(),
            value: "v".into(),
        };
        let mut twice = request();
        twice.information = vec![entry("a"), entry("b"), entry("a")];
        assert!(matches!(twice.check(), Err(Error::DuplicateInformationKey)));
        twice.information.pop();
        assert!(twice.check().is_ok());
    }

    #[test]
    fn lists_have_a_limit() {
        assert_eq!(refused(|r| r.labels = vec!["x".into(); 100]), None);
        assert_eq!(
            refused(|r| r.labels = vec!["x".into(); 101]),
            Some("labels")
        );
    }

    #[test]
    fn a_reservation_brings_its_own_pins() {
        let mut both = request();
        both.reservation = Some(Uuid::nil());
        assert!(both.check().is_ok());
        both.guest_pin = Some(1234);
        assert!(matches!(both.check(), Err(Error::ReservationWithPin)));
    }

    #[test]
    fn participants_zero_leaves_it_to_the_template() {
        let template = RoomSettings {
            max_participants: 7,
            ..RoomSettings::default()
        };
        for (asked, given) in [(None, 7), (Some(0), 7), (Some(3), 3)] {
            let mut request = request();
            request.max_participants = asked;
            let checked = request.check().unwrap();
            assert_eq!(
                request.room_settings(&checked, &template).max_participants,
                given
            );
        }
        assert_eq!(
            refused(|r| r.max_participants = Some(-1)),
            Some("maxParticipants")
        );
        assert_eq!(
            refused(|r| r.max_participants = Some(1 << 31)),
            Some("maxParticipants")
        );
    }
}
