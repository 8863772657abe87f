//! Settings of callers with certificates.

use std::path::PathBuf;

use http::HeaderName;
use serde::{Deserialize, Serialize};
use vdx_accounts::{API_ROLES, AttributeNames, TokenService};
use vdx_domain::ApiRole;

use super::{CertificateFormat, Config, Network};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct CertificateProxy {
    /// Where they are; empty = there are none.
    pub(crate) networks: Vec<Network>,
    pub(crate) header: String,
    pub(crate) format: CertificateFormat,
}

/// As whom the owner of a certificate calls the VDX API v1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CertificateHolder {
    /// SHA-256 fingerprint, or a PEM file.
    pub(crate) certificate: String,
    #[serde(default)]
    pub(crate) organisation: String,
    #[serde(default)]
    pub(crate) email: String,
    pub(crate) roles: Vec<ApiRole>,
}

/// The security token service whose assertions the VDX API v1 takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Sts {
    /// PEM files with the certificates of its keys; empty = there is none.
    pub(crate) certificates: Vec<PathBuf>,
    /// What it calls itself; empty = not checked.
    pub(crate) issuer: String,
    /// What it calls this hub.
    pub(crate) audience: String,
    /// Longest time a token is good for.
    pub(crate) session_seconds: u32,
    pub(crate) organisation_attribute: String,
    pub(crate) email_attribute: String,
    pub(crate) roles_attribute: String,
    /// Names the organisation under which an unknown one is made; empty = none is.
    pub(crate) parent_attribute: String,
    /// Its own words for roles.
    pub(crate) role_names: Vec<RoleName>,
}

/// Another word for a role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleName {
    pub(crate) name: String,
    pub(crate) role: ApiRole,
}

impl Default for CertificateProxy {
    fn default() -> Self {
        Self {
            networks: Vec::new(),
            header: "Client-Cert".to_owned(),
            format: CertificateFormat::Rfc9440,
        }
    }
}

impl Default for Sts {
    fn default() -> Self {
        let names = AttributeNames::default();
        Self {
            certificates: Vec::new(),
            issuer: String::new(),
            audience: TokenService::AUDIENCE.to_owned(),
            session_seconds: 3600,
            organisation_attribute: names.organisation,
            email_attribute: names.email,
            roles_attribute: names.roles,
            parent_attribute: names.parent.unwrap_or_default(),
            role_names: Vec::new(),
        }
    }
}

/// Rules between these settings and others.
pub(super) fn check(config: &Config, wrong: &mut impl FnMut(bool, &str)) {
    let (server, sts) = (&config.server, &config.auth.sts);
    let asks = !server.client_ca.as_os_str().is_empty();
    wrong(
        asks && server.tls_certificate.as_os_str().is_empty(),
        "server.client_ca: needs server.tls_certificate",
    );
    wrong(
        HeaderName::try_from(&server.certificate_proxy.header).is_err(),
        "server.certificate_proxy.header: must be the name of a header",
    );
    let unseen = !asks && server.certificate_proxy.networks.is_empty();
    let wanted = !config.auth.certificates.is_empty() || !sts.certificates.is_empty();
    wrong(
        unseen && wanted,
        "auth.certificates and auth.sts: need server.client_ca or server.certificate_proxy",
    );
    for holder in &config.auth.certificates {
        let named = [&holder.organisation, &holder.email].map(|text| !text.is_empty());
        let machine = holder.roles == [ApiRole::MeetingProvisioner] && named == [false, false];
        wrong(
            named != [true, true] && !machine,
            "auth.certificates: each needs organisation and email, but for one whose only role is meeting-provisioner",
        );
        wrong(
            !holder.roles.iter().any(|role| API_ROLES.contains(role)),
            "auth.certificates: each needs a role of the API",
        );
    }
    wrong(
        !(1..=86_400).contains(&sts.session_seconds),
        "auth.sts.session_seconds: must be 1 to 86400",
    );
    let names = [
        &sts.audience,
        &sts.organisation_attribute,
        &sts.email_attribute,
        &sts.roles_attribute,
    ];
    wrong(
        names.iter().any(|name| name.is_empty()),
        "auth.sts: audience and the names of attributes must not be empty",
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::tests::{from, wrong};

    #[test]
    fn a_certificate_has_a_holder() {
        let proxy =
            "[server.certificate_proxy]\nnetworks = ['10.0.0.0/8']\nformat = 'escaped-pem'\n";
        let holders = |text: &str| format!("{proxy}[auth]\ncertificates = [{text}]");
        let one =
            "{ certificate = 'c.pem', organisation = 'o', email = 'e', roles = ['meeting-user'] }";
        let machine = "{ certificate = 'd.pem', roles = ['meeting-provisioner'] }";
        let config = from(&holders(&format!("{one}, {machine}")), &[]).unwrap();
        assert_eq!(config.auth.certificates[0].roles, [ApiRole::MeetingUser]);
        let json =
            r#"[{"certificate":"c.pem","organisation":"o","email":"e","roles":["meeting-user"]}]"#;
        let networks = ("VDX_SERVER__CERTIFICATE_PROXY__NETWORKS", "10.0.0.0/8,::1");
        let sts = ("VDX_AUTH__STS__CERTIFICATES", "a.pem, b.pem");
        let same = from("", &[("VDX_AUTH__CERTIFICATES", json), networks, sts]).unwrap();
        assert_eq!(same.auth.certificates[0], config.auth.certificates[0]);
        assert_eq!(same.server.certificate_proxy.networks.len(), 2);
        assert_eq!(same.auth.sts.certificates.len(), 2);
        let words = r#"[{"name":"ADMIN","role":"meeting-admin"}]"#;
        let named = from("", &[("VDX_AUTH__STS__ROLE_NAMES", words)]).unwrap();
        assert_eq!(named.auth.sts.role_names[0].role, ApiRole::MeetingAdmin);
        for (text, part) in [
            (
                holders("{ certificate = 'c', organisation = 'o', roles = ['meeting-user'] }"),
                "organisation and email",
            ),
            (
                holders("{ certificate = 'c', roles = ['meeting-admin'] }"),
                "organisation and email",
            ),
            (
                holders(
                    "{ certificate = 'c', organisation = 'o', email = 'e', roles = ['operator'] }",
                ),
                "role of the API",
            ),
            (
                holders("{ certificate = 'c', organisation = 'o', email = 'e', roles = ['king'] }"),
                "king",
            ),
            (
                holders("{ certificate = 'c', role = 'x', roles = [] }"),
                "role",
            ),
            (
                format!("[auth]\ncertificates = [{one}]"),
                "need server.client_ca",
            ),
            (
                "[auth.sts]\ncertificates = ['a']".to_owned(),
                "need server.client_ca",
            ),
            ("[auth.sts]\naudience = ''".to_owned(), "audience"),
            (
                "[auth.sts]\nsession_seconds = 0".to_owned(),
                "session_seconds",
            ),
            (
                "[server]\nclient_ca = 'ca.pem'".to_owned(),
                "tls_certificate",
            ),
            (
                "[server.certificate_proxy]\nheader = 'a b'".to_owned(),
                "header",
            ),
            (
                "[server.certificate_proxy]\nformat = 'der'".to_owned(),
                "der",
            ),
            (
                "[server.certificate_proxy]\nnetworks = ['x']".to_owned(),
                "neither",
            ),
        ] {
            let problems = wrong(&text, &[]);
            assert!(problems.contains(part), "{text}: {problems}");
        }
    }
}
