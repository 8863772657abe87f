//! What a booking may say, and the limits of its values.

use jiff::Timestamp;
use uuid::Uuid;
use vdx_domain::{
    GuestMicrophone, MeetingId, MeetingType, Pin, RoomSettings, ViewType, VmrQuality, VmrType,
};
use vdx_store::meetings::Information;

use crate::{Error, checks};

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
    pub(crate) fn over(&self, template: &RoomSettings) -> RoomSettings {
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

    /// The rooms of a pool that have what is said here, whatever else they
    /// have: a pattern of [`RoomSettings::code`].
    pub(crate) fn pattern(&self) -> String {
        let named = [
            self.vmr_type.is_some(),
            self.host_view.is_some(),
            self.guest_view.is_some(),
            self.vmr_quality.is_some(),
            self.enable_overlay_text.is_some(),
            self.guests_can_present.is_some(),
            self.force_presenter_into_main.is_some(),
            self.force_encryption.is_some(),
            self.mute_all_guests.is_some(),
        ];
        let code = self.over(&RoomSettings::default()).code();
        let digits = code.chars().zip(named);
        digits
            .map(|(digit, named)| if named { digit } else { '_' })
            .collect()
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
    /// A meeting at this time, with nothing else said.
    #[must_use]
    pub fn new(subject: &str, starts_at: Timestamp, ends_at: Timestamp) -> Self {
        Self {
            subject: subject.to_owned(),
            starts_at,
            ends_at,
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

    /// Checks every limit; the first value outside its limits is named.
    pub(crate) fn check(&self) -> Result<Checked, Error> {
        checks::subject(&self.subject)?;
        if self.ends_at < self.starts_at {
            return Err(checks::END_BEFORE_START);
        }
        checks::description(self.description.as_deref())?;
        checks::project_code(self.project_code.as_deref())?;
        checks::organizer(self.organized_by_email.as_deref())?;
        checks::external_id(self.external_id.as_deref())?;
        checks::call_type(self.call_type.as_deref())?;
        checks::labels(&self.labels)?;
        checks::information(&self.information)?;
        checks::uri_without_domain(self.uri_without_domain.as_deref())?;
        let checked = Checked {
            guest_pin: checks::pin("guestPin", self.guest_pin)?,
            host_pin: checks::pin("hostPin", self.host_pin)?,
            max_participants: checks::participants(self.max_participants)?,
        };
        if self.reservation.is_some() && (self.guest_pin.is_some() || self.host_pin.is_some()) {
            return Err(Error::ReservationWithPin);
        }
        Ok(checked)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> BookingRequest {
        BookingRequest::new(
            "s",
            "2026-12-01T10:00:00Z".parse().unwrap(),
            "2026-12-01T11:00:00Z".parse().unwrap(),
        )
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
    fn a_pattern_holds_what_is_named_and_leaves_the_rest_open() {
        assert_eq!(SettingsRequest::default().pattern(), "_________");
        let some = SettingsRequest {
            guest_view: Some(ViewType::TwentyfiveMainsZeroPips),
            enable_overlay_text: Some(false),
            mute_all_guests: Some(true),
            ..SettingsRequest::default()
        };
        assert_eq!(some.pattern(), "__9_0___1");
        let all = SettingsRequest {
            vmr_type: Some(VmrType::Lecture),
            host_view: Some(ViewType::OneMainZeroPips),
            guest_view: Some(ViewType::OneMainZeroPips),
            vmr_quality: Some(VmrQuality::Sd),
            enable_overlay_text: Some(true),
            guests_can_present: Some(true),
            force_presenter_into_main: Some(true),
            force_encryption: Some(true),
            mute_all_guests: Some(false),
        };
        assert_eq!(all.pattern(), all.over(&RoomSettings::default()).code());
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
