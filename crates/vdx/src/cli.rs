//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use uuid::Uuid;
use vdx_domain::{ApiRole, ClientId};

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
    /// Prints an OpenAPI document: video-v2, organisation-v2, sms-v1, client-v2, hub-v1, oauth.
    /// An unknown name lists them all.
    Openapi {
        /// Which.
        name: String,
    },
    /// The audit trail.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Makes a self-signed certificate for a trial on the local network.
    Certificate {
        /// Where certificate.pem and key.pem are written.
        folder: PathBuf,
        /// Further names and addresses it is for, besides this machine's own.
        #[arg(long = "name", value_name = "NAME")]
        names: Vec<String>,
    },
    /// Systems that call the APIs.
    #[command(subcommand)]
    Client(ClientCommand),
    /// People who sign in with a password of this hub.
    #[command(subcommand)]
    User(UserCommand),
    /// The keys that sign tokens.
    #[command(subcommand)]
    Keys(KeysCommand),
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

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Proves that no record was changed, removed or put in between; exit 1 when one was.
    Verify,
}

/// What can be done with clients. The hub may be running.
#[derive(Debug, Subcommand)]
pub(crate) enum ClientCommand {
    /// Makes a client with a secret, and prints both.
    Add(NewClient),
    /// Makes an app in a browser, to which people sign in, and prints its id.
    AddApp(NewApp),
    /// Lists all clients.
    List,
    /// Shows a client and when its secrets were used.
    Show {
        /// The client's id.
        id: ClientId,
    },
    /// Gives a client a second secret and prints it. Both are good.
    AddSecret {
        /// The client's id.
        id: ClientId,
        /// How many days it is good for; without end when not given.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: Option<u32>,
    },
    /// Removes a secret; it is refused from now on.
    RemoveSecret {
        /// The client's id.
        id: ClientId,
        /// The secret's id, as `vdx client show` tells it.
        secret: Uuid,
    },
    /// Takes the public keys with which a client signs (private_key_jwt).
    Keys {
        /// The client's id.
        id: ClientId,
        /// A JWK set, a JWK, or a public key in PEM.
        file: PathBuf,
    },
    /// Shuts a client out: it gets no tokens, and those it has are refused.
    Disable {
        /// The client's id.
        id: ClientId,
    },
    /// Lets a client in again.
    Enable {
        /// The client's id.
        id: ClientId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct NewClient {
    /// What people call it.
    #[arg(long)]
    pub(crate) name: String,
    /// The code of the organisation it acts for.
    #[arg(long, requires = "email")]
    pub(crate) organisation: Option<String>,
    /// The e-mail it acts under.
    #[arg(long, requires = "organisation")]
    pub(crate) email: Option<String>,
    /// What it may do: meeting-user, meeting-planner, meeting-admin,
    /// meeting-provisioner or meeting-provisioner-user. Can be given several times.
    #[arg(long = "role", required = true, value_name = "ROLE")]
    pub(crate) roles: Vec<ApiRole>,
    /// No secret: the client will sign (`vdx client keys`).
    #[arg(long)]
    pub(crate) no_secret: bool,
}

#[derive(Debug, Args)]
pub(crate) struct NewApp {
    /// What people call it; they see it when they sign in.
    #[arg(long)]
    pub(crate) name: String,
    /// What it may be used for, at most what the person may do. Can be given several times.
    #[arg(long = "role", required = true, value_name = "ROLE")]
    pub(crate) roles: Vec<ApiRole>,
    /// Where people are sent back to after signing in, letter by letter. Can be
    /// given several times, as the next two.
    #[arg(long = "redirect-uri", required = true, value_name = "URI")]
    pub(crate) redirect_uris: Vec<String>,
    /// Where they may be sent after signing out.
    #[arg(long = "logout-uri", value_name = "URI")]
    pub(crate) logout_uris: Vec<String>,
    /// From where its pages call the hub, where that is another site:
    /// https://app.example
    #[arg(long = "origin", value_name = "ORIGIN")]
    pub(crate) origins: Vec<String>,
}

/// What can be done with users. The hub may be running.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Makes a user, and prints the password.
    Add(NewUser),
    /// Lists all users.
    List,
    /// Makes a new password, prints it, and signs the user out everywhere.
    Password {
        /// The user name.
        name: String,
    },
    /// Shuts a user out and signs them out everywhere.
    Disable {
        /// The user name.
        name: String,
    },
    /// Lets a user in again.
    Enable {
        /// The user name.
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct NewUser {
    /// What they sign in with.
    #[arg(long)]
    pub(crate) name: String,
    /// The code of their organisation.
    #[arg(long)]
    pub(crate) organisation: String,
    /// Their e-mail.
    #[arg(long)]
    pub(crate) email: String,
    /// What they may do: a role of the API, management-admin or operator. Can be
    /// given several times.
    #[arg(long = "role", required = true, value_name = "ROLE")]
    pub(crate) roles: Vec<ApiRole>,
}

/// What can be done with signing keys. The hub may be running.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Publishes a new key now; it signs from tomorrow on. The hub does so by
    /// itself every `auth.key_rotation_days`.
    Rotate {
        /// For when a key became known: all keys are replaced at once, and
        /// every token issued so far is refused within a minute.
        #[arg(long)]
        at_once: bool,
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
