//! The demo: fictional organisations, users named by their roles, API clients
//! and a fixed room, with new secrets in each installation.

mod file;
mod people;

use anyhow::{Context as _, bail};
use vdx_domain::{Clock as _, SystemClock};
use vdx_store::organisations;

use crate::config::Config;
use crate::start::Storage;

pub(crate) use file::NAME as FILE;

/// Fills an empty database and writes `DATA/demo.json`; keeps what is there.
pub(crate) async fn prepare(config: &Config, storage: &Storage) -> anyhow::Result<()> {
    let files = file::Files::in_folder(&config.data_dir);
    let url = &config.server.public_url;
    if organisations::any(&mut storage.db.reader()).await? {
        if !files.take_up(url)? {
            bail!(
                "--demo: the database is not empty and {} is not there; \
                 serve without --demo, or begin with an empty data folder",
                files.path().display()
            );
        }
        return Ok(());
    }
    let mut tx = storage.db.begin().await?;
    let demo = people::make(&mut tx, &storage.sealer, url, SystemClock.now())
        .await
        .context("the demo")?;
    // The secrets are in the file before their hashes are in the database, and
    // the file has its name only after: neither is ever there alone.
    files.draft(&demo)?;
    tx.commit().await?;
    files.publish()
}
