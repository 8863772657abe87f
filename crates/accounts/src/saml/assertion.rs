//! What a signed assertion says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::{SignedDuration, Timestamp};
use vdx_domain::OrganisationCode;

use super::xml::{Element, parse};
use super::{ASSERTION, DSIG, MAX_ID, Parent, TokenService};
use crate::certificates::{Certificate, Fingerprint, MAX_CERTIFICATE};

const HOLDER_OF_KEY: &str = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key";
/// How far the clock of the service may be from ours.
const SKEW: SignedDuration = SignedDuration::from_secs(60);
/// Most values of an attribute, and longest value in bytes.
const MAX_VALUES: usize = 50;
const MAX_VALUE: usize = 500;

/// What a trusted service says about the holder of a certificate.
pub(crate) struct Vouched {
    /// Who says it, and the id under which; both together say it once.
    pub(crate) issuer: String,
    pub(crate) id: String,
    /// Until when it is to be remembered that it was used, if it says that it
    /// counts once: from then on it is refused by its end alone.
    pub(crate) once_until: Option<Timestamp>,
    /// When what is given for it has to end.
    pub(crate) session_ends: Timestamp,
    pub(crate) organisation: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) parent: Parent,
}

type Refused = &'static str;

/// Reads the canonical text of an assertion whose signature is good.
pub(super) fn read(
    text: &str,
    service: &TokenService,
    holder: &Certificate,
    now: Timestamp,
) -> Result<Vouched, Refused> {
    let document = parse(text).ok_or("it cannot be read")?;
    let root = Element::root(&document).filter(|root| root.is(ASSERTION, "Assertion"));
    let root = root.filter(|root| root.attribute("Version") == Some("2.0"));
    let root = root.ok_or("it is not an assertion of SAML 2.0")?;
    let issuer = root.only(ASSERTION, "Issuer").and_then(Element::text);
    let issuer = issuer.filter(|name| (1..=MAX_VALUE).contains(&name.len()));
    let issuer = issuer.ok_or("the assertion names no issuer")?;
    if service
        .issuer
        .as_ref()
        .is_some_and(|wanted| *wanted != issuer)
    {
        return Err("the assertion is of another issuer");
    }
    let ends = check_conditions(root, &service.audience, now)?;
    check_holder(root, holder, &service.audience, now)?;
    let id = root.attribute("ID").filter(|id| id.len() <= MAX_ID);
    let single = |name: &str| single(attribute(root, name)?);
    Ok(Vouched {
        id: id.ok_or("the assertion has no ID")?.to_owned(),
        issuer,
        once_until: counts_once(root).then(|| ends.saturating_add(SKEW).unwrap_or(Timestamp::MAX)),
        session_ends: session_end(root)?.map_or(ends, |end| end.min(ends)),
        organisation: single(&service.attributes.organisation)?,
        email: single(&service.attributes.email)?,
        roles: attribute(root, &service.attributes.roles)?
            .into_iter()
            .map(|word| match service.role_names.get(&word) {
                Some(role) => role.as_str().to_owned(),
                None => word,
            })
            .collect(),
        parent: match &service.attributes.parent {
            Some(name) => single(name)?.map(OrganisationCode),
            None => None,
        },
    })
}

/// SAML 2.0 Core section 2.5.1: all conditions hold, and none is unknown. Gives
/// the end.
fn check_conditions(
    root: Element<'_>,
    audience: &str,
    now: Timestamp,
) -> Result<Timestamp, Refused> {
    let conditions = root.only(ASSERTION, "Conditions");
    let conditions = conditions.ok_or("the assertion has no conditions")?;
    let end = check_times(conditions, now)?.ok_or("the assertion has no end")?;
    let known = ["AudienceRestriction", "OneTimeUse", "ProxyRestriction"];
    if !conditions
        .children()
        .all(|each| known.iter().any(|name| each.is(ASSERTION, name)))
    {
        return Err("the assertion has a condition that is not known here");
    }
    let mut restrictions = conditions.all(ASSERTION, "AudienceRestriction").peekable();
    let names = |restriction: Element<'_>| {
        restriction
            .all(ASSERTION, "Audience")
            .any(|each| each.text().as_deref() == Some(audience))
    };
    if restrictions.peek().is_none() || !restrictions.all(names) {
        return Err("the assertion is for somebody else");
    }
    Ok(end)
}

/// SAML 2.0 Core section 2.5.1.5.
fn counts_once(root: Element<'_>) -> bool {
    root.only(ASSERTION, "Conditions")
        .is_some_and(|conditions| conditions.all(ASSERTION, "OneTimeUse").next().is_some())
}

/// `NotBefore` and `NotOnOrAfter`, where they are. Gives the end.
fn check_times(element: Element<'_>, now: Timestamp) -> Result<Option<Timestamp>, Refused> {
    let start = instant(element, "NotBefore")?;
    if start.is_some_and(|start| now.duration_until(start) > SKEW) {
        return Err("the assertion is not valid yet");
    }
    let end = instant(element, "NotOnOrAfter")?;
    if end.is_some_and(|end| end.duration_until(now) >= SKEW) {
        return Err("the assertion has expired");
    }
    Ok(end)
}

fn instant(element: Element<'_>, name: &str) -> Result<Option<Timestamp>, Refused> {
    let parse = |text: &str| text.parse().map_err(|_| "a time cannot be read");
    element.attribute(name).map(parse).transpose()
}

/// One confirmation is enough (SAML 2.0 Core section 2.4.1): by the key of the
/// certificate that is shown (SAML 2.0 Profiles section 3.1).
fn check_holder(
    root: Element<'_>,
    holder: &Certificate,
    audience: &str,
    now: Timestamp,
) -> Result<(), Refused> {
    let subject = root.only(ASSERTION, "Subject");
    let subject = subject.ok_or("the assertion has no subject")?;
    let by_key = subject
        .all(ASSERTION, "SubjectConfirmation")
        .filter(|each| each.attribute("Method") == Some(HOLDER_OF_KEY));
    let mut refused = "the assertion is not for the holder of a key";
    for confirmation in by_key {
        let Some(data) = confirmation.only(ASSERTION, "SubjectConfirmationData") else {
            continue;
        };
        match check_confirmation(data, holder, audience, now) {
            Ok(()) => return Ok(()),
            Err(reason) => refused = reason,
        }
    }
    Err(refused)
}

fn check_confirmation(
    data: Element<'_>,
    holder: &Certificate,
    audience: &str,
    now: Timestamp,
) -> Result<(), Refused> {
    check_times(data, now)?;
    if data
        .attribute("Recipient")
        .is_some_and(|name| name != audience)
    {
        return Err("the assertion is to be shown to somebody else");
    }
    let mut certificates = data
        .all(DSIG, "KeyInfo")
        .flat_map(|key| key.all(DSIG, "X509Data"))
        .flat_map(|data| data.all(DSIG, "X509Certificate"));
    match certificates.any(|each| fingerprint(each) == Some(holder.fingerprint())) {
        true => Ok(()),
        false => Err("the assertion is for the holder of another certificate"),
    }
}

fn fingerprint(certificate: Element<'_>) -> Option<Fingerprint> {
    let mut text = certificate.text()?;
    text.retain(|letter| !letter.is_ascii_whitespace());
    let der = BASE64.decode(text).ok()?;
    (der.len() <= MAX_CERTIFICATE).then(|| Fingerprint::of(&der))
}

/// When the service says that a session has to end, if it does.
fn session_end(root: Element<'_>) -> Result<Option<Timestamp>, Refused> {
    let mut earliest = None;
    for statement in root.all(ASSERTION, "AuthnStatement") {
        let end = instant(statement, "SessionNotOnOrAfter")?;
        earliest = [earliest, end].into_iter().flatten().min();
    }
    Ok(earliest)
}

/// The values of an attribute; an empty one is none.
fn attribute(root: Element<'_>, name: &str) -> Result<Vec<String>, Refused> {
    let values = root
        .all(ASSERTION, "AttributeStatement")
        .flat_map(|statement| statement.all(ASSERTION, "Attribute"))
        .filter(|attribute| attribute.attribute("Name") == Some(name))
        .flat_map(|attribute| attribute.all(ASSERTION, "AttributeValue"));
    let mut found = Vec::new();
    for value in values {
        let text = value.text().filter(|text| text.len() <= MAX_VALUE);
        let text = text.ok_or("the value of an attribute is not plain text, or too long")?;
        if found.len() == MAX_VALUES {
            return Err("an attribute has too many values");
        }
        found.extend(Some(text).filter(|text| !text.is_empty()));
    }
    Ok(found)
}

/// The value of an attribute that has one at most.
fn single(mut values: Vec<String>) -> Result<Option<String>, Refused> {
    let value = values.pop();
    match values.is_empty() {
        true => Ok(value),
        false => Err("an attribute has more than one value"),
    }
}
