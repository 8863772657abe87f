//! What callers send.

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use uuid::Uuid;
use vdx_booking::{BookingRequest, Change, Information, MeetingChange, SettingsRequest};
use vdx_domain::{GuestMicrophone, MeetingId, MeetingType, ViewType, VmrQuality, VmrType};

use super::refusal::{invalid, not_null};
use super::shapes::InformationShape;
use super::version::Version;
use super::{time, words};
use crate::Failure;

/// A meeting to book. What is left out or null is decided by the template,
/// where it has a say.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = createMeeting)]
pub(crate) struct CreateMeeting {
    #[schema(required, nullable = false, min_length = 1, max_length = 100)]
    subject: Option<String>,
    /// With offset; fractions of a second are dropped; the year has four digits.
    #[schema(value_type = time::AskedInstant)]
    start_time: Option<String>,
    /// Not before `startTime`.
    #[schema(value_type = time::AskedInstant)]
    end_time: Option<String>,
    #[schema(max_length = 500)]
    description: Option<String>,
    #[schema(max_length = 100)]
    project_code: Option<String>,
    /// Whose meeting it is. Heard from planners and administrators; from
    /// others, and when empty, the caller is the organiser.
    #[schema(max_length = 100)]
    organized_by_email: Option<String>,
    /// 0 = the template decides.
    #[schema(value_type = Option<i32>, minimum = 0, default = 0)]
    max_participants: Option<i64>,
    /// Disconnect everybody at the end time.
    end_meeting_on_end_time: Option<bool>,
    /// The template to use. One that the organisation does not have is passed over.
    scheduling_template_id: Option<i64>,
    #[schema(value_type = Option<words::MeetingType>, default = "NORMAL")]
    meeting_type: Option<MeetingType>,
    /// The meeting's id, when the caller wants to choose it.
    uuid: Option<Uuid>,
    /// The caller's own id, unique in the organisation.
    #[schema(max_length = 200)]
    external_id: Option<String>,
    #[schema(value_type = Option<words::GuestMicrophone>)]
    guest_microphone: Option<GuestMicrophone>,
    /// The page behind the short link asks for the PIN.
    #[schema(default = false)]
    guest_pin_required: Option<bool>,
    /// A room that was set aside before; not together with PINs.
    scheduling_info_reservation_id: Option<Uuid>,
    /// Up to 100 tags of up to 1024 characters.
    #[schema(default = json!([]), max_items = 100)]
    labels: Option<Vec<String>>,
    #[schema(value_type = Option<words::VmrType>)]
    vmr_type: Option<VmrType>,
    #[schema(value_type = Option<words::ViewType>)]
    host_view: Option<ViewType>,
    #[schema(value_type = Option<words::ViewType>)]
    guest_view: Option<ViewType>,
    #[schema(value_type = Option<words::VmrQuality>)]
    vmr_quality: Option<VmrQuality>,
    enable_overlay_text: Option<bool>,
    guests_can_present: Option<bool>,
    force_presenter_into_main: Option<bool>,
    force_encryption: Option<bool>,
    mute_all_guests: Option<bool>,
    /// The number or name of the room: letters A–Z, a–z and digits. The
    /// organisation must allow it.
    #[schema(max_length = 100)]
    uri_without_domain: Option<String>,
    #[schema(value_type = Option<i32>, minimum = 1000, maximum = 999_999_999)]
    guest_pin: Option<i64>,
    #[schema(value_type = Option<i32>, minimum = 1000, maximum = 999_999_999)]
    host_pin: Option<i64>,
    /// Up to 100 entries, no key twice.
    #[schema(default = json!([]), max_items = 100)]
    additional_information: Option<Vec<InformationShape>>,
    /// Which media the web client negotiates.
    #[schema(max_length = 64)]
    call_type: Option<String>,
}

impl CreateMeeting {
    pub(crate) fn into_request(self, version: Version) -> Result<BookingRequest, Failure> {
        let start = required("startTime", self.start_time)?;
        let end = required("endTime", self.end_time)?;
        Ok(BookingRequest {
            subject: required("subject", self.subject)?,
            starts_at: time::parse(version, "startTime", &start)?,
            ends_at: time::parse(version, "endTime", &end)?,
            description: self.description,
            project_code: self.project_code,
            organized_by_email: self.organized_by_email,
            max_participants: self.max_participants,
            end_meeting_on_end_time: self.end_meeting_on_end_time,
            template: self.scheduling_template_id,
            meeting_type: self.meeting_type.unwrap_or(MeetingType::Normal),
            id: self.uuid.map(MeetingId),
            external_id: self.external_id,
            guest_microphone: self.guest_microphone.unwrap_or(GuestMicrophone::On),
            guest_pin_required: self.guest_pin_required.unwrap_or(false),
            reservation: self.scheduling_info_reservation_id,
            labels: self.labels.unwrap_or_default(),
            settings: SettingsRequest {
                vmr_type: self.vmr_type,
                host_view: self.host_view,
                guest_view: self.guest_view,
                vmr_quality: self.vmr_quality,
                enable_overlay_text: self.enable_overlay_text,
                guests_can_present: self.guests_can_present,
                force_presenter_into_main: self.force_presenter_into_main,
                force_encryption: self.force_encryption,
                mute_all_guests: self.mute_all_guests,
            },
            uri_without_domain: self.uri_without_domain,
            guest_pin: self.guest_pin,
            host_pin: self.host_pin,
            information: information(self.additional_information.unwrap_or_default()),
            call_type: self.call_type,
        })
    }
}

/// What a meeting is to be from now on. What is left out or null is emptied,
/// except the subject and the times.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = updateMeeting)]
pub(crate) struct UpdateMeeting {
    #[schema(required, nullable = false, min_length = 1, max_length = 100)]
    subject: Option<String>,
    /// With offset; fractions of a second are dropped; the year has four digits.
    #[schema(value_type = time::AskedInstant)]
    start_time: Option<String>,
    /// Not before `startTime`.
    #[schema(value_type = time::AskedInstant)]
    end_time: Option<String>,
    #[schema(max_length = 500)]
    description: Option<String>,
    #[schema(max_length = 100)]
    project_code: Option<String>,
    /// Whose meeting it becomes. Heard from planners and administrators; from
    /// others, and when left out or empty, the caller becomes the organiser.
    #[schema(max_length = 100)]
    organized_by_email: Option<String>,
    /// Up to 100 tags of up to 1024 characters.
    #[schema(default = json!([]), max_items = 100)]
    labels: Option<Vec<String>>,
    /// Up to 100 entries, no key twice.
    #[schema(default = json!([]), max_items = 100)]
    additional_information: Option<Vec<InformationShape>>,
}

impl UpdateMeeting {
    pub(crate) fn into_change(self, version: Version) -> Result<MeetingChange, Failure> {
        let start = required("startTime", self.start_time)?;
        let end = required("endTime", self.end_time)?;
        Ok(MeetingChange {
            subject: Change::To(required("subject", self.subject)?),
            starts_at: Change::To(time::parse(version, "startTime", &start)?),
            ends_at: Change::To(time::parse(version, "endTime", &end)?),
            description: Change::To(self.description),
            project_code: Change::To(self.project_code),
            organized_by_email: Change::To(self.organized_by_email),
            labels: Change::To(self.labels.unwrap_or_default()),
            information: Change::To(information(self.additional_information.unwrap_or_default())),
            ..MeetingChange::default()
        })
    }
}

/// What is to change of a meeting. What is left out stays; null takes a value
/// away, except subject and times, which a meeting must have.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = patchMeeting)]
pub(crate) struct PatchMeeting {
    #[serde(default)]
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    subject: Sent<String>,
    /// With offset; fractions of a second are dropped; the year has four digits.
    #[serde(default)]
    #[schema(value_type = time::AskedInstant, required = false)]
    start_time: Sent<String>,
    /// Not before the start.
    #[serde(default)]
    #[schema(value_type = time::AskedInstant, required = false)]
    end_time: Sent<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 500)]
    description: Sent<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 100)]
    project_code: Sent<String>,
    /// Whose meeting it becomes. Heard from planners and administrators; from
    /// others, and when null or empty, the caller becomes the organiser.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 100)]
    organized_by_email: Sent<String>,
    /// Up to 100 tags of up to 1024 characters, in place of those that are there.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 100)]
    labels: Sent<Vec<String>>,
    /// Null = `on`.
    #[serde(default)]
    #[schema(value_type = Option<words::GuestMicrophone>)]
    guest_microphone: Sent<GuestMicrophone>,
    /// The page behind the short link asks for the PIN. Null = it does not.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    guest_pin_required: Sent<bool>,
    /// Null = guests need no PIN.
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 1000, maximum = 999_999_999)]
    guest_pin: Sent<i64>,
    /// Null = everybody is a host.
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 1000, maximum = 999_999_999)]
    host_pin: Sent<i64>,
    /// Up to 100 entries, no key twice, in place of those that are there.
    #[serde(default)]
    #[schema(value_type = Option<Vec<InformationShape>>, max_items = 100)]
    additional_information: Sent<Vec<InformationShape>>,
    /// Which media the web client negotiates.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 64)]
    call_type: Sent<String>,
}

impl PatchMeeting {
    pub(crate) fn into_change(self, version: Version) -> Result<MeetingChange, Failure> {
        let instant = |field, sent: Sent<String>| match sent.kept()? {
            Change::Keep => Ok(Change::Keep),
            Change::To(text) => time::parse(version, field, &text).map(Change::To),
        };
        let entries = self.additional_information.or_default();
        Ok(MeetingChange {
            subject: self.subject.kept()?,
            starts_at: instant("startTime", self.start_time)?,
            ends_at: instant("endTime", self.end_time)?,
            description: self.description.cleared(),
            project_code: self.project_code.cleared(),
            organized_by_email: self.organized_by_email.cleared(),
            labels: self.labels.or_default(),
            information: match entries {
                Change::Keep => Change::Keep,
                Change::To(entries) => Change::To(information(entries)),
            },
            guest_microphone: self.guest_microphone.or(GuestMicrophone::On),
            guest_pin_required: self.guest_pin_required.or(false),
            guest_pin: self.guest_pin.cleared(),
            host_pin: self.host_pin.cleared(),
            call_type: self.call_type.cleared(),
        })
    }
}

/// A member of a patch: left out, null, or a value.
#[derive(Default)]
enum Sent<T> {
    #[default]
    Absent,
    Null,
    Value(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Sent<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // What is left out never comes here.
        Ok(Option::deserialize(from)?.map_or(Self::Null, Self::Value))
    }
}

impl<T> Sent<T> {
    /// Null is refused.
    fn kept(self) -> Result<Change<T>, Failure> {
        match self {
            Self::Absent => Ok(Change::Keep),
            Self::Null => Err(not_null()),
            Self::Value(value) => Ok(Change::To(value)),
        }
    }

    /// Null takes the value away.
    fn cleared(self) -> Change<Option<T>> {
        match self {
            Self::Absent => Change::Keep,
            Self::Null => Change::To(None),
            Self::Value(value) => Change::To(Some(value)),
        }
    }

    /// Null means this value.
    fn or(self, null: T) -> Change<T> {
        match self {
            Self::Absent => Change::Keep,
            Self::Null => Change::To(null),
            Self::Value(value) => Change::To(value),
        }
    }

    fn or_default(self) -> Change<T>
    where
        T: Default,
    {
        self.or(T::default())
    }
}

pub(crate) fn required<T>(field: &str, value: Option<T>) -> Result<T, Failure> {
    value.ok_or_else(|| invalid(field, "must be given"))
}

fn information(entries: Vec<InformationShape>) -> Vec<Information> {
    entries
        .into_iter()
        .map(|entry| Information {
            key: entry.key,
            value: entry.value,
        })
        .collect()
}
