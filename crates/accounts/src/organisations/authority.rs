//! Who oversees which organisations.

use vdx_domain::{Agent, OrganisationCode};
use vdx_store::{Connection, organisations};

use super::{Manager, OrganisationError as Error, reach};

/// Somebody who oversees organisations.
#[derive(Debug, Clone)]
pub enum Authority {
    /// Runs the hub: all of them.
    Operator(Agent),
    /// The own one and those below it.
    Manager(Manager),
}

impl Authority {
    /// The same as the audit trail tells it.
    #[must_use]
    pub fn agent(&self) -> &Agent {
        match self {
            Self::Operator(agent) => agent,
            Self::Manager(manager) => &manager.agent,
        }
    }

    /// The node of an organisation that is overseen. To a manager one that does
    /// not exist looks like one out of reach.
    pub(super) async fn group(
        &self,
        connection: &mut impl Connection,
        code: &OrganisationCode,
    ) -> Result<i64, Error> {
        let group = organisations::group_of(connection, code).await?;
        match self {
            Self::Operator(_) => group.ok_or(Error::NotFound),
            Self::Manager(manager) => {
                let group = group.ok_or(Error::Forbidden)?;
                reach(connection, manager, group).await.map(|_| group)
            }
        }
    }
}
