//! Who may call and sign in: making clients, apps and users, and changing them.
//! Each change goes into the audit trail in the same transaction.

mod apps;
mod clients;
mod users;

pub use apps::{AppUris, MESSAGES_PATH, STAFF_APPS, add_app, keep_staff_apps};
pub use clients::{
    MAX_SECRETS, NewClient, add_client, add_secret, remove_secret, set_client_active, set_keys,
};
pub use users::{NewUser, add_user, renew_password, set_user_active};

/// Longest name, and longest e-mail, in characters.
const MAX_TEXT: usize = 100;

/// Why the register stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// What should be is of no use.
    #[error("{0}")]
    Unfit(&'static str),
    /// An address of an app is of no use.
    #[error("{uri}: {reason}")]
    Uri {
        /// The address.
        uri: String,
        /// Why.
        reason: &'static str,
    },
    /// The client has as many secrets as it may.
    #[error("the client has two secrets; remove one first")]
    TooManySecrets,
    /// The public keys cannot be used.
    #[error("the public keys cannot be used: {0}")]
    Keys(String),
    /// The user name or the e-mail is taken.
    #[error("the user name or the e-mail is taken")]
    Taken,
    /// There is no such client, secret, user or organisation.
    #[error("there is no such client, secret, user or organisation")]
    Missing,
    /// A password cannot be hashed.
    #[error(transparent)]
    Password(#[from] crate::PasswordError),
    /// The database failed.
    #[error(transparent)]
    Store(vdx_store::Error),
}

impl From<vdx_store::Error> for RegistryError {
    fn from(error: vdx_store::Error) -> Self {
        match error {
            vdx_store::Error::Missing | vdx_store::Error::Reference => Self::Missing,
            vdx_store::Error::Duplicate => Self::Taken,
            error => Self::Store(error),
        }
    }
}

/// Whether a name or an e-mail is one.
fn fits(text: &str) -> bool {
    (1..=MAX_TEXT).contains(&text.chars().count())
        && !text.trim().is_empty()
        && !text.contains(char::is_control)
}
