//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Version and commit.
pub(crate) const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("VDX_COMMIT"), ")");

/// An open video hub for a health service.
#[derive(Debug, Parser)]
#[command(name = "vdx", version = VERSION)]
pub(crate) struct Cli {
    /// The settings (TOML); default: vdx.toml where it exists.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the hub until SIGTERM or Ctrl-C.
    Serve(ServeOptions),
    /// Checks the settings and what they point to, one line each.
    Check,
    /// Prints an OpenAPI document: video-v2, client-v2, hub-v1, oauth.
    Openapi {
        /// Which.
        name: String,
    },
    /// Makes a self-signed certificate for a trial on the local network.
    Certificate {
        /// Where certificate.pem and key.pem are written.
        folder: PathBuf,
        /// Further names and addresses it is for, besides this machine's own.
        #[arg(long = "name", value_name = "NAME")]
        names: Vec<String>,
    },
    /// Copies the hub's data while it runs.
    #[command(hide = true)]
    Backup {
        /// The copy.
        file: PathBuf,
    },
    /// Puts a copy into an empty database.
    #[command(hide = true)]
    Restore {
        /// The copy.
        file: PathBuf,
    },
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ServeOptions {
    /// On an empty database, makes demo organisations, users and API clients,
    /// and writes their secrets to DATA/demo.json.
    #[arg(long)]
    pub(crate) demo: bool,
    /// How many seconds requests and meetings in progress get to finish after SIGTERM.
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub(crate) drain: u64,
}
