//! What a template may say, and the limits of its values.

use vdx_domain::{DirectMedia, OrganisationCode, RoomSettings};
use vdx_store::templates::{PinRule, TemplateValues};

use crate::Error;
use crate::checks::{invalid, participants, text};
use crate::request::SettingsRequest;

/// A template as the caller says it.
///
/// Ranges are taken as they are: whether a number or a PIN can be drawn from
/// them shows when a room is made.
#[derive(Debug, Clone)]
pub struct TemplateRequest {
    /// Id of the engine or cluster; carried, not interpreted.
    pub conferencing_sys_id: i64,
    /// Put before the number, up to 100 characters.
    pub uri_prefix: String,
    /// What stands behind the `@`, up to 100 characters.
    pub uri_domain: String,
    /// Smallest room number, and one more than the largest.
    pub uri_number_range: (i64, i64),
    /// How host PINs are made.
    pub host_pin: PinRule,
    /// How guest PINs are made.
    pub guest_pin: PinRule,
    /// Rooms open this many minutes before the meeting; 0 to 2147483647.
    pub vmr_available_before: i64,
    /// 0 = no limit.
    pub max_participants: Option<i64>,
    /// Disconnect everybody at the end time.
    pub end_meeting_on_end_time: bool,
    /// What is left open here is as in [`RoomSettings::default`].
    pub settings: SettingsRequest,
    /// Direct media between two browsers; `None` = never.
    pub direct_media: Option<DirectMedia>,
    /// Theme id or path, up to 100 characters.
    pub ivr_theme: Option<String>,
    /// The organisation's default from now on.
    pub is_default: bool,
    /// The template of the organisation's pool.
    pub is_pool: bool,
    /// The customer's own page for guests, up to 200 characters.
    pub custom_portal_guest: Option<String>,
    /// The customer's own page for hosts, up to 200 characters.
    pub custom_portal_host: Option<String>,
    /// Where participants go when the meeting ends, up to 200 characters.
    pub return_url: Option<String>,
    /// Which media the web client negotiates, up to 64 characters.
    pub call_type: Option<String>,
}

impl TemplateRequest {
    /// The values of a template of `organisation`; the first value outside its
    /// limits is named.
    pub(super) fn into_values(
        self,
        organisation: OrganisationCode,
    ) -> Result<TemplateValues, Error> {
        self.check_texts()?;
        let before = invalid("vMRAvailableBefore", "must be from 0 to 2147483647");
        let vmr_available_before = i32::try_from(self.vmr_available_before)
            .ok()
            .and_then(|minutes| u32::try_from(minutes).ok())
            .ok_or(before)?;
        let settings = RoomSettings {
            direct_media: self.direct_media.unwrap_or(DirectMedia::Never),
            max_participants: participants(self.max_participants)?.unwrap_or(0),
            end_meeting_on_end_time: self.end_meeting_on_end_time,
            ..self.settings.over(&RoomSettings::default())
        };
        Ok(TemplateValues {
            organisation: Some(organisation),
            conferencing_sys_id: self.conferencing_sys_id,
            uri_prefix: self.uri_prefix,
            uri_domain: self.uri_domain,
            uri_number_range_low: self.uri_number_range.0,
            uri_number_range_high: self.uri_number_range.1,
            host_pin: self.host_pin,
            guest_pin: self.guest_pin,
            vmr_available_before,
            settings,
            ivr_theme: self.ivr_theme,
            is_default: self.is_default,
            is_pool: self.is_pool,
            custom_portal_guest: self.custom_portal_guest,
            custom_portal_host: self.custom_portal_host,
            return_url: self.return_url,
            call_type: self.call_type,
        })
    }

    fn check_texts(&self) -> Result<(), Error> {
        let hundred = "must have at most 100 characters";
        let two_hundred = "must have at most 200 characters";
        let (guest, host) = (&self.custom_portal_guest, &self.custom_portal_host);
        text("uriPrefix", Some(&self.uri_prefix), 100, hundred)?;
        text("uriDomain", Some(&self.uri_domain), 100, hundred)?;
        text("ivrTheme", self.ivr_theme.as_deref(), 100, hundred)?;
        text("customPortalGuest", guest.as_deref(), 200, two_hundred)?;
        text("customPortalHost", host.as_deref(), 200, two_hundred)?;
        text("returnUrl", self.return_url.as_deref(), 200, two_hundred)?;
        let sixty_four = "must have at most 64 characters";
        text("callType", self.call_type.as_deref(), 64, sixty_four)
    }
}
