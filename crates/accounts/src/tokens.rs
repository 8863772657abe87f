//! Access tokens: JWT (RFC 7519) signed with RS256, in the shape of RFC 9068.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jsonwebtoken::jwk::{Jwk, JwkSet, KeyAlgorithm, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header, Validation};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;
use vdx_store::api_clients::ApiClient;

use crate::issuer::{ClaimNames, IssuerKeys};
use crate::{Caller, CallerRefused, Error, Settings};

/// Longest token that is looked at, in bytes.
const MAX_LENGTH: usize = 16 * 1024;
/// How far the clock of another issuer may be from ours, in seconds.
const SKEW: f64 = 60.0;

/// A token just issued.
pub struct IssuedToken {
    /// The token.
    pub access_token: String,
    /// How long it is good for.
    pub lifetime: Duration,
}

impl std::fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IssuedToken(…)")
    }
}

/// Issues and checks tokens.
pub(crate) struct TokenService {
    issuer: String,
    lifetime: Duration,
    key: EncodingKey,
    header: Header,
    jwks: JwkSet,
    /// By issuer name, the hub's own among them.
    issuers: HashMap<String, IssuerKeys>,
}

/// The claims every token must have; the others are looked up by name.
#[derive(Deserialize)]
struct Claims {
    exp: f64,
    nbf: Option<f64>,
    aud: Option<Value>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// All that is read before the signature is checked.
#[derive(Deserialize)]
struct IssuerClaim {
    iss: String,
}

impl TokenService {
    pub(crate) fn new(signing_key: Vec<u8>, settings: Settings) -> Result<Self, Error> {
        let failed = |_| Error::Key("signing key");
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(signing_key)
        );
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(failed)?;
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).map_err(failed)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(failed)?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.key_algorithm = Some(KeyAlgorithm::RS256);
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let jwks = JwkSet { keys: vec![jwk] };

        let mut issuers = HashMap::new();
        for trusted in &settings.trusted_issuers {
            issuers.insert(trusted.issuer.clone(), IssuerKeys::read(trusted)?);
        }
        // Last, so that nobody takes the hub's own name.
        issuers.insert(
            settings.issuer.clone(),
            IssuerKeys::from_set(&jwks, ClaimNames::default()),
        );

        let mut header = Header::new(Algorithm::RS256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(kid);
        Ok(Self {
            issuer: settings.issuer,
            lifetime: settings.token_lifetime,
            key,
            header,
            jwks,
            issuers,
        })
    }

    pub(crate) fn jwks(&self) -> &JwkSet {
        &self.jwks
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(crate) fn issue(&self, client: &ApiClient, now: Timestamp) -> Result<IssuedToken, Error> {
        let issued = now.as_second();
        let lifetime = i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX);
        let mut claims = json!({
            "iss": self.issuer,
            "aud": self.issuer,
            "sub": client.id,
            "client_id": client.id,
            "iat": issued,
            "exp": issued.saturating_add(lifetime),
            "jti": Uuid::new_v4(),
            "userrole": client.roles,
        });
        if let (Some(organisation), Some(claims)) = (&client.organisation, claims.as_object_mut()) {
            claims.insert("organisation_id".to_owned(), json!(organisation));
        }
        if let (Some(email), Some(claims)) = (&client.email, claims.as_object_mut()) {
            claims.insert("email".to_owned(), json!(email));
        }
        let access_token = jsonwebtoken::encode(&self.header, &claims, &self.key)
            .map_err(|_| Error::Key("signing key"))?;
        Ok(IssuedToken {
            access_token,
            lifetime: self.lifetime,
        })
    }

    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Result<Caller, CallerRefused> {
        use CallerRefused::InvalidToken;
        if token.len() > MAX_LENGTH {
            return Err(InvalidToken("it is too long"));
        }
        let malformed = |_| InvalidToken("it is malformed");
        let header = jsonwebtoken::decode_header(token).map_err(malformed)?;
        let IssuerClaim { iss } =
            jsonwebtoken::dangerous::insecure_decode_claims(token).map_err(malformed)?;
        let own = iss == self.issuer;
        let issuer = self
            .issuers
            .get(&iss)
            .ok_or(InvalidToken("its issuer is not trusted"))?;
        let key = header
            .kid
            .and_then(|kid| issuer.keys.get(&kid))
            .ok_or(InvalidToken("its key is not known"))?;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &signature_only())
            .map_err(|_| InvalidToken("its signature or form is wrong"))?
            .claims;
        Self::check_times(&claims, own, now)?;
        if own && claims.aud.as_ref().and_then(Value::as_str) != Some(&*self.issuer) {
            return Err(InvalidToken("it is for somebody else"));
        }
        let text = |name: &str| claims.others.get(name).and_then(Value::as_str);
        Caller::from_claims(
            text(&issuer.claims.organisation).map(str::to_owned),
            text(&issuer.claims.email).map(str::to_owned),
            &words(claims.others.get(&issuer.claims.roles)),
        )
    }

    /// Times are checked here and not by the library, which reads the
    /// machine's clock.
    fn check_times(claims: &Claims, own: bool, now: Timestamp) -> Result<(), CallerRefused> {
        let now = now.as_duration().as_secs_f64();
        let skew = if own { 0.0 } else { SKEW };
        if now >= claims.exp + skew {
            return Err(CallerRefused::InvalidToken("it has expired"));
        }
        if claims.nbf.is_some_and(|from| now + skew < from) {
            return Err(CallerRefused::InvalidToken("it is not valid yet"));
        }
        Ok(())
    }
}

fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

/// A list of words, or one word alone.
fn words(claim: Option<&Value>) -> Vec<String> {
    match claim {
        Some(Value::String(word)) => vec![word.clone()],
        Some(Value::Array(words)) => words
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}
