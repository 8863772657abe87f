//! What of organisations goes into the audit trail: every change, without keys.

use jiff::Timestamp;
use serde_json::{Value, json};
use vdx_domain::{AuditOperation, AuditResource};
use vdx_store::Tx;
use vdx_store::audit::{self, NewRecord, change};
use vdx_store::organisations::Organisation;

use super::Manager;

/// Records that an organisation was made.
pub(super) fn created(tx: &mut Tx, manager: &Manager, made: &Organisation, now: Timestamp) {
    let details = change(None, Some(&snapshot(made)));
    record(tx, manager, made, AuditOperation::Create, details, now);
}

/// Records that an organisation was changed.
pub(super) fn changed(
    tx: &mut Tx,
    manager: &Manager,
    before: &Organisation,
    after: &Organisation,
    now: Timestamp,
) {
    let details = change(Some(&snapshot(before)), Some(&snapshot(after)));
    record(tx, manager, after, AuditOperation::Update, details, now);
}

fn record(
    tx: &mut Tx,
    manager: &Manager,
    of: &Organisation,
    operation: AuditOperation,
    details: Value,
    now: Timestamp,
) {
    let record = NewRecord {
        at: now,
        organisation: of.code.clone(),
        agent: manager.agent.clone(),
        resource: AuditResource::Organisation,
        operation,
        identifier: of.code.0.clone(),
        details,
    };
    audit::append(tx, record);
}

fn snapshot(organisation: &Organisation) -> Value {
    json!({
        "code": organisation.code,
        "name": organisation.name,
        "groupId": organisation.group_id,
        "kind": organisation.kind.as_str(),
        "poolSize": organisation.pool_size,
        "smsSenderName": organisation.sms_sender_name,
        "smsCallbackUrl": organisation.sms_callback_url,
        "allowCustomUriWithoutDomain": organisation.allow_custom_uri_without_domain,
        "hasHistoryApiKey": organisation.has_history_api_key,
        "deviceWebhookEndpoint": organisation.device_webhook_endpoint,
        "hasDeviceWebhookEndpointKey": organisation.has_device_webhook_endpoint_key,
    })
}
