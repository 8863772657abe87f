//! The signature of an assertion (XML Signature 1.1, in the profile of SAML 2.0
//! Core section 5.4).
//!
//! One shape is accepted and no other: an assertion alone, one enveloped
//! signature right inside it that covers the whole of it, exclusive
//! canonicalization without comments, SHA-2, and a key the operator named. A
//! wrapped signature has no place to stand. And nothing of the document that
//! came is believed: the digest is read from the octets that were signed, and
//! the caller reads the octets that were digested.

use aws_lc_rs::digest::{self, digest};
use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_xml::NodeSet;
use uppsala::Document;

use super::xml::{Element, parse};
use super::{ASSERTION, DSIG, MAX_ID};
use crate::certificates::Certificate;

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// Most prefixes of an `InclusiveNamespaces`.
const MAX_PREFIXES: usize = 32;

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unsigned {
    /// The document has another shape.
    Shape(&'static str),
    /// The hub does not take this algorithm.
    Algorithm,
    /// No trusted key made the signature.
    Key,
    /// What was signed is not what came.
    Changed,
}

/// The canonical text of the assertion, without its signature, if one of these
/// keys signed it.
pub(super) fn signed_text(text: &str, keys: &[&Certificate]) -> Result<String, Unsigned> {
    let document = parse(text).ok_or(Unsigned::Shape("it cannot be read"))?;
    let root = Element::root(&document).ok_or(Unsigned::Shape("it is empty"))?;
    if !root.is(ASSERTION, "Assertion") {
        return Err(Unsigned::Shape("it is not an assertion alone"));
    }
    let id = root.attribute("ID").filter(|id| is_id(id));
    let id = id.ok_or(Unsigned::Shape("the assertion has no ID"))?;
    let signature = only_signature(root)?;
    let signed_info = child(signature, "SignedInfo")?;

    let prefixes = prefixes(child(signed_info, "CanonicalizationMethod")?)?;
    let nodes = NodeSet::tree_without_comments(signed_info.id, &document);
    let instructions = canonical(&document, &nodes, &prefixes)?;
    let instructions = Instructions::read(&instructions, id)?.made_by(
        keys,
        &base64(child(signature, "SignatureValue")?)?,
        instructions.as_bytes(),
    )?;

    let mut nodes = NodeSet::tree_without_comments(root.id, &document);
    for node in document.descendants(signature.id) {
        nodes.remove_id(node);
    }
    nodes.remove_id(signature.id);
    let content = canonical(&document, &nodes, &instructions.prefixes)?;
    let found = digest(instructions.digest, content.as_bytes());
    if found.as_ref() != instructions.wanted {
        return Err(Unsigned::Changed);
    }
    Ok(content)
}

/// The one signature of the whole document, right inside the assertion.
fn only_signature(root: Element<'_>) -> Result<Element<'_>, Unsigned> {
    const NOT_ONE: Unsigned = Unsigned::Shape("the assertion must hold one signature, its own");
    let assertions = root.below().filter(|each| each.is(ASSERTION, "Assertion"));
    let signatures = root.below().filter(|each| each.is(DSIG, "Signature"));
    if assertions.count() != 0 || signatures.count() != 1 {
        return Err(NOT_ONE);
    }
    root.only(DSIG, "Signature").ok_or(NOT_ONE)
}

/// What `SignedInfo` says, read from the octets that are signed.
struct Instructions {
    algorithm: &'static dyn VerificationAlgorithm,
    digest: &'static digest::Algorithm,
    wanted: Vec<u8>,
    prefixes: Vec<String>,
}

impl Instructions {
    fn read(text: &str, id: &str) -> Result<Self, Unsigned> {
        let document = parse(text).ok_or(Unsigned::Shape("SignedInfo cannot be read"))?;
        let root = Element::root(&document).filter(|root| root.is(DSIG, "SignedInfo"));
        let root = root.ok_or(Unsigned::Shape("SignedInfo cannot be read"))?;
        if algorithm(child(root, "CanonicalizationMethod")?) != EXCLUSIVE {
            return Err(Unsigned::Algorithm);
        }
        let reference = child(root, "Reference")?;
        if reference
            .attribute("URI")
            .and_then(|uri| uri.strip_prefix('#'))
            != Some(id)
        {
            return Err(Unsigned::Shape("the signature is not for the assertion"));
        }
        let transforms: Vec<_> = child(reference, "Transforms")?.children().collect();
        let [enveloped, exclusive] = transforms[..] else {
            return Err(Unsigned::Algorithm);
        };
        let both = [enveloped, exclusive]
            .iter()
            .all(|each| each.is(DSIG, "Transform"));
        if !both || algorithm(enveloped) != ENVELOPED || algorithm(exclusive) != EXCLUSIVE {
            return Err(Unsigned::Algorithm);
        }
        Ok(Self {
            algorithm: signature_algorithm(algorithm(child(root, "SignatureMethod")?))?,
            digest: digest_algorithm(algorithm(child(reference, "DigestMethod")?))?,
            wanted: base64(child(reference, "DigestValue")?)?,
            prefixes: prefixes(exclusive)?,
        })
    }

    /// Itself, if one of the keys signed these octets.
    fn made_by(
        self,
        keys: &[&Certificate],
        signature: &[u8],
        octets: &[u8],
    ) -> Result<Self, Unsigned> {
        let made_by = |key: &&Certificate| {
            let key = UnparsedPublicKey::new(self.algorithm, key.public_key());
            key.verify(octets, signature).is_ok()
        };
        match keys.iter().any(made_by) {
            true => Ok(self),
            false => Err(Unsigned::Key),
        }
    }
}

/// RFC 6931: RSA and ECDSA with SHA-2. SHA-1 can be forged.
fn signature_algorithm(uri: &str) -> Result<&'static dyn VerificationAlgorithm, Unsigned> {
    let name = uri.strip_prefix("http://www.w3.org/2001/04/xmldsig-more#");
    Ok(match name.ok_or(Unsigned::Algorithm)? {
        "rsa-sha256" => &signature::RSA_PKCS1_2048_8192_SHA256,
        "rsa-sha384" => &signature::RSA_PKCS1_2048_8192_SHA384,
        "rsa-sha512" => &signature::RSA_PKCS1_2048_8192_SHA512,
        // XML Signature writes the two numbers one after the other.
        "ecdsa-sha256" => &signature::ECDSA_P256_SHA256_FIXED,
        "ecdsa-sha384" => &signature::ECDSA_P384_SHA384_FIXED,
        _ => return Err(Unsigned::Algorithm),
    })
}

fn digest_algorithm(uri: &str) -> Result<&'static digest::Algorithm, Unsigned> {
    match uri {
        "http://www.w3.org/2001/04/xmlenc#sha256" => Ok(&digest::SHA256),
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => Ok(&digest::SHA384),
        "http://www.w3.org/2001/04/xmlenc#sha512" => Ok(&digest::SHA512),
        _ => Err(Unsigned::Algorithm),
    }
}

fn canonical(
    document: &Document<'_>,
    nodes: &NodeSet,
    prefixes: &[String],
) -> Result<String, Unsigned> {
    let octets = canonicalize_doc(document, C14nMode::Exclusive, Some(nodes), prefixes);
    let unreadable = Unsigned::Shape("it cannot be read");
    String::from_utf8(octets.map_err(|_| unreadable)?).map_err(|_| unreadable)
}

/// The `PrefixList` of a canonicalization (Exclusive XML Canonicalization
/// section 4), empty where there is none.
fn prefixes(method: Element<'_>) -> Result<Vec<String>, Unsigned> {
    let parameters: Vec<_> = method.children().collect();
    match parameters[..] {
        [] => Ok(Vec::new()),
        [list] if list.is(EXCLUSIVE, "InclusiveNamespaces") => {
            let list = list.attribute("PrefixList").unwrap_or_default();
            let list: Vec<_> = list.split_whitespace().map(str::to_owned).collect();
            match list.len() <= MAX_PREFIXES {
                true => Ok(list),
                false => Err(Unsigned::Shape("there are too many prefixes")),
            }
        }
        _ => Err(Unsigned::Algorithm),
    }
}

fn child<'d>(parent: Element<'d>, name: &'static str) -> Result<Element<'d>, Unsigned> {
    let child = parent.only(DSIG, name);
    child.ok_or(Unsigned::Shape(
        "a part of the signature is missing or double",
    ))
}

fn algorithm<'d>(element: Element<'d>) -> &'d str {
    element.attribute("Algorithm").unwrap_or_default()
}

fn base64(element: Element<'_>) -> Result<Vec<u8>, Unsigned> {
    let mut text = element.text().unwrap_or_default();
    text.retain(|letter| !letter.is_ascii_whitespace());
    let decoded = BASE64.decode(text);
    decoded.map_err(|_| Unsigned::Shape("a value of the signature is not base64"))
}

fn is_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
    (1..=MAX_ID).contains(&id.len()) && id.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng as _, SeedableRng as _};

    use super::*;

    const GOOD: &str = include_str!("../../tests/accounts/saml/good.xml");
    const PREFIXES: &str = include_str!("../../tests/accounts/saml/prefixes.xml");
    const KEY: &str = include_str!("../../tests/accounts/saml/sts.pem");

    fn key() -> Certificate {
        Certificate::all_from_pem(KEY.as_bytes()).unwrap().remove(0)
    }

    /// One change such as an attacker, or a bad line, makes.
    fn change(octets: &mut Vec<u8>, random: &mut StdRng) {
        const MARKS: &[u8] = b"<>/\"'=&;:!?-#[]() \n\0aZ09\xc3\xff";
        let at = random.random_range(0..octets.len());
        let end = (at + random.random_range(1..80)).min(octets.len());
        match random.random_range(0..5) {
            0 => octets[at] = MARKS[random.random_range(0..MARKS.len())],
            1 => octets[at] ^= 1 << random.random_range(0..8),
            2 => drop(octets.drain(at..end)),
            3 => octets.insert(at, MARKS[random.random_range(0..MARKS.len())]),
            _ => {
                let piece = octets[at..end].to_vec();
                let to = random.random_range(0..octets.len());
                octets.splice(to..to, piece);
            }
        }
    }

    #[test]
    fn whatever_is_changed_is_refused_or_no_change() {
        let key = key();
        let mut random = StdRng::seed_from_u64(7);
        for original in [GOOD, PREFIXES] {
            let signed = signed_text(original, &[&key]).unwrap();
            for _ in 0..3000 {
                let mut octets = original.as_bytes().to_vec();
                for _ in 0..random.random_range(1..4) {
                    change(&mut octets, &mut random);
                }
                let Ok(changed) = String::from_utf8(octets) else {
                    continue;
                };
                if let Ok(read) = signed_text(&changed, &[&key]) {
                    assert_eq!(read, signed, "{changed}");
                }
            }
        }
    }

    #[test]
    fn what_is_read_holds_no_signature() {
        let signed = signed_text(GOOD, &[&key()]).unwrap();
        let document = parse(&signed).unwrap();
        let root = Element::root(&document).unwrap();
        assert!(root.only(DSIG, "Signature").is_none());
        assert_eq!(root.attribute("ID"), Some("_good"));
    }

    #[test]
    fn no_key_signs_nothing() {
        assert_eq!(signed_text(GOOD, &[]), Err(Unsigned::Key));
    }
}
