//! What can go wrong with an organisation.

/// Why a request about an organisation was refused or failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OrganisationError {
    /// A value is outside its limits.
    #[error("{field}: {reason}")]
    Invalid {
        /// The field as the API names it.
        field: &'static str,
        /// What it must be.
        reason: &'static str,
    },
    /// There is no such organisation, node or key.
    #[error("there is no such organisation")]
    NotFound,
    /// It is neither the caller's organisation nor below it.
    #[error("the organisation is neither the caller's nor below it")]
    Forbidden,
    /// The organisation to create in does not exist.
    #[error("the parent organisation is not known")]
    ParentUnknown,
    /// There is an organisation of this code.
    #[error("code: there is an organisation with this code already")]
    CodeTaken,
    /// Another organisation has this history key, which must lead to one.
    #[error("historyApiKey: must be another")]
    HistoryKeyTaken,
    /// The tree would be too large or too deep.
    #[error("the tree of organisations cannot grow there any more")]
    TreeFull,
    /// The database failed; the request may be sent again.
    #[error(transparent)]
    Store(#[from] vdx_store::Error),
}

impl OrganisationError {
    /// For errors of the store of which a duplicate means `taken`.
    pub(super) fn or_taken(taken: Self) -> impl FnOnce(vdx_store::Error) -> Self {
        |error| match error {
            vdx_store::Error::Duplicate => taken,
            error => Self::Store(error),
        }
    }
}
