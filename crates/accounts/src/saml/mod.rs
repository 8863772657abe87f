//! Assertions of a security token service (SAML 2.0 Core), as the VDX API v1
//! takes them: signed by a service the operator trusts, for this hub, about
//! whoever holds the key of a certificate.

mod assertion;
mod signature;
mod xml;

use std::collections::HashMap;

use jiff::Timestamp;
use vdx_domain::{ApiRole, OrganisationCode};

pub(crate) use assertion::Vouched;

use self::signature::Unsigned;
use crate::certificates::{Certificate, Validity};

const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

/// Longest assertion that is looked at, in bytes.
pub const MAX_ASSERTION: usize = 64 * 1024;
/// Longest id of an assertion, in bytes.
const MAX_ID: usize = 200;

/// A security token service whose assertions are taken.
#[derive(Debug, Clone)]
pub struct TokenService {
    /// Whose keys sign its assertions; several while it changes them.
    pub certificates: Vec<Certificate>,
    /// What it calls itself; `None` = not checked.
    pub issuer: Option<String>,
    /// What it calls this hub.
    pub audience: String,
    /// Where its assertions carry what the hub wants to know.
    pub attributes: AttributeNames,
    /// Its own words for roles; the hub's words count too.
    pub role_names: HashMap<String, ApiRole>,
    /// Longest time a token is good for that was got for an assertion, in
    /// whole seconds.
    pub session: std::time::Duration,
}

/// Names of attributes in an assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeNames {
    /// The organisation's code.
    pub organisation: String,
    /// The e-mail.
    pub email: String,
    /// The roles.
    pub roles: String,
    /// The organisation under which an unknown one is made; `None` = none is.
    pub parent: Option<String>,
}

impl Default for AttributeNames {
    fn default() -> Self {
        Self {
            organisation: "dk:medcom:organisation_id".to_owned(),
            email: "dk:medcom:email".to_owned(),
            roles: "dk:medcom:video:role".to_owned(),
            parent: Some("dk:medcom:auto:organisation_id".to_owned()),
        }
    }
}

impl TokenService {
    /// What the VDX API's own service calls that API.
    pub const AUDIENCE: &str = "urn:medcom:videoapi";
    /// Default time a token is good for.
    pub const SESSION: std::time::Duration = std::time::Duration::from_secs(3600);

    /// What the assertion says, if this service says it to this hub, now, about
    /// the holder of the certificate. Whether it was shown before is left to
    /// check. `Err`: why not, for the caller to read.
    pub(crate) fn read(
        &self,
        text: &str,
        holder: &Certificate,
        now: Timestamp,
    ) -> Result<Vouched, &'static str> {
        if text.len() > MAX_ASSERTION {
            return Err("the assertion is too long");
        }
        let good = |key: &&Certificate| key.validity(now) == Validity::Now;
        let keys: Vec<_> = self.certificates.iter().filter(good).collect();
        let signed = signature::signed_text(text, &keys).map_err(|unsigned| match unsigned {
            Unsigned::Shape(what) => what,
            Unsigned::Algorithm => "the signature is made in a way that is not taken here",
            Unsigned::Key => "the signature is not of a service that is trusted",
            Unsigned::Changed => "the assertion was changed after it was signed",
        })?;
        assertion::read(&signed, self, holder, now)
    }
}

/// The organisation under which an unknown one is made.
type Parent = Option<OrganisationCode>;
