//! What can go wrong.

/// Why something could not be done; the caller of the API is not to blame.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] vdx_store::Error),
    /// A key of the installation cannot be made or used.
    #[error("the {0} cannot be used")]
    Key(&'static str),
    /// The keys of a trusted issuer cannot be used.
    #[error("the keys of the issuer {issuer} cannot be used: {reason}")]
    TrustedIssuer {
        /// Its name.
        issuer: String,
        /// Why.
        reason: String,
    },
}

/// Why no token is issued, or none taken back.
#[derive(Debug, thiserror::Error)]
pub enum TokenRefused {
    /// Unknown client, wrong secret, or shut out: which of them is not told.
    #[error("the client is not known or the secret is wrong")]
    InvalidClient,
    /// The client may not ask on this ground.
    #[error("the client may not use this grant")]
    UnauthorizedClient,
    /// What the ground is given by (a code, a token) is not good.
    #[error("{0}")]
    InvalidGrant(&'static str),
    /// There is no such resource (RFC 8707).
    #[error("the hub issues no tokens for this resource")]
    InvalidTarget,
    /// The hub failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<vdx_store::Error> for TokenRefused {
    fn from(error: vdx_store::Error) -> Self {
        Self::Failed(error.into())
    }
}
