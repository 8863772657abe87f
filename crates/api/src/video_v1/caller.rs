//! Who calls v1.

use axum::extract::FromRequestParts;
use http::request::Parts;
use vdx_accounts::Caller;
use vdx_domain::ApiRole;

use crate::{Failure, Hub, known};

/// A caller v1 knows, with the roles that count there.
pub(super) struct Known(pub(super) Caller);

impl FromRequestParts<Hub> for Known {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Failure> {
        let known::Known(caller) = known::Known::from_request_parts(parts, hub).await?;
        Ok(Self(promoted(caller)))
    }
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
