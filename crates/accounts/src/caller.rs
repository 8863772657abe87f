//! Who calls the API.

use std::collections::BTreeSet;

use vdx_domain::{ApiRole, OrganisationCode};

use crate::Error;

/// Who calls, as a good token tells.
#[derive(Clone, PartialEq, Eq)]
pub struct Caller {
    /// What calls, with a word for its kind in front: `client:<id>`,
    /// `user:<id>`, `issuer:<issuer>|<subject>`, or `certificate:<fingerprint>`.
    pub id: String,
    /// Organisation and e-mail. Absent only for machines whose roles are
    /// meeting-provisioner and operator alone.
    pub identity: Option<Identity>,
    /// The roles that count at the API; at least one.
    pub roles: BTreeSet<ApiRole>,
}

/// As whom and for which organisation somebody calls.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The organisation; it exists.
    pub organisation: OrganisationCode,
    /// The e-mail.
    pub email: String,
}

// An e-mail names a person, so it stays out of logs.
impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("organisation", &self.organisation)
            .finish_non_exhaustive()
    }
}

// The subject of another issuer can be a name.
impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller")
            .field("identity", &self.identity)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

impl Caller {
    /// Whether the caller has this role.
    #[must_use]
    pub fn has(&self, role: ApiRole) -> bool {
        self.roles.contains(&role)
    }

    /// Whether the caller has one of these roles.
    #[must_use]
    pub fn has_any(&self, roles: &[ApiRole]) -> bool {
        roles.iter().any(|role| self.has(*role))
    }

    /// Whether the caller sees own meetings only: any other role lifts that.
    #[must_use]
    pub fn is_only_user(&self) -> bool {
        self.roles.iter().eq(&[ApiRole::MeetingUser])
    }

    /// From what a token says, where these roles count.
    pub(crate) fn from_claims(
        id: String,
        organisation: Option<&str>,
        email: Option<&str>,
        roles: &[&str],
        counting: &[ApiRole],
    ) -> Result<Self, CallerRefused> {
        let roles: BTreeSet<ApiRole> = roles
            .iter()
            .filter_map(|role| role.parse().ok())
            .filter(|role| counting.contains(role))
            .collect();
        let may_be_nobody =
            |role: &ApiRole| matches!(role, ApiRole::MeetingProvisioner | ApiRole::Operator);
        if roles.is_empty() {
            return Err(CallerRefused::NoRole);
        }
        let present = |text: Option<&str>| {
            text.filter(|text| !text.trim().is_empty())
                .map(str::to_owned)
        };
        let identity = match (present(organisation), present(email)) {
            (Some(organisation), Some(email)) => Some(Identity {
                organisation: OrganisationCode(organisation),
                email,
            }),
            _ if roles.iter().all(may_be_nobody) => None,
            _ => return Err(CallerRefused::NoIdentity),
        };
        Ok(Self {
            id,
            identity,
            roles,
        })
    }
}

/// Why a call is not let in.
#[derive(Debug, thiserror::Error)]
pub enum CallerRefused {
    /// The token is missing, malformed, expired, changed, or of an issuer the
    /// hub does not trust. (401)
    #[error("the token is not valid: {0}")]
    InvalidToken(&'static str),
    /// The certificate is not known here or not good at this time. (401)
    #[error("the certificate is not valid: {0}")]
    InvalidCertificate(&'static str),
    /// The token carries none of the roles that count there. (401)
    #[error("the token carries no role of this API")]
    NoRole,
    /// Organisation or e-mail is missing. (401)
    #[error("the token carries no organisation or no e-mail")]
    NoIdentity,
    /// The organisation is not known to the hub. (403)
    #[error("the organisation is not known")]
    UnknownOrganisation,
    /// The hub failed. (500)
    #[error(transparent)]
    Failed(#[from] Error),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::API_ROLES;

    fn from(organisation: &str, email: &str, roles: &[&str]) -> Result<Caller, CallerRefused> {
        let some = |text| Some(text).filter(|text| *text != "-");
        Caller::from_claims(
            "client:x".to_owned(),
            some(organisation),
            some(email),
            roles,
            &API_ROLES,
        )
    }

    #[test]
    fn an_operator_of_the_hubs_own_api_may_be_nobody() {
        let from = |roles: &[&str]| {
            Caller::from_claims("client:x".to_owned(), None, None, roles, ApiRole::ALL)
        };
        assert_eq!(from(&["operator"]).unwrap().identity, None);
        for roles in [&["management-admin"][..], &["operator", "meeting-user"]] {
            assert!(
                matches!(from(roles), Err(CallerRefused::NoIdentity)),
                "{roles:?}"
            );
        }
    }

    #[test]
    fn a_role_of_the_api_is_needed() {
        for roles in [
            &[][..],
            &["offline_access"],
            &["management-admin", "operator"],
        ] {
            assert!(
                matches!(from("o", "e", roles), Err(CallerRefused::NoRole)),
                "{roles:?}"
            );
        }
        let caller = from("o", "e", &["meeting-user", "operator", "x"]).unwrap();
        assert_eq!(caller.roles, BTreeSet::from([ApiRole::MeetingUser]));
        assert!(caller.is_only_user());
    }

    #[test]
    fn only_a_mere_provisioner_may_be_nobody() {
        assert_eq!(
            from("-", "-", &["meeting-provisioner"]).unwrap().identity,
            None
        );
        assert_eq!(
            from("o", " ", &["meeting-provisioner"]).unwrap().identity,
            None
        );
        for roles in [
            &["meeting-user"][..],
            &["meeting-provisioner-user"],
            &["meeting-provisioner", "meeting-admin"],
        ] {
            for (organisation, email) in [("-", "e"), ("o", "-"), ("", "e")] {
                assert!(
                    matches!(
                        from(organisation, email, roles),
                        Err(CallerRefused::NoIdentity)
                    ),
                    "{roles:?} {organisation} {email}"
                );
            }
        }
    }

    #[test]
    fn an_e_mail_is_not_shown() {
        let caller = from("o", "someone@example.org", &["meeting-user"]).unwrap();
        assert!(!format!("{caller:?}").contains("someone"));
    }
}
