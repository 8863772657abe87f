//! What runs beside the answering of requests, until the hub stops.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::watch;
use tokio::task::JoinSet;
use vdx_domain::{Clock, SystemClock, SystemRandomness};
use vdx_store::audit::Chain;

use crate::config::Config;
use crate::machine;
use crate::serve::ended;
use crate::start::Running;

/// The jobs of a running hub.
pub(crate) struct Jobs(JoinSet<()>);

/// Starts them; each ends when `stopped` is.
pub(crate) async fn start(
    config: &Config,
    running: &Running,
    stopped: &watch::Receiver<()>,
) -> anyhow::Result<Jobs> {
    let mut jobs = Jobs(JoinSet::new());
    let (db, sealer) = (running.storage.db.clone(), running.storage.sealer.clone());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);

    let booking = running.hub.booking.clone();
    let until = ended(stopped.clone());
    jobs.add(async move { booking.run_provisioner(until).await });

    let booking = running.hub.booking.clone();
    let until = ended(stopped.clone());
    jobs.add(async move { booking.run_upkeep(until).await });

    if config.pool.fill_interval_seconds > 0 {
        let booking = running.hub.booking.clone();
        let every = Duration::from_secs(config.pool.fill_interval_seconds.into());
        let until = ended(stopped.clone());
        jobs.add(async move { booking.run_pool_filler(every, until).await });
    }

    let accounts = running.hub.accounts.clone();
    let until = ended(stopped.clone());
    jobs.add(async move { accounts.run_upkeep(until).await });

    let (conferences, metrics) = (running.hub.conferences.clone(), running.hub.metrics.clone());
    let engine = running.engine.clone();
    let until = ended(stopped.clone());
    jobs.add(machine::measure(conferences, engine, metrics, until));

    let sms = running.hub.sms.clone();
    let until = ended(stopped.clone());
    jobs.add(async move { sms.run(until).await });

    let chain = Chain::open(db.clone(), &sealer, &SystemRandomness, &*clock)
        .await
        .context("the audit trail")?;
    let until = ended(stopped.clone());
    jobs.add(async move { chain.run(until).await });

    if let Some(bus) = running.bus.clone() {
        jobs.add(vdx_bus::relay(
            db.clone(),
            sealer,
            bus.clone(),
            Arc::clone(&clock),
            ended(stopped.clone()),
        ));
        let subject = config.audit.subject.clone();
        if !subject.is_empty() {
            let until = ended(stopped.clone());
            jobs.add(vdx_bus::export_audit(db, bus, subject, clock, until));
        }
    }
    Ok(jobs)
}

impl Jobs {
    fn add(&mut self, job: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(job);
    }

    /// Done when all have ended.
    pub(crate) async fn ended(mut self) {
        while let Some(job) = self.0.join_next().await {
            if let Err(error) = job {
                tracing::error!(%error, "a job ended badly");
            }
        }
    }
}
