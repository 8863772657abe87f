//! `vdx audit verify`.

use std::path::Path;

use anyhow::Context as _;
use vdx_domain::{Clock as _, SystemClock};
use vdx_store::Db;
use vdx_store::audit::{Chain, Flaw};

use crate::failure::Failure;
use crate::start;

/// Walks the chain of the audit trail; the hub may be running.
pub(crate) fn verify(file: Option<&Path>) -> Result<(), Failure> {
    let config = start::settings(file)?;
    start::install_crypto()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)?;
    runtime.block_on(async {
        let db = Db::connect(&start::database_url(&config)?)
            .await
            .context("the database")?;
        let chain = Chain::existing(db.clone(), &start::sealer(&config)?)
            .await
            .context("the key of the chain")?
            .ok_or(Flaw::NoKey)
            .context("the audit trail")?;
        let verified = chain.verify(SystemClock.now()).await;
        db.close().await;
        let verified = verified.context("the audit trail does not hold")?;
        println!("{} records, nothing changed", verified.records);
        println!("last hash {}", verified.head);
        if verified.unchained > 0 {
            println!("{} new records wait for their place", verified.unchained);
        }
        anyhow::Ok(())
    })?;
    Ok(())
}
