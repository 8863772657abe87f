//! From the outbox to the bus.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;
use vdx_domain::Clock;
use vdx_store::leases::Lease;
use vdx_store::{Db, Sealer, outbox};

use crate::{Bus, Error};

/// Messages taken at a time.
const BATCH: u32 = 100;
/// How long the relay stands still after the node that did it died.
const LEASE: Duration = Duration::from_secs(30);
/// Longest sleep: another node may have written a message.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);
/// Pause after a failure.
const PAUSE: Duration = Duration::from_secs(2);

/// Brings messages from the outbox to the bus until `shutdown` is done. One
/// node does it at a time, so that messages keep their order.
pub async fn relay(
    db: Db,
    sealer: Sealer,
    bus: Bus,
    clock: Arc<dyn Clock>,
    shutdown: impl Future<Output = ()>,
) {
    let lease = Lease::new("outbox_relay", LEASE);
    tokio::pin!(shutdown);
    loop {
        let pause = match relay_batch(&db, &sealer, &bus, &lease, &*clock).await {
            Ok(taken) if taken == BATCH as usize => Duration::ZERO,
            Ok(_) => LONGEST_SLEEP,
            Err(error) => {
                tracing::warn!(%error, "messages wait for the bus; trying again");
                PAUSE
            }
        };
        let rung = async {
            // After a failure the pause is kept, whatever comes in.
            if pause == PAUSE {
                std::future::pending::<()>().await;
            }
            db.bells().outbox.notified().await;
        };
        tokio::select! {
            () = &mut shutdown => break,
            () = rung => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    if let Err(error) = lease.release(&db).await {
        tracing::debug!(%error, "the lease of the relay runs out by itself");
    }
}

async fn relay_batch(
    db: &Db,
    sealer: &Sealer,
    bus: &Bus,
    lease: &Lease,
    clock: &dyn Clock,
) -> Result<usize, Error> {
    let messages = outbox::oldest(&mut db.reader(), sealer, BATCH).await?;
    if messages.is_empty() || !lease.hold(db, clock.now()).await? {
        return Ok(0);
    }
    let count = messages.len();
    let mut taken: Vec<Uuid> = Vec::with_capacity(count);
    let mut outcome = Ok(count);
    for message in messages {
        let id = message.id.to_string();
        match bus.publish(&id, &message.subject, message.payload).await {
            Ok(()) => taken.push(message.id),
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
    }
    let mut tx = db.begin().await?;
    outbox::remove(&mut tx, &taken).await?;
    tx.commit().await?;
    outcome
}
