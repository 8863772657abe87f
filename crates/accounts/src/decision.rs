//! What was decided about a grant, in one place.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::SignedDuration;
use serde_json::json;
use uuid::Uuid;
use vdx_domain::{Agent, AuditOperation, AuditResource, ClientId, OrganisationCode};
use vdx_store::audit::{NewRecord, ReadLog};
use vdx_store::users::User;

use crate::certificates::Fingerprint;
use crate::throttle::{Throttle, network};
use crate::{Accounts, Error};

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GrantKind {
    ClientCredentials,
    AuthorizationCode,
    RefreshToken,
    Revocation,
    Assertion,
    SignIn,
}

impl GrantKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::Revocation => "revocation",
            // RFC 8693 calls the exchange so.
            Self::Assertion => "token_exchange",
            Self::SignIn => "sign_in",
        }
    }
}

/// Who asked for what, and from where.
pub(crate) struct Decision {
    kind: GrantKind,
    pub(crate) address: IpAddr,
    /// The client that was named, whether it is the one or not.
    pub(crate) client: Option<ClientId>,
    /// The certificate that was shown.
    pub(crate) certificate: Option<Fingerprint>,
    user: Option<Uuid>,
    organisation: Option<OrganisationCode>,
    email: Option<String>,
}

impl Decision {
    pub(crate) fn new(kind: GrantKind, address: IpAddr) -> Self {
        Self {
            kind,
            address,
            client: None,
            certificate: None,
            user: None,
            organisation: None,
            email: None,
        }
    }

    /// For which organisation and under which e-mail the client acts.
    pub(crate) fn identity(
        &mut self,
        organisation: Option<&OrganisationCode>,
        email: Option<&str>,
    ) {
        self.organisation = organisation.cloned();
        self.email = email.map(str::to_owned);
    }

    /// The person it is about, if there is one.
    pub(crate) fn user(&mut self, user: Option<&User>) {
        if let Some(user) = user {
            self.user = Some(user.id);
            self.identity(Some(&user.organisation), Some(&user.email));
        }
    }

    /// Who asked; a name that nobody has is kept nowhere, for it may be a
    /// password typed into the wrong field.
    fn agent(&self) -> Agent {
        let id = match (self.user, self.client, self.certificate) {
            (Some(user), _, _) => format!("user:{user}"),
            (None, Some(client), _) => format!("client:{client}"),
            (None, None, Some(shown)) => format!("certificate:{shown}"),
            (None, None, None) => "unknown".to_owned(),
        };
        Agent {
            id,
            email: self.email.clone(),
            organisation: self.organisation.clone(),
            address: Some(self.address),
        }
    }
}

/// Keeps what was decided.
pub(crate) struct Decisions {
    log: ReadLog,
    /// Refusals that are kept: somebody who tries a thousand passwords fills
    /// the page with ten of them and their number.
    refusals: Throttle,
    /// Refusals that were not.
    unkept: AtomicU64,
}

impl Decisions {
    pub(crate) fn new(log: ReadLog) -> Self {
        Self {
            log,
            refusals: Throttle::new(10, SignedDuration::from_secs(6)),
            unkept: AtomicU64::new(0),
        }
    }
}

impl Accounts {
    /// Every grant and every refusal passes here, with the reason of a refusal.
    /// Returns when it is kept: nothing is given that is not.
    pub(crate) async fn decided(
        &self,
        decision: &Decision,
        refused: Option<&str>,
    ) -> Result<(), Error> {
        let now = self.0.clock.now();
        let decisions = &self.0.decisions;
        let agent = decision.agent();
        let kind = decision.kind.as_str();
        let mut details = json!({ "grant": kind, "client": decision.client });
        if let Some(reason) = refused {
            let address = decision.address;
            tracing::info!(kind, agent = agent.id, %address, reason, "refused");
            let key = (&agent.id, kind, network(address));
            if decisions.refusals.take(key, now).is_err() {
                decisions.unkept.fetch_add(1, Ordering::Relaxed);
                return Ok(());
            }
            details["reason"] = reason.into();
            details["furtherRefusals"] = decisions.unkept.swap(0, Ordering::Relaxed).into();
        }
        let record = NewRecord {
            at: now,
            organisation: decision
                .organisation
                .clone()
                .unwrap_or_else(|| OrganisationCode(String::new())),
            identifier: match (decision.user, decision.client, decision.certificate) {
                (_, Some(client), _) => client.to_string(),
                (Some(user), None, _) => user.to_string(),
                (None, None, Some(shown)) => shown.to_string(),
                (None, None, None) => "unknown".to_owned(),
            },
            agent,
            resource: AuditResource::Token,
            operation: match refused {
                None => AuditOperation::Grant,
                Some(_) => AuditOperation::Refuse,
            },
            details,
        };
        Ok(decisions.log.append(record).await?)
    }
}
