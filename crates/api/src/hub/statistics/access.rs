//! Who may read figures, and whose: an operator everybody's, a management-admin
//! those of the own organisation and of each below it.

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use serde::Deserialize;
use utoipa::IntoParams;
use vdx_accounts::organisations::Manager;
use vdx_domain::{Agent, ApiRole, OrganisationCode};

use crate::{AnyRole, Failure, Hub, PeerAddress};

/// Whose figures are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Whose {
    /// Code of an organisation. Left out: the whole hub for an operator, the own
    /// organisation for a management-admin.
    organisation: Option<String>,
}

/// A caller who may read figures.
pub(super) enum FigureReader {
    Operator,
    Manager(Box<Manager>),
}

impl FromRequestParts<Hub> for FigureReader {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        let AnyRole(caller) = AnyRole::from_request_parts(parts, hub).await?;
        if caller.has(ApiRole::Operator) {
            return Ok(Self::Operator);
        }
        let PeerAddress(address) = PeerAddress::from_request_parts(parts, hub).await?;
        let manages = caller.has(ApiRole::ManagementAdmin);
        let identity = caller.identity.filter(|_| manages).ok_or_else(|| {
            Failure::new(StatusCode::FORBIDDEN)
                .text("The role management-admin or operator is needed.")
        })?;
        Ok(Self::Manager(Box::new(Manager {
            agent: Agent {
                id: caller.id,
                email: Some(identity.email),
                organisation: Some(identity.organisation.clone()),
                address: Some(address),
            },
            organisation: identity.organisation,
        })))
    }
}

impl FigureReader {
    /// The organisation whose figures are read; `None` = the whole hub.
    pub(super) async fn one(
        &self,
        hub: &Hub,
        whose: Whose,
    ) -> Result<Option<OrganisationCode>, Failure> {
        let asked = whose.organisation.map(OrganisationCode);
        match self {
            Self::Operator => Ok(asked),
            Self::Manager(manager) => match asked {
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
        match (self, asked) {
            (Self::Operator, asked) => Ok(asked.map(|code| vec![code])),
            (Self::Manager(manager), asked) => {
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
