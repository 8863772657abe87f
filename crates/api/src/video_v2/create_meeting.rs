//! `POST /meetings`: books a meeting.

use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vdx_booking::{BookingRequest, Information, SettingsRequest};
use vdx_domain::{GuestMicrophone, MeetingId, MeetingType, ViewType, VmrQuality, VmrType};

use super::access::Booker;
use super::failure::{DetailedError, invalid};
use super::hal::Hal;
use super::shapes::{InformationShape, MeetingShape, Shaper};
use super::{time, words};
use crate::{Failure, Hub, JsonBody};

/// A meeting to book. What is left out or null is decided by the template,
/// where it has a say.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = createMeeting)]
pub(super) struct CreateMeeting {
    #[schema(required, nullable = false, min_length = 1, max_length = 100)]
    subject: Option<String>,
    /// With offset; fractions of a second are dropped; the year has four digits.
    #[schema(required, nullable = false, format = DateTime)]
    start_time: Option<String>,
    /// Not before `startTime`.
    #[schema(required, nullable = false, format = DateTime)]
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
    #[schema(value_type = Option<i32>, minimum = 0)]
    max_participants: Option<i64>,
    /// Disconnect everybody at the end time.
    end_meeting_on_end_time: Option<bool>,
    /// The template to use. One that the organisation does not have is passed over.
    scheduling_template_id: Option<i64>,
    #[schema(value_type = Option<words::MeetingType>)]
    meeting_type: Option<MeetingType>,
    /// The meeting's id, when the caller wants to choose it.
    uuid: Option<Uuid>,
    /// The caller's own id, unique in the organisation.
    #[schema(max_length = 200)]
    external_id: Option<String>,
    #[schema(value_type = Option<words::GuestMicrophone>)]
    guest_microphone: Option<GuestMicrophone>,
    /// The page behind the short link asks for the PIN.
    guest_pin_required: Option<bool>,
    /// A room that was set aside before; not together with PINs.
    scheduling_info_reservation_id: Option<Uuid>,
    /// Up to 100 tags of up to 1024 characters.
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
    additional_information: Option<Vec<InformationShape>>,
    /// Which media the web client negotiates.
    #[schema(max_length = 64)]
    call_type: Option<String>,
}

impl CreateMeeting {
    fn into_request(self) -> Result<BookingRequest, Failure> {
        Ok(BookingRequest {
            subject: required("subject", self.subject)?,
            starts_at: time::parse("startTime", &required("startTime", self.start_time)?)?,
            ends_at: time::parse("endTime", &required("endTime", self.end_time)?)?,
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

fn required<T>(field: &str, value: Option<T>) -> Result<T, Failure> {
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

/// Books a meeting.
///
/// The meeting gets a room of its own with a number, PINs and settings of the
/// template: the one asked for, else the default of the organisation, of its
/// nearest ancestor, or of the hub. For meeting-admin, meeting-user,
/// meeting-planner and meeting-provisioner-user.
#[utoipa::path(
    post,
    path = "/meetings",
    tag = "Meetings",
    request_body = CreateMeeting,
    responses(
        (status = 200, description = "It is booked.", body = MeetingShape, content_type = "application/hal+json"),
        (status = 400, description = "A value is refused.", body = DetailedError),
        (status = 401, description = "No good token.", body = DetailedError),
        (status = 403, description = "Not for this caller.", body = DetailedError),
        (status = 406, description = "The template cannot give a number or a PIN.", body = DetailedError),
    ),
)]
pub(super) async fn operation(
    State(hub): State<Hub>,
    Booker(actor): Booker,
    JsonBody(body): JsonBody<CreateMeeting>,
) -> Result<impl IntoResponse, Failure> {
    let meeting = hub.booking.create(&actor, &body.into_request()?).await?;
    Ok(Hal(Shaper::new(&hub.booking).meeting(meeting)))
}
