//! Whose figures somebody may read who oversees organisations.

use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use vdx_accounts::organisations::{Authority, Manager};
use vdx_domain::OrganisationCode;

use super::super::access::Overseer;
use crate::{Failure, Hub};

/// Whose figures are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Whose {
    /// Code of an organisation. Left out: the whole hub for an operator, the own
    /// organisation for a management-admin.
    organisation: Option<String>,
}

impl Overseer {
    /// The organisation whose figures are read; `None` = the whole hub.
    pub(super) async fn one(
        &self,
        hub: &Hub,
        whose: Whose,
    ) -> Result<Option<OrganisationCode>, Failure> {
        let asked = whose.organisation.map(OrganisationCode);
        match &self.0 {
            Authority::Operator(_) => Ok(asked),
            Authority::Manager(manager) => match asked {
                None => Ok(Some(manager.organisation.clone())),
                Some(code) => {
                    reach(hub, manager, &code).await?;
                    Ok(Some(code))
                }
            },
        }
    }

    /// The organisations whose calls are read, with those below; `None` = all.
    pub(super) async fn tree(
        &self,
        hub: &Hub,
        whose: Whose,
    ) -> Result<Option<Vec<OrganisationCode>>, Failure> {
        let asked = whose.organisation.map(OrganisationCode);
        match (&self.0, asked) {
            (Authority::Operator(_), asked) => Ok(asked.map(|code| vec![code])),
            (Authority::Manager(manager), asked) => {
                let code = asked.unwrap_or_else(|| manager.organisation.clone());
                reach(hub, manager, &code).await.map(Some)
            }
        }
    }
}

/// The organisation and those below it, when the manager reaches it. One that
/// does not exist looks like one out of reach.
async fn reach(
    hub: &Hub,
    manager: &Manager,
    code: &OrganisationCode,
) -> Result<Vec<OrganisationCode>, Failure> {
    use vdx_accounts::organisations::OrganisationError as E;
    match hub.organisations.codes(manager, code).await {
        Ok(codes) => Ok(codes),
        Err(E::NotFound | E::Forbidden) => Err(Failure::new(StatusCode::FORBIDDEN)
            .text("The organisation is neither yours nor below it.")),
        Err(error) => Err(error.into()),
    }
}
