//! What a provisioner is told by events.
//!
//! An event is written to the outbox in the transaction that causes it, so it
//! is told if and only if the change was kept, also when the bus is away. Its
//! members are those of the original, by which provisioners read it.

use jiff::Timestamp;
use serde::Serialize;
use vdx_domain::{
    DirectMedia, OrganisationCode, Pin, Provisioner, SchedulingInfoId, ViewType, VmrQuality,
    VmrType,
};
use vdx_store::scheduling_infos::SchedulingInfo;
use vdx_store::{Tx, outbox};

use crate::{Booking, Error};

/// What happened to a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Happened {
    /// It was booked, or made for a pool.
    Create,
    /// It or its meeting changed, or a meeting took it from a pool.
    Update,
    /// Its meeting was taken back, or its number is free again although it was
    /// never made.
    Delete,
    /// It was removed from a pool.
    PoolDelete,
}

/// An event. Instants are in UTC (RFC 3339); PINs are numbers.
// No Debug: it holds PINs and a person's e-mail.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoomEvent<'a> {
    message_type: Happened,
    /// Stays when the room gets another `uuid`.
    scheduling_info_identifier: Option<i64>,
    uuid: SchedulingInfoId,
    host_pin: Option<u64>,
    guest_pin: Option<u64>,
    #[serde(rename = "VMRAvailableBefore")]
    vmr_available_before: u32,
    #[serde(rename = "vMRStartTime")]
    vmr_start_time: Option<Timestamp>,
    ivr_theme: Option<&'a str>,
    /// The engine's id of a theme that the hub keeps; it keeps none.
    ivr_theme_provision_id: Option<&'a str>,
    uri_without_domain: Option<&'a str>,
    uri_domain: Option<&'a str>,
    uri_with_domain: &'a str,
    organisation_code: &'a OrganisationCode,
    portal_link: Option<&'a str>,
    max_participants: u32,
    vmr_type: VmrType,
    host_view: ViewType,
    guest_view: ViewType,
    vmr_quality: VmrQuality,
    enable_overlay_text: bool,
    guests_can_present: bool,
    force_presenter_into_main: bool,
    force_encryption: bool,
    mute_all_guests: bool,
    /// The e-mail of whoever booked the room.
    meeting_user: &'a str,
    created_time: Timestamp,
    meeting_end_time: Option<Timestamp>,
    custom_portal_guest: Option<&'a str>,
    custom_portal_host: Option<&'a str>,
    return_url: Option<&'a str>,
    end_meeting_on_end_time: bool,
    direct_media: DirectMedia,
    #[serde(rename = "provisionVMRId")]
    provision_vmr_id: Option<&'a str>,
    call_type: Option<&'a str>,
}

impl<'a> RoomEvent<'a> {
    fn new(happened: Happened, room: &'a SchedulingInfo, ends_at: Option<Timestamp>) -> Self {
        let settings = &room.settings;
        Self {
            message_type: happened,
            scheduling_info_identifier: room.event_identifier,
            uuid: room.id,
            host_pin: number(room.host_pin.as_ref()),
            guest_pin: number(room.guest_pin.as_ref()),
            vmr_available_before: room.vmr_available_before,
            vmr_start_time: room.vmr_starts_at,
            ivr_theme: room.ivr_theme.as_deref(),
            ivr_theme_provision_id: None,
            uri_without_domain: room.uri_without_domain.as_deref(),
            uri_domain: room.uri_domain.as_deref(),
            uri_with_domain: room.address.as_str(),
            organisation_code: &room.organisation,
            portal_link: room.portal_link.as_deref(),
            max_participants: settings.max_participants,
            vmr_type: settings.vmr_type,
            host_view: settings.host_view,
            guest_view: settings.guest_view,
            vmr_quality: settings.vmr_quality,
            enable_overlay_text: settings.enable_overlay_text,
            guests_can_present: settings.guests_can_present,
            force_presenter_into_main: settings.force_presenter_into_main,
            force_encryption: settings.force_encryption,
            mute_all_guests: settings.mute_all_guests,
            meeting_user: &room.created_by.email,
            created_time: room.created_at,
            meeting_end_time: ends_at,
            custom_portal_guest: room.custom_portal_guest.as_deref(),
            custom_portal_host: room.custom_portal_host.as_deref(),
            return_url: room.return_url.as_deref(),
            end_meeting_on_end_time: settings.end_meeting_on_end_time,
            direct_media: settings.direct_media,
            provision_vmr_id: room.provision.vmr_id.as_deref(),
            call_type: room.call_type.as_deref(),
        }
    }
}

/// PINs of booked rooms are whole numbers without a leading zero.
fn number(pin: Option<&Pin>) -> Option<u64> {
    pin.and_then(|pin| pin.reveal().parse().ok())
}

impl Booking {
    /// Tells the room's provisioner, where it is one that is told. `ends_at` is
    /// the end of the meeting in the room.
    pub(crate) async fn tell(
        &self,
        tx: &mut Tx,
        happened: Happened,
        room: &SchedulingInfo,
        ends_at: Option<Timestamp>,
    ) -> Result<(), Error> {
        if room.provisioner != Provisioner::Events {
            return Ok(());
        }
        let event = RoomEvent::new(happened, room, ends_at);
        let subject = &self.settings().provisioners.subject;
        outbox::put(tx, self.sealer(), subject, &event, self.now()).await?;
        Ok(())
    }
}
