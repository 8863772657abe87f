//! The audit trail for other systems, in the envelope that VDX's audit service
//! receives (`docs/operations.md`).

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use vdx_domain::{AuditOperation, Clock};
use vdx_store::Db;
use vdx_store::audit::{self, Record};
use vdx_store::leases::Lease;

use crate::{Bus, Error};

/// Name of the reader in the audit trail.
const CURSOR: &str = "bus_export";
/// Version of the envelope.
const VERSION: u32 = 1;
/// Records taken at a time.
const BATCH: u32 = 100;
/// How long the export stands still after the node that did it died.
const LEASE: Duration = Duration::from_secs(30);
/// Sleep when there is nothing new.
const SLEEP: Duration = Duration::from_secs(1);

/// Publishes each change that stands in the audit trail on `subject`, until
/// `shutdown` is done. Readings stay in the hub: the envelope knows changes only.
pub async fn export_audit(
    db: Db,
    bus: Bus,
    subject: String,
    clock: Arc<dyn Clock>,
    shutdown: impl Future<Output = ()>,
) {
    let lease = Lease::new("audit_export", LEASE);
    tokio::pin!(shutdown);
    loop {
        let pause = match export_batch(&db, &bus, &subject, &lease, &*clock).await {
            Ok(read) if read == BATCH as usize => Duration::ZERO,
            Ok(_) => SLEEP,
            Err(error) => {
                tracing::warn!(%error, "audit records wait for the bus; trying again");
                SLEEP
            }
        };
        tokio::select! {
            () = &mut shutdown => break,
            () = tokio::time::sleep(pause) => {}
        }
    }
    if let Err(error) = lease.release(&db).await {
        tracing::debug!(%error, "the lease of the export runs out by itself");
    }
}

async fn export_batch(
    db: &Db,
    bus: &Bus,
    subject: &str,
    lease: &Lease,
    clock: &dyn Clock,
) -> Result<usize, Error> {
    let mut reader = db.reader();
    let position = audit::cursor(&mut reader, CURSOR).await?;
    let records = audit::chained_after(&mut reader, position, BATCH).await?;
    if records.is_empty() || !lease.hold(db, clock.now()).await? {
        return Ok(0);
    }
    let mut reached = position;
    let mut outcome = Ok(records.len());
    for record in &records {
        if let Some(envelope) = envelope(record) {
            let id = record.id.to_string();
            let payload = envelope.to_string().into_bytes();
            if let Err(error) = bus.publish(&id, subject, payload).await {
                outcome = Err(error);
                break;
            }
        }
        reached = record.chain_position.unwrap_or(reached);
    }
    if reached > position {
        let mut tx = db.begin().await?;
        audit::set_cursor(&mut tx, CURSOR, reached).await?;
        tx.commit().await?;
    }
    outcome
}

/// The envelope of a change; `None` for a record of anything else.
fn envelope(record: &Record) -> Option<Value> {
    let changes = [
        AuditOperation::Create,
        AuditOperation::Update,
        AuditOperation::Delete,
    ];
    changes
        .iter()
        .find(|operation| operation.as_str() == record.operation)?;
    let details: Value = serde_json::from_str(&record.details).unwrap_or_default();
    // What was deleted is told as it was.
    let data = [&details["after"], &details["before"]]
        .into_iter()
        .find(|data| !data.is_null())
        .cloned();
    Some(json!({
        "version": VERSION,
        "auditEvent": {
            "organisationCode": record.organisation,
            "resource": record.resource,
            "operation": record.operation,
            "auditEventDateTime": record.at.to_string(),
            "source": "video-api",
            "identifier": record.identifier,
            "user": record.actor_email.as_deref().unwrap_or(&record.actor),
            "auditData": data,
        },
    }))
}
