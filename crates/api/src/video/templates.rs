//! Templates as the APIs take and give them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vdx_booking::{PinRule, SettingsRequest, Template, TemplateRequest};
use vdx_domain::{DirectMedia, ViewType, VmrQuality, VmrType};

use super::requests::required;
use super::shapes::{OwnLink, SettingsShape, Shaper, UserShape};
use super::time::Instant;
use super::words;
use crate::Failure;

/// A template to make, or what an existing one becomes. What is left out or
/// null has its default.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = schedulingTemplateRequest)]
pub(crate) struct TemplateBody {
    /// Id of the engine or cluster; carried, not interpreted.
    #[schema(required, nullable = false)]
    conferencing_sys_id: Option<i64>,
    /// Put before the number.
    #[schema(required, nullable = false, max_length = 100)]
    uri_prefix: Option<String>,
    /// What stands behind the `@`.
    #[schema(required, nullable = false, max_length = 100)]
    uri_domain: Option<String>,
    #[schema(required, nullable = false)]
    host_pin_required: Option<bool>,
    /// Smallest host PIN.
    host_pin_range_low: Option<i64>,
    /// One more than the largest host PIN.
    host_pin_range_high: Option<i64>,
    #[schema(required, nullable = false)]
    guest_pin_required: Option<bool>,
    /// Smallest guest PIN.
    guest_pin_range_low: Option<i64>,
    /// One more than the largest guest PIN.
    guest_pin_range_high: Option<i64>,
    /// Minutes the room is open before the meeting.
    #[serde(rename = "vMRAvailableBefore")]
    #[schema(value_type = Option<i32>, minimum = 0, default = 0)]
    vmr_available_before: Option<i64>,
    /// 0 = no limit.
    #[schema(value_type = Option<i32>, minimum = 0, default = 0)]
    max_participants: Option<i64>,
    /// Disconnect everybody at the end time.
    #[schema(default = false)]
    end_meeting_on_end_time: Option<bool>,
    /// Smallest room number.
    #[schema(required, nullable = false)]
    uri_number_range_low: Option<i64>,
    /// One more than the largest room number.
    #[schema(required, nullable = false)]
    uri_number_range_high: Option<i64>,
    /// Theme id or path.
    #[schema(max_length = 100)]
    ivr_theme: Option<String>,
    /// The organisation's default from now on; the one before is an ordinary
    /// template then.
    #[schema(default = false)]
    is_default_template: Option<bool>,
    /// The template of the organisation's pool: one at most.
    #[schema(default = false)]
    is_pool_template: Option<bool>,
    /// The customer's own join page for guests.
    #[schema(max_length = 200)]
    custom_portal_guest: Option<String>,
    /// The customer's own join page for hosts.
    #[schema(max_length = 200)]
    custom_portal_host: Option<String>,
    /// Where participants go when the meeting ends.
    #[schema(max_length = 200)]
    return_url: Option<String>,
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
    #[schema(value_type = Option<words::DirectMedia>)]
    direct_media: Option<DirectMedia>,
    /// Which media the web client negotiates.
    #[schema(max_length = 64)]
    call_type: Option<String>,
}

impl TemplateBody {
    pub(crate) fn into_request(self) -> Result<TemplateRequest, Failure> {
        Ok(TemplateRequest {
            conferencing_sys_id: required("conferencingSysId", self.conferencing_sys_id)?,
            uri_prefix: required("uriPrefix", self.uri_prefix)?,
            uri_domain: required("uriDomain", self.uri_domain)?,
            uri_number_range: (
                required("uriNumberRangeLow", self.uri_number_range_low)?,
                required("uriNumberRangeHigh", self.uri_number_range_high)?,
            ),
            host_pin: PinRule {
                required: required("hostPinRequired", self.host_pin_required)?,
                low: self.host_pin_range_low,
                high: self.host_pin_range_high,
            },
            guest_pin: PinRule {
                required: required("guestPinRequired", self.guest_pin_required)?,
                low: self.guest_pin_range_low,
                high: self.guest_pin_range_high,
            },
            vmr_available_before: self.vmr_available_before.unwrap_or(0),
            max_participants: self.max_participants,
            end_meeting_on_end_time: self.end_meeting_on_end_time.unwrap_or(false),
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
            direct_media: self.direct_media,
            ivr_theme: self.ivr_theme,
            is_default: self.is_default_template.unwrap_or(false),
            is_pool: self.is_pool_template.unwrap_or(false),
            custom_portal_guest: self.custom_portal_guest,
            custom_portal_host: self.custom_portal_host,
            return_url: self.return_url,
            call_type: self.call_type,
        })
    }
}

/// Rules and defaults that rooms are made from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = schedulingTemplate)]
pub(crate) struct TemplateShape {
    id: i64,
    /// Code of the organisation it belongs to.
    #[schema(required, nullable = false, max_length = 250)]
    organisation_id: Option<String>,
    conferencing_sys_id: i64,
    #[schema(max_length = 100)]
    uri_prefix: String,
    #[schema(max_length = 100)]
    uri_domain: String,
    host_pin_required: bool,
    host_pin_range_low: Option<i64>,
    host_pin_range_high: Option<i64>,
    guest_pin_required: bool,
    guest_pin_range_low: Option<i64>,
    guest_pin_range_high: Option<i64>,
    /// Minutes the room is open before the meeting.
    #[serde(rename = "vMRAvailableBefore")]
    #[schema(value_type = i32)]
    vmr_available_before: u32,
    uri_number_range_low: i64,
    uri_number_range_high: i64,
    #[schema(max_length = 100, required)]
    ivr_theme: Option<String>,
    is_default_template: bool,
    is_pool_template: bool,
    #[schema(max_length = 200)]
    custom_portal_guest: Option<String>,
    #[schema(max_length = 200)]
    custom_portal_host: Option<String>,
    #[schema(max_length = 200)]
    return_url: Option<String>,
    #[serde(flatten)]
    settings: SettingsShape,
    #[schema(max_length = 64)]
    call_type: Option<String>,
    /// Who made it.
    created_by: UserShape,
    /// Who changed it last.
    updated_by: UserShape,
    #[schema(value_type = Instant)]
    created_time: String,
    #[schema(value_type = Option<Instant>)]
    updated_time: Option<String>,
    #[serde(rename = "_links")]
    links: OwnLink,
}

impl TemplateShape {
    pub(crate) fn of(shaper: &Shaper<'_>, template: Template) -> Self {
        let values = template.values;
        Self {
            id: template.id,
            organisation_id: values.organisation.map(|code| code.0),
            conferencing_sys_id: values.conferencing_sys_id,
            uri_prefix: values.uri_prefix,
            uri_domain: values.uri_domain,
            host_pin_required: values.host_pin.required,
            host_pin_range_low: values.host_pin.low,
            host_pin_range_high: values.host_pin.high,
            guest_pin_required: values.guest_pin.required,
            guest_pin_range_low: values.guest_pin.low,
            guest_pin_range_high: values.guest_pin.high,
            vmr_available_before: values.vmr_available_before,
            uri_number_range_low: values.uri_number_range_low,
            uri_number_range_high: values.uri_number_range_high,
            ivr_theme: values.ivr_theme,
            is_default_template: values.is_default,
            is_pool_template: values.is_pool,
            custom_portal_guest: values.custom_portal_guest,
            custom_portal_host: values.custom_portal_host,
            return_url: values.return_url,
            settings: SettingsShape::of(&values.settings),
            call_type: values.call_type,
            created_by: UserShape::of_optional(template.created_by.as_ref()),
            updated_by: UserShape::of_optional(template.updated_by.as_ref()),
            created_time: shaper.time(template.created_at),
            updated_time: template.updated_at.map(|at| shaper.time(at)),
            links: OwnLink {
                own: shaper.link("scheduling-templates", template.id),
            },
        }
    }
}
