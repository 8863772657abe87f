//! Who calls v1. Every way to sign in to v1 ends here: a token of the hub, a
//! token for a certificate, or a certificate alone.

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderName, header};
use vdx_accounts::Caller;
use vdx_domain::ApiRole;

use crate::certificate::needed;
use crate::extract::{credentials, refusal};
use crate::{Authenticated, Failure, Hub, ShownCertificate};

/// A caller v1 knows, with the roles that count there.
pub(super) struct Known(pub(super) Caller);

impl FromRequestParts<Hub> for Known {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        let caller = if let Some(token) = credentials(&parts.headers, "holder-of-key") {
            let token = token.to_owned();
            with_token_for_certificate(&token, parts, hub).await?
        } else if let Some(caller) = with_certificate_alone(parts, hub).await? {
            caller
        } else {
            Authenticated::from_request_parts(parts, hub).await?.0
        };
        Ok(Self(promoted(caller)))
    }
}

async fn with_token_for_certificate(
    token: &str,
    parts: &mut Parts,
    hub: &Hub,
) -> Result<Caller, Failure> {
    let ShownCertificate(shown) = ShownCertificate::from_request_parts(parts, hub).await?;
    let certificate = shown.ok_or_else(needed)?;
    let caller = hub
        .accounts
        .caller_with_certificate_token(token, &certificate);
    caller.await.map_err(|refused| refusal(&refused))
}

/// `None`: the caller says otherwise who it is, or shows nothing.
async fn with_certificate_alone(parts: &mut Parts, hub: &Hub) -> Result<Option<Caller>, Failure> {
    if parts.headers.contains_key(header::AUTHORIZATION) || is_of_a_page(&parts.headers) {
        return Ok(None);
    }
    let ShownCertificate(shown) = ShownCertificate::from_request_parts(parts, hub).await?;
    let Some(certificate) = shown else {
        return Ok(None);
    };
    let caller = hub.accounts.caller_with_certificate(&certificate).await;
    caller.map(Some).map_err(|refused| refusal(&refused))
}

/// A browser shows its owner's certificate whatever page makes it call, so
/// there a certificate alone says nothing of who wants the call made.
fn is_of_a_page(headers: &HeaderMap) -> bool {
    const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    headers.contains_key(header::ORIGIN) || headers.contains_key(FETCH_SITE)
}

/// In v1 a provisioner with organisation and e-mail is a provisioner-user; v2
/// wants that role said.
fn promoted(mut caller: Caller) -> Caller {
    if caller.identity.is_some() && caller.roles.remove(&ApiRole::MeetingProvisioner) {
        caller.roles.insert(ApiRole::MeetingProvisionerUser);
    }
    caller
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use vdx_accounts::Identity;
    use vdx_domain::ApiRole::{MeetingAdmin, MeetingProvisioner, MeetingProvisionerUser};
    use vdx_domain::OrganisationCode;

    use super::*;

    #[test]
    fn a_provisioner_with_a_name_makes_rooms() {
        let identity = Identity {
            organisation: OrganisationCode("region".to_owned()),
            email: "machine@example.org".to_owned(),
        };
        let roles = |identity: Option<&Identity>, roles: &[ApiRole]| {
            let caller = Caller {
                id: "client:x".to_owned(),
                identity: identity.cloned(),
                roles: roles.iter().copied().collect(),
            };
            promoted(caller).roles
        };
        for (somebody, has, counts) in [
            (
                true,
                &[MeetingProvisioner][..],
                &[MeetingProvisionerUser][..],
            ),
            (false, &[MeetingProvisioner], &[MeetingProvisioner]),
            (
                true,
                &[MeetingProvisioner, MeetingAdmin],
                &[MeetingProvisionerUser, MeetingAdmin],
            ),
            (true, &[MeetingAdmin], &[MeetingAdmin]),
        ] {
            let counting: BTreeSet<ApiRole> = counts.iter().copied().collect();
            assert_eq!(
                roles(somebody.then_some(&identity), has),
                counting,
                "{has:?}"
            );
        }
    }
}
