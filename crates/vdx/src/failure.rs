//! How the program ends when it cannot do what it was asked.

use std::process::ExitCode;

/// Why.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Part of the contract, and not built yet: exit 2.
    NotBuilt(String),
    /// Something is wrong, and has been told line by line: exit 1.
    Told,
    /// Something is wrong: exit 1.
    Failed(anyhow::Error),
}

impl Failure {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::NotBuilt(what) => format!("vdx: not built yet: {what}"),
            Self::Told => "vdx: not everything is right".to_owned(),
            Self::Failed(error) => format!("vdx: {error:#}"),
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::NotBuilt(_) => 2,
            Self::Told | Self::Failed(_) => 1,
        })
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}
