//! Access tokens: JWT (RFC 7519) in the shape of RFC 9068.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use jiff::Timestamp;
use jsonwebtoken::Header;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;
use vdx_domain::{ApiRole, ClientId, OrganisationCode};
use vdx_store::grants::UserGrant;
use vdx_store::users::User;

use crate::audience::Audiences;
use crate::claims::{Claims, SKEW, Untimely};
use crate::issuers::{ClaimNames, Issuer, TrustedIssuer};
use crate::key_set::KeySet;
use crate::signing::KeyRing;
use crate::{Caller, CallerRefused, Error};

/// Longest token that is looked at, in bytes.
const MAX_LENGTH: usize = 16 * 1024;
/// The type of the hub's access tokens (RFC 9068 section 2.1), so that no
/// other token it signs passes for one.
const TYPE: &str = "at+jwt";
/// The type of its id tokens.
const ID_TYPE: &str = "JWT";
/// The claim that names what a person gave.
const GRANT: &str = "grant_id";

/// For whom a token is issued.
pub(crate) struct Subject<'a> {
    /// The person, or the client that acts for itself.
    pub(crate) id: String,
    pub(crate) client: ClientId,
    pub(crate) organisation: Option<&'a OrganisationCode>,
    pub(crate) email: Option<&'a str>,
    pub(crate) roles: BTreeSet<ApiRole>,
    /// What a person gave, if it stands for that.
    pub(crate) grant: Option<&'a UserGrant>,
}

/// Issues and checks access tokens.
pub(crate) struct AccessTokens {
    pub(crate) keys: KeyRing,
    pub(crate) audiences: Audiences,
    lifetime: Duration,
    /// Where the hub's own tokens carry what it wants to know.
    claims: ClaimNames,
    /// The others, by name.
    issuers: HashMap<String, Issuer>,
}

/// A token whose signature, times and audience are good.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) caller: Caller,
    /// Of a token of the hub itself: what may have changed since.
    pub(crate) own: Option<OwnToken>,
    /// The organisation under which the caller's is made when it is not known.
    pub(crate) parent: Option<OrganisationCode>,
}

/// Which of the hub's own tokens it is.
#[derive(Debug)]
pub(crate) struct OwnToken {
    pub(crate) jti: String,
    pub(crate) client: ClientId,
    /// What a person gave, if it stands for that.
    pub(crate) grant: Option<Uuid>,
    pub(crate) expires_at: Timestamp,
}

/// All that is read before the signature is checked.
#[derive(Deserialize)]
struct IssuerClaim {
    iss: String,
}

const UNKNOWN_KEY: CallerRefused = CallerRefused::InvalidToken("its key is not known");
const FOR_SOMEBODY_ELSE: CallerRefused = CallerRefused::InvalidToken("it is for somebody else");

impl AccessTokens {
    pub(crate) async fn open(
        keys: KeyRing,
        audiences: Audiences,
        lifetime: Duration,
        trusted_issuers: Vec<TrustedIssuer>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let mut issuers = HashMap::new();
        for trusted in trusted_issuers {
            let name = trusted.issuer.clone();
            issuers.insert(name, Issuer::open(trusted, now).await?);
        }
        Ok(Self {
            keys,
            audiences,
            lifetime,
            claims: ClaimNames::default(),
            issuers,
        })
    }

    fn issuer(&self) -> &str {
        self.audiences.hub()
    }

    /// A token, and how long it is good for.
    pub(crate) async fn issue(
        &self,
        subject: &Subject<'_>,
        audience: &str,
        now: Timestamp,
    ) -> Result<(String, Duration), Error> {
        let lifetime = match subject.grant {
            None => self.lifetime,
            Some(grant) => self.lifetime.min(until(grant.expires_at, now)),
        };
        let mut claims = self.registered(&subject.id, audience, lifetime, now);
        claims.insert("client_id".to_owned(), json!(subject.client));
        claims.insert("jti".to_owned(), json!(Uuid::new_v4()));
        claims.insert("userrole".to_owned(), json!(subject.roles));
        for (name, value) in [
            ("organisation_id", subject.organisation.map(|code| &*code.0)),
            ("email", subject.email),
        ] {
            claims.extend(value.map(|value| (name.to_owned(), value.into())));
        }
        if let Some(grant) = subject.grant {
            claims.insert(GRANT.to_owned(), json!(grant.id));
            claims.insert(
                "auth_time".to_owned(),
                grant.signed_in_at.as_second().into(),
            );
        }
        let token = self.keys.ring(now).await.sign(TYPE, &claims, now)?;
        Ok((token, lifetime))
    }

    /// Tells the client who signed in (OpenID Connect Core section 2).
    pub(crate) async fn id_token(
        &self,
        grant: &UserGrant,
        user: &User,
        now: Timestamp,
    ) -> Result<String, Error> {
        let lifetime = self.lifetime.min(until(grant.expires_at, now));
        let id = user.id.to_string();
        let mut claims = self.registered(&id, &grant.client.to_string(), lifetime, now);
        claims.insert(
            "auth_time".to_owned(),
            grant.signed_in_at.as_second().into(),
        );
        claims.insert("sid".to_owned(), json!(grant.session));
        let has = |scope: &str| grant.scope.split(' ').any(|word| word == scope);
        for (name, value) in [
            ("nonce", grant.nonce.as_deref()),
            ("email", Some(&*user.email).filter(|_| has("email"))),
            (
                "preferred_username",
                Some(&*user.username).filter(|_| has("profile")),
            ),
        ] {
            claims.extend(value.map(|value| (name.to_owned(), value.into())));
        }
        self.keys.ring(now).await.sign(ID_TYPE, &claims, now)
    }

    /// The claims every token has.
    fn registered(
        &self,
        subject: &str,
        audience: &str,
        lifetime: Duration,
        now: Timestamp,
    ) -> Map<String, Value> {
        let issued = now.as_second();
        let lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        [
            ("iss", json!(self.issuer())),
            ("sub", json!(subject)),
            ("aud", json!(audience)),
            ("iat", json!(issued)),
            ("exp", json!(issued.saturating_add(lifetime))),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
    }

    /// The client and the session of an id token of this hub, ended or not: a
    /// hint for signing out.
    pub(crate) async fn session_of_id_token(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Option<(ClientId, Uuid)> {
        let (header, iss) = unchecked(token).ok()?;
        let own = iss == self.issuer() && header.typ.as_deref() == Some(ID_TYPE);
        let id = header.kid.as_deref().filter(|_| own)?;
        let ring = self.keys.ring_with(id, now).await;
        let claims: Claims = ring.checks(id, now)?.claims(token, &header)?;
        let [client] = claims.aud.names() else {
            return None;
        };
        Some((client.parse().ok()?, claims.text("sid")?.parse().ok()?))
    }

    /// Who calls the operation at this address with this token.
    pub(crate) async fn check(
        &self,
        token: &str,
        url: &str,
        counting: &[ApiRole],
        now: Timestamp,
    ) -> Result<Checked, CallerRefused> {
        let (header, iss) = unchecked(token)?;
        // First, so that nobody else takes the hub's own name.
        if iss == self.issuer() {
            let (claims, own) = self.check_own(token, &header, now).await?;
            let [audience] = claims.aud.names() else {
                return Err(FOR_SOMEBODY_ELSE);
            };
            if !self.audiences.admits(audience, url) {
                return Err(FOR_SOMEBODY_ELSE);
            }
            let id = match own.grant {
                None => format!("client:{}", own.client),
                Some(_) => format!("user:{}", claims.text("sub").unwrap_or_default()),
            };
            return Ok(Checked {
                caller: caller(id, &claims, &self.claims, counting)?,
                own: Some(own),
                parent: None,
            });
        }
        let issuer = self
            .issuers
            .get(&iss)
            .ok_or(CallerRefused::InvalidToken("its issuer is not trusted"))?;
        let id = header.kid.as_deref().ok_or(UNKNOWN_KEY)?;
        let keys = issuer.keys(id, now).await;
        let keys = keys.has(id).then_some(&*keys).ok_or(UNKNOWN_KEY)?;
        let claims = signed_claims(keys, token, &header)?;
        claims.check_times(now, SKEW)?;
        let audience = issuer.trusted.audience.as_ref();
        if audience.is_some_and(|wanted| !claims.aud.names().contains(wanted)) {
            return Err(FOR_SOMEBODY_ELSE);
        }
        let subject = claims.text("sub").unwrap_or_default();
        let id = format!("issuer:{iss}|{subject}");
        let parent = issuer.trusted.parent_claim.as_deref();
        let parent = parent.and_then(|name| claims.text(name));
        Ok(Checked {
            parent: parent.map(|code| OrganisationCode(code.to_owned())),
            caller: caller(id, &claims, &issuer.trusted.claims, counting)?,
            own: None,
        })
    }

    /// Which of the hub's own tokens this is, if it is one and has not ended.
    pub(crate) async fn own(&self, token: &str, now: Timestamp) -> Option<OwnToken> {
        let (header, iss) = unchecked(token).ok()?;
        let own = iss == self.issuer();
        own.then_some(())?;
        let (_, own) = self.check_own(token, &header, now).await.ok()?;
        Some(own)
    }

    /// Signature, times and kind of one of the hub's own tokens, for whomever
    /// it is.
    async fn check_own(
        &self,
        token: &str,
        header: &Header,
        now: Timestamp,
    ) -> Result<(Claims, OwnToken), CallerRefused> {
        const MALFORMED: CallerRefused = CallerRefused::InvalidToken("it is no access token");
        if header.typ.as_deref() != Some(TYPE) {
            return Err(MALFORMED);
        }
        let id = header.kid.as_deref().ok_or(UNKNOWN_KEY)?;
        let ring = self.keys.ring_with(id, now).await;
        let keys = ring.checks(id, now).ok_or(UNKNOWN_KEY)?;
        let claims = signed_claims(keys, token, header)?;
        claims.check_times(now, 0.0)?;
        let text = |name: &str| claims.text(name).ok_or(MALFORMED);
        let own = OwnToken {
            jti: text("jti")?.to_owned(),
            client: text("client_id")?.parse().map_err(|_| MALFORMED)?,
            grant: match claims.text(GRANT) {
                None => None,
                Some(id) => Some(id.parse().map_err(|_| MALFORMED)?),
            },
            expires_at: claims.expires_at().ok_or(MALFORMED)?,
        };
        Ok((claims, own))
    }
}

/// From now until then; nothing when it is over.
fn until(end: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(end.duration_since(now)).unwrap_or_default()
}

/// Header and issuer of a token, before anything is checked.
fn unchecked(token: &str) -> Result<(Header, String), CallerRefused> {
    if token.len() > MAX_LENGTH {
        return Err(CallerRefused::InvalidToken("it is too long"));
    }
    let malformed = |_| CallerRefused::InvalidToken("it is malformed");
    let header = jsonwebtoken::decode_header(token).map_err(malformed)?;
    let IssuerClaim { iss } =
        jsonwebtoken::dangerous::insecure_decode_claims(token).map_err(malformed)?;
    Ok((header, iss))
}

fn signed_claims(keys: &KeySet, token: &str, header: &Header) -> Result<Claims, CallerRefused> {
    keys.claims(token, header)
        .ok_or(CallerRefused::InvalidToken(
            "its signature or form is wrong",
        ))
}

fn caller(
    id: String,
    claims: &Claims,
    names: &ClaimNames,
    counting: &[ApiRole],
) -> Result<Caller, CallerRefused> {
    Caller::from_claims(
        id,
        claims.text(&names.organisation),
        claims.text(&names.email),
        &claims.words(&names.roles),
        counting,
    )
}

impl From<Untimely> for CallerRefused {
    fn from(untimely: Untimely) -> Self {
        Self::InvalidToken(match untimely {
            Untimely::Expired => "it has expired",
            Untimely::NotYet => "it is not valid yet",
        })
    }
}
