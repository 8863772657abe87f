//! What the operations answer with.

use std::fmt::Display;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vdx_booking::{Booking, Meeting, MeetingUser, RoomDetails};
use vdx_domain::{
    DirectMedia, GuestMicrophone, Pin, ProvisionStatus, RoomSettings, ViewType, VmrQuality, VmrType,
};

use super::hal::HalLink;
use super::time::{self, Instant};
use super::version::Version;
use super::words;

/// A person, or nobody: then both members are null.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = meetingUser)]
pub(crate) struct UserShape {
    /// Code of the person's organisation.
    #[schema(max_length = 250)]
    organisation_id: Option<String>,
    /// The person's e-mail.
    #[schema(max_length = 100)]
    email: Option<String>,
}

impl UserShape {
    pub(crate) fn of(user: &MeetingUser) -> Self {
        Self {
            organisation_id: Some(user.organisation.0.clone()),
            email: Some(user.email.clone()),
        }
    }

    pub(crate) fn of_optional(user: Option<&MeetingUser>) -> Self {
        user.map(Self::of).unwrap_or_default()
    }
}

/// One entry of a meeting's additional information.
#[derive(Debug, Serialize, serde::Deserialize, ToSchema)]
#[schema(as = additionalInformationType)]
pub(crate) struct InformationShape {
    /// Comes once in a meeting.
    #[schema(max_length = 100)]
    pub(crate) key: String,
    /// Free text.
    #[schema(max_length = 100)]
    pub(crate) value: String,
}

/// Where to go on from a meeting.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = meetingLinks)]
struct MeetingLinks {
    /// The meeting.
    #[serde(rename = "self")]
    own: HalLink,
    /// Its room. In v1 only where meetings are looked for.
    #[serde(rename = "scheduling-info", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    scheduling_info: Option<HalLink>,
}

/// Where to find something again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = selfLink)]
pub(crate) struct OwnLink {
    /// The thing itself.
    #[serde(rename = "self")]
    pub(crate) own: HalLink,
}

/// A meeting: who, when and why. Its room is its scheduling-info.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = meeting)]
pub(crate) struct MeetingShape {
    #[schema(max_length = 100)]
    subject: String,
    uuid: Uuid,
    /// Who booked it.
    created_by: UserShape,
    /// Who changed it last.
    updated_by: UserShape,
    /// Whose meeting it is.
    organized_by: UserShape,
    #[schema(value_type = Instant)]
    start_time: String,
    #[schema(value_type = Instant)]
    end_time: String,
    #[schema(max_length = 500)]
    description: Option<String>,
    #[schema(max_length = 100)]
    project_code: Option<String>,
    #[schema(value_type = Instant)]
    created_time: String,
    #[schema(value_type = Option<Instant>)]
    updated_time: Option<String>,
    /// The end of the short link.
    #[schema(min_length = 12, max_length = 12)]
    short_id: String,
    /// The address to send to guests.
    short_link: String,
    /// The same in the older spelling.
    #[serde(rename = "shortlink")]
    short_link_old: String,
    /// The booking system's own id.
    #[schema(max_length = 200)]
    external_id: Option<String>,
    #[schema(value_type = Option<words::GuestMicrophone>)]
    guest_microphone: GuestMicrophone,
    /// Whether the page behind the short link asks for the PIN.
    guest_pin_required: bool,
    labels: Vec<String>,
    additional_information: Vec<InformationShape>,
    #[serde(rename = "_links")]
    links: MeetingLinks,
}

/// Knows the addresses and the zone that answers are written with.
pub(crate) struct Shaper<'a> {
    booking: &'a Booking,
    version: Version,
}

impl<'a> Shaper<'a> {
    pub(crate) fn new(booking: &'a Booking, version: Version) -> Self {
        Self { booking, version }
    }

    fn zone(&self) -> &TimeZone {
        &self.booking.settings().time_zone
    }

    pub(crate) fn time(&self, instant: Timestamp) -> String {
        time::format(self.version, instant, self.zone())
    }

    pub(crate) fn link(&self, kind: &str, id: impl Display) -> HalLink {
        HalLink {
            href: format!(
                "{}{}/{kind}/{id}",
                self.booking.settings().public_url,
                self.version.base()
            ),
        }
    }

    /// A meeting that was looked for.
    pub(crate) fn found(&self, meeting: Meeting) -> MeetingShape {
        let room = self.link("scheduling-info", meeting.id.0);
        let mut shape = self.meeting(meeting);
        shape.links.scheduling_info = Some(room);
        shape
    }

    pub(crate) fn meeting(&self, meeting: Meeting) -> MeetingShape {
        let short_link = self.booking.short_link(&meeting.short_id);
        MeetingShape {
            subject: meeting.subject,
            uuid: meeting.id.0,
            created_by: UserShape::of(&meeting.created_by),
            updated_by: UserShape::of_optional(meeting.updated_by.as_ref()),
            organized_by: UserShape::of(&meeting.organized_by),
            start_time: self.time(meeting.starts_at),
            end_time: self.time(meeting.ends_at),
            description: meeting.description,
            project_code: meeting.project_code,
            created_time: self.time(meeting.created_at),
            updated_time: meeting.updated_at.map(|at| self.time(at)),
            short_id: meeting.short_id.to_string(),
            short_link: short_link.clone(),
            short_link_old: short_link,
            external_id: meeting.external_id,
            guest_microphone: meeting.guest_microphone,
            guest_pin_required: meeting.guest_pin_required,
            labels: meeting.labels,
            additional_information: meeting
                .information
                .into_iter()
                .map(|entry| InformationShape {
                    key: entry.key,
                    value: entry.value,
                })
                .collect(),
            links: MeetingLinks {
                own: self.link("meetings", meeting.id.0),
                scheduling_info: match self.version {
                    Version::V1 => None,
                    Version::V2 => Some(self.link("scheduling-info", meeting.id.0)),
                },
            },
        }
    }

    pub(crate) fn room(&self, details: RoomDetails) -> SchedulingInfoShape {
        let RoomDetails { room, meeting } = details;
        let short_link = meeting
            .as_ref()
            .map(|meeting| self.booking.short_link(&meeting.short_id));
        let links = OwnLink {
            own: self.link("scheduling-info", room.id.0),
        };
        let provisioned_at = room.provision.at.map(|at| self.time(at));
        SchedulingInfoShape {
            created_time: self.time(room.created_at),
            updated_time: room.updated_at.map(|at| self.time(at)),
            provision_timestamp: provisioned_at,
            short_link: short_link.clone(),
            short_link_old: short_link,
            meeting_details: meeting.map(|meeting| self.meeting(meeting)),
            links,
            settings: SettingsShape::of(&room.settings),
            uuid: room.id.0,
            host_pin: number(room.host_pin.as_ref()),
            guest_pin: number(room.guest_pin.as_ref()),
            vmr_available_before: room.vmr_available_before,
            uri_with_domain: room.address.to_string(),
            uri_without_domain: room.uri_without_domain,
            provision_status: room.provision.status,
            provision_status_description: room.provision.description,
            provision_vmr_id: room.provision.vmr_id,
            portal_link: room.portal_link,
            ivr_theme: room.ivr_theme,
            custom_portal_guest: room.custom_portal_guest,
            custom_portal_host: room.custom_portal_host,
            return_url: room.return_url,
            call_type: room.call_type,
            reservation_id: room.reservation_id,
            created_by: UserShape::of(&room.created_by),
            updated_by: UserShape::of_optional(room.updated_by.as_ref()),
        }
    }
}

/// PINs of booked rooms are whole numbers without a leading zero.
fn number(pin: Option<&Pin>) -> Option<u64> {
    pin.and_then(|pin| pin.reveal().parse().ok())
}

/// Settings of a room.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = vmrSettings)]
pub(crate) struct SettingsShape {
    #[schema(value_type = words::VmrType)]
    vmr_type: VmrType,
    /// What hosts see.
    #[schema(value_type = words::ViewType)]
    host_view: ViewType,
    /// What guests see.
    #[schema(value_type = words::ViewType)]
    guest_view: ViewType,
    #[schema(value_type = words::VmrQuality)]
    vmr_quality: VmrQuality,
    /// Names are drawn on the pictures.
    enable_overlay_text: bool,
    /// Guests may share content.
    guests_can_present: bool,
    /// The presenting host stands in the main position.
    force_presenter_into_main: bool,
    /// Media that is not encrypted is refused.
    force_encryption: bool,
    /// Guests come in muted.
    mute_all_guests: bool,
    #[schema(value_type = words::DirectMedia)]
    direct_media: DirectMedia,
    /// 0 = no limit.
    #[schema(value_type = i32)]
    max_participants: u32,
    /// Everybody is disconnected at the end time.
    end_meeting_on_end_time: bool,
}

impl SettingsShape {
    pub(crate) fn of(settings: &RoomSettings) -> Self {
        Self {
            vmr_type: settings.vmr_type,
            host_view: settings.host_view,
            guest_view: settings.guest_view,
            vmr_quality: settings.vmr_quality,
            enable_overlay_text: settings.enable_overlay_text,
            guests_can_present: settings.guests_can_present,
            force_presenter_into_main: settings.force_presenter_into_main,
            force_encryption: settings.force_encryption,
            mute_all_guests: settings.mute_all_guests,
            direct_media: settings.direct_media,
            max_participants: settings.max_participants,
            end_meeting_on_end_time: settings.end_meeting_on_end_time,
        }
    }
}

/// The technical side of a meeting: address, PINs, settings and status of its room.
// No Debug: it holds the PINs.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = schedulingInfo)]
pub(crate) struct SchedulingInfoShape {
    uuid: Uuid,
    /// Makes its holder a host; null = everybody is a host.
    #[schema(value_type = Option<i32>)]
    host_pin: Option<u64>,
    /// Lets guests in; null = they need none.
    #[schema(value_type = Option<i32>)]
    guest_pin: Option<u64>,
    /// Minutes the room is open before the meeting.
    #[schema(value_type = i32)]
    vmr_available_before: u32,
    /// The address people dial.
    #[schema(max_length = 100)]
    uri_with_domain: String,
    /// Null when the room is gone.
    #[schema(max_length = 100, required)]
    uri_without_domain: Option<String>,
    #[schema(value_type = words::ProvisionStatus)]
    provision_status: ProvisionStatus,
    #[schema(max_length = 200)]
    provision_status_description: Option<String>,
    /// When the status was set.
    #[schema(value_type = Option<Instant>)]
    provision_timestamp: Option<String>,
    /// The engine's name of the room.
    #[schema(max_length = 50)]
    provision_vmr_id: Option<String>,
    /// The complete join address for guests. It never holds the host PIN.
    portal_link: Option<String>,
    #[schema(max_length = 100)]
    ivr_theme: Option<String>,
    /// The customer's own join page for guests.
    #[schema(max_length = 200)]
    custom_portal_guest: Option<String>,
    /// The customer's own join page for hosts.
    #[schema(max_length = 200)]
    custom_portal_host: Option<String>,
    /// Where participants go when the meeting ends.
    #[schema(max_length = 200)]
    return_url: Option<String>,
    /// Which media the web client negotiates.
    #[schema(max_length = 64)]
    call_type: Option<String>,
    #[serde(flatten)]
    settings: SettingsShape,
    reservation_id: Option<Uuid>,
    created_by: UserShape,
    updated_by: UserShape,
    #[schema(value_type = Instant)]
    created_time: String,
    #[schema(value_type = Option<Instant>)]
    updated_time: Option<String>,
    /// The meeting in this room; a room of the pool has none.
    meeting_details: Option<MeetingShape>,
    short_link: Option<String>,
    /// The same in the older spelling.
    #[serde(rename = "shortlink")]
    short_link_old: Option<String>,
    #[serde(rename = "_links")]
    links: OwnLink,
}
