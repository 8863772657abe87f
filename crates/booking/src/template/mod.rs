//! Templates: which one a room is made from, and their administration.

mod manage;
mod request;

use vdx_domain::RoomSettings;
use vdx_store::Tx;
use vdx_store::organisation_tree::BookingOrganisation;
use vdx_store::templates::{self, PinRule, Template, TemplateValues};

use crate::settings::DefaultTemplate;
use crate::{Actor, Booking, Error};

pub use request::TemplateRequest;

impl Booking {
    /// The first that is there: the one asked for, if it is the organisation's
    /// own; the default of the organisation, or of its nearest ancestor that has
    /// one; the shared default, which is made when it is missing.
    pub(crate) async fn select_template(
        &self,
        tx: &mut Tx,
        lineage: &[BookingOrganisation],
        asked_for: Option<i64>,
    ) -> Result<Template, Error> {
        if let (Some(id), Some(own)) = (asked_for, lineage.first())
            && let Some(template) = templates::find(tx, &own.code, id).await?
        {
            return Ok(template);
        }
        if let Some(id) = lineage.iter().find_map(|o| o.default_template)
            && let Some(template) = templates::find_any(tx, id).await?
        {
            return Ok(template);
        }
        if let Some(template) = templates::find_default(tx, None).await? {
            return Ok(template);
        }
        // Two bookings may both find it missing: the second waits here and then
        // finds what the first made.
        templates::lock(tx).await?;
        if let Some(template) = templates::find_default(tx, None).await? {
            return Ok(template);
        }
        self.make_shared_default(tx).await
    }

    /// Nobody asked for it by name, so it is the hub that made it.
    async fn make_shared_default(&self, tx: &mut Tx) -> Result<Template, Error> {
        let (values, now) = (values_of(&self.settings().default_template), self.now());
        let made = Template {
            id: templates::insert(tx, &values, None, now).await?,
            values,
            created_by: None,
            updated_by: None,
            created_at: now,
            updated_at: None,
        };
        self.record_created(tx, &Actor::hub("template"), &made);
        Ok(made)
    }
}

fn values_of(default: &DefaultTemplate) -> TemplateValues {
    let pin_rule = |range: Option<(i64, i64)>| PinRule {
        required: range.is_some(),
        low: range.map(|(low, _)| low),
        high: range.map(|(_, high)| high),
    };
    TemplateValues {
        organisation: None,
        conferencing_sys_id: default.conferencing_sys_id,
        uri_prefix: default.uri_prefix.clone(),
        uri_domain: default.uri_domain.clone(),
        uri_number_range_low: default.uri_number_range.0,
        uri_number_range_high: default.uri_number_range.1,
        host_pin: pin_rule(default.host_pin_range),
        guest_pin: pin_rule(default.guest_pin_range),
        vmr_available_before: default.vmr_available_before,
        settings: RoomSettings {
            max_participants: default.max_participants,
            end_meeting_on_end_time: default.end_meeting_on_end_time,
            ..RoomSettings::default()
        },
        ivr_theme: default.ivr_theme.clone(),
        is_default: true,
        is_pool: false,
        custom_portal_guest: None,
        custom_portal_host: None,
        return_url: None,
        call_type: None,
    }
}
