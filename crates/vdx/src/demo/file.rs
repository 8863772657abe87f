//! `DATA/demo.json`.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use vdx_domain::ApiRole;

/// The file's name in the data folder.
pub(crate) const NAME: &str = "demo.json";

/// What outside scripts need to use the demo.
#[derive(Serialize, Deserialize)]
pub(super) struct Demo {
    pub(super) public_url: String,
    pub(super) clients: Vec<Client>,
    pub(super) users: Vec<User>,
    pub(super) rooms: Vec<Room>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Client {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) organisation: String,
    pub(super) email: String,
    pub(super) roles: Vec<ApiRole>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct User {
    pub(super) username: String,
    pub(super) password: String,
    pub(super) organisation: String,
    pub(super) email: String,
    pub(super) roles: Vec<ApiRole>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Room {
    pub(super) alias: String,
    pub(super) host_pin: String,
    pub(super) guest_pin: String,
}

/// The file and the draft that becomes it.
pub(super) struct Files {
    path: PathBuf,
    draft: PathBuf,
}

impl Files {
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self {
            path: folder.join(NAME),
            draft: folder.join("demo.json.new"),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the draft, readable for its owner alone.
    pub(super) fn draft(&self, demo: &Demo) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(demo)?;
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&self.draft)
            .with_context(|| self.draft.display().to_string())?;
        writeln!(file, "{text}")?;
        file.sync_all()?;
        Ok(())
    }

    /// Makes the draft the file.
    pub(super) fn publish(&self) -> anyhow::Result<()> {
        fs::rename(&self.draft, &self.path).with_context(|| self.path.display().to_string())
    }

    /// The file of an earlier start, with the address of this one. `false`
    /// when there is none.
    pub(super) fn take_up(&self, public_url: &str) -> anyhow::Result<bool> {
        if !self.path.exists() {
            // The program ended between the commit and the renaming.
            if !self.draft.exists() {
                return Ok(false);
            }
            self.publish()?;
        }
        let text = fs::read(&self.path).with_context(|| self.path.display().to_string())?;
        let mut demo: Demo =
            serde_json::from_slice(&text).with_context(|| self.path.display().to_string())?;
        if demo.public_url != public_url {
            public_url.clone_into(&mut demo.public_url);
            self.draft(&demo)?;
            self.publish()?;
        }
        Ok(true)
    }
}
