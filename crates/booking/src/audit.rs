//! What of bookings goes into the audit trail: what was changed with its state
//! before and after, what was read, and by whom. Never a PIN, and never a
//! portal link, which holds one.

use std::sync::LazyLock;

use serde_json::{Value, json};
use vdx_domain::{AuditOperation, AuditResource, OrganisationCode};
use vdx_store::Tx;
use vdx_store::audit::{self, NewRecord, change};
use vdx_store::fixed_rooms::FixedRoom;
use vdx_store::meeting_users::MeetingUser;
use vdx_store::meetings::Meeting;
use vdx_store::scheduling_infos::SchedulingInfo;
use vdx_store::templates::{PinRule, Template};

use crate::{Actor, Booking, Error};

/// Most ids of what a search found that its record names; it always has their number.
const MAX_IDS: usize = 1000;

/// Something the trail knows the states of.
pub(crate) trait Audited {
    /// What it is.
    const RESOURCE: AuditResource;
    /// Which one.
    fn identifier(&self) -> String;
    /// Whose.
    fn organisation(&self) -> &OrganisationCode;
    /// Its state, without secrets.
    fn snapshot(&self) -> Value;
}

impl Audited for Meeting {
    const RESOURCE: AuditResource = AuditResource::Meeting;

    fn identifier(&self) -> String {
        self.id.to_string()
    }

    fn organisation(&self) -> &OrganisationCode {
        &self.organisation
    }

    fn snapshot(&self) -> Value {
        let information: Vec<Value> = self
            .information
            .iter()
            .map(|entry| json!({ "key": entry.key, "value": entry.value }))
            .collect();
        json!({
            "uuid": self.id,
            "subject": self.subject,
            "description": self.description,
            "startTime": self.starts_at,
            "endTime": self.ends_at,
            "projectCode": self.project_code,
            "shortId": self.short_id,
            "externalId": self.external_id,
            "labels": self.labels,
            "additionalInformation": information,
            "guestMicrophone": self.guest_microphone.as_str(),
            "guestPinRequired": self.guest_pin_required,
            "organisation": self.organisation,
            "createdBy": person(&self.created_by),
            "createdTime": self.created_at,
            "organizedBy": person(&self.organized_by),
            "updatedBy": self.updated_by.as_ref().map(person),
            "updatedTime": self.updated_at,
        })
    }
}

impl Audited for SchedulingInfo {
    const RESOURCE: AuditResource = AuditResource::SchedulingInfo;

    fn identifier(&self) -> String {
        self.id.to_string()
    }

    fn organisation(&self) -> &OrganisationCode {
        &self.organisation
    }

    fn snapshot(&self) -> Value {
        json!({
            "uuid": self.id,
            "meeting": self.meeting,
            "hasHostPin": self.host_pin.is_some(),
            "hasGuestPin": self.guest_pin.is_some(),
            "vmrAvailableBefore": self.vmr_available_before,
            "vmrStartTime": self.vmr_starts_at,
            "uriWithDomain": self.address.to_string(),
            "uriWithoutDomain": self.uri_without_domain,
            "settings": self.settings,
            "ivrTheme": self.ivr_theme,
            "customPortalGuest": self.custom_portal_guest,
            "customPortalHost": self.custom_portal_host,
            "returnUrl": self.return_url,
            "callType": self.call_type,
            "provisionStatus": self.provision.status.as_str(),
            "provisionStatusDescription": self.provision.description,
            "provisionTimestamp": self.provision.at,
            "provisionVmrId": self.provision.vmr_id,
            "provisioner": self.provisioner.as_str(),
            "pool": self.pool,
            "poolOverflow": self.pool_overflow,
            "reservationId": self.reservation_id,
            "reservedUntil": self.reserved_until,
            "organisation": self.organisation,
            "createdBy": person(&self.created_by),
            "createdTime": self.created_at,
            "updatedBy": self.updated_by.as_ref().map(person),
            "updatedTime": self.updated_at,
        })
    }
}

impl Audited for FixedRoom {
    const RESOURCE: AuditResource = AuditResource::FixedRoom;

    fn identifier(&self) -> String {
        self.id.to_string()
    }

    fn organisation(&self) -> &OrganisationCode {
        &self.organisation
    }

    fn snapshot(&self) -> Value {
        let aliases = self.aliases.iter().map(|alias| alias.address.to_string());
        json!({
            "uuid": self.id,
            "name": self.name,
            "hasHostPin": self.host_pin.is_some(),
            "hasGuestPin": self.guest_pin.is_some(),
            "allowGuests": self.allow_guests,
            "settings": self.settings,
            "aliases": aliases.collect::<Vec<_>>(),
            "organisation": self.organisation,
        })
    }
}

/// Whose the shared template is.
static NOBODY: LazyLock<OrganisationCode> = LazyLock::new(|| OrganisationCode(String::new()));

impl Audited for Template {
    const RESOURCE: AuditResource = AuditResource::SchedulingTemplate;

    fn identifier(&self) -> String {
        self.id.to_string()
    }

    fn organisation(&self) -> &OrganisationCode {
        self.values.organisation.as_ref().unwrap_or(&NOBODY)
    }

    fn snapshot(&self) -> Value {
        let values = &self.values;
        json!({
            "id": self.id,
            "conferencingSysId": values.conferencing_sys_id,
            "uriPrefix": values.uri_prefix,
            "uriDomain": values.uri_domain,
            "uriNumberRange": [values.uri_number_range_low, values.uri_number_range_high],
            "hostPin": pin_rule(values.host_pin),
            "guestPin": pin_rule(values.guest_pin),
            "vmrAvailableBefore": values.vmr_available_before,
            "settings": values.settings,
            "ivrTheme": values.ivr_theme,
            "isDefaultTemplate": values.is_default,
            "isPoolTemplate": values.is_pool,
            "customPortalGuest": values.custom_portal_guest,
            "customPortalHost": values.custom_portal_host,
            "returnUrl": values.return_url,
            "callType": values.call_type,
            "organisation": values.organisation,
            "createdBy": self.created_by.as_ref().map(person),
            "createdTime": self.created_at,
            "updatedBy": self.updated_by.as_ref().map(person),
            "updatedTime": self.updated_at,
        })
    }
}

fn pin_rule(rule: PinRule) -> Value {
    json!({ "required": rule.required, "range": [rule.low, rule.high] })
}

fn person(user: &MeetingUser) -> Value {
    json!({ "organisation": user.organisation, "email": user.email })
}

impl Booking {
    /// Records that something was made.
    pub(crate) fn record_created<T: Audited>(&self, tx: &mut Tx, actor: &Actor, made: &T) {
        let details = change(None, Some(&made.snapshot()));
        self.record(tx, actor, made, AuditOperation::Create, details);
    }

    /// Records that something was changed.
    pub(crate) fn record_updated<T: Audited>(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        before: &T,
        after: &T,
    ) {
        let details = change(Some(&before.snapshot()), Some(&after.snapshot()));
        self.record(tx, actor, after, AuditOperation::Update, details);
    }

    /// Records that something was removed.
    pub(crate) fn record_deleted<T: Audited>(&self, tx: &mut Tx, actor: &Actor, removed: &T) {
        let details = change(Some(&removed.snapshot()), None);
        self.record(tx, actor, removed, AuditOperation::Delete, details);
    }

    fn record<T: Audited>(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        of: &T,
        operation: AuditOperation,
        details: Value,
    ) {
        let record = NewRecord {
            at: self.now(),
            organisation: of.organisation().clone(),
            agent: actor.agent.clone(),
            resource: T::RESOURCE,
            operation,
            identifier: of.identifier(),
            details,
        };
        audit::append(tx, record);
    }

    /// Records that one thing was read. Returns when the record is kept.
    pub(crate) async fn record_read<T: Audited>(
        &self,
        actor: &Actor,
        read: &T,
    ) -> Result<(), Error> {
        let record = NewRecord {
            at: self.now(),
            organisation: read.organisation().clone(),
            agent: actor.agent.clone(),
            resource: T::RESOURCE,
            operation: AuditOperation::Read,
            identifier: read.identifier(),
            details: json!({}),
        };
        Ok(self.reads().append(record).await?)
    }

    /// Records that a list was read: what was asked for, and the ids of what
    /// was found. Returns when the record is kept.
    pub(crate) async fn record_search<T: Audited>(
        &self,
        actor: &Actor,
        asked: Value,
        found: &[T],
    ) -> Result<(), Error> {
        let ids: Vec<String> = found.iter().take(MAX_IDS).map(T::identifier).collect();
        let organisation = actor.organisation.clone();
        let record = NewRecord {
            at: self.now(),
            // A machine without an organisation reads on behalf of the hub.
            organisation: organisation.unwrap_or(OrganisationCode(String::new())),
            agent: actor.agent.clone(),
            resource: T::RESOURCE,
            operation: AuditOperation::Read,
            identifier: "search".to_owned(),
            details: json!({ "asked": asked, "count": found.len(), "found": ids }),
        };
        Ok(self.reads().append(record).await?)
    }
}
