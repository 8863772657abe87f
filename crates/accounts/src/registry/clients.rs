//! Systems that act for themselves: making them, and changing what they show.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Value, json};
use uuid::Uuid;
use vdx_domain::{
    Agent, ApiRole, AuditOperation, AuditResource, ClientId, OrganisationCode, Randomness,
};
use vdx_store::api_clients::{self, ApiClient};
use vdx_store::audit::{self, NewRecord, change};
use vdx_store::{Tx, client_secrets};

use super::{RegistryError, fits};
use crate::key_set::KeySet;
use crate::secret::{ClientSecret, hash_secret};

/// Most secrets of a client that are good at a time: the one in use, and the
/// one that replaces it.
pub const MAX_SECRETS: usize = 2;

/// A client to make.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// What people call it; 1 to 100 characters.
    pub name: String,
    /// For which organisation and under which e-mail it acts. May be absent
    /// where its only role is meeting-provisioner.
    pub identity: Option<(OrganisationCode, String)>,
    /// What it may do; at least one role.
    pub roles: BTreeSet<ApiRole>,
}

/// Makes a client, without anything to show yet.
///
/// # Errors
/// [`RegistryError::Unfit`], [`RegistryError::Missing`] when there is no such
/// organisation, [`RegistryError::Store`].
pub async fn add_client(
    tx: &mut Tx,
    new: NewClient,
    agent: &Agent,
    now: Timestamp,
) -> Result<ApiClient, RegistryError> {
    let unfit = |text| Err(RegistryError::Unfit(text));
    if !fits(&new.name) {
        return unfit("a client needs a name of 1 to 100 characters");
    }
    if new.roles.is_empty() {
        return unfit("a client needs a role");
    }
    let nobody = new.roles.iter().eq(&[ApiRole::MeetingProvisioner]);
    match &new.identity {
        None if !nobody => {
            return unfit("only a mere meeting-provisioner may be without organisation and e-mail");
        }
        Some((_, email)) if !fits(email) => {
            return unfit("a client needs an e-mail of 1 to 100 characters");
        }
        _ => {}
    }
    let (organisation, email) = new.identity.unzip();
    let client = ApiClient {
        id: ClientId(Uuid::new_v4()),
        name: new.name,
        organisation,
        email,
        roles: new.roles,
        active: true,
        public: false,
        keys: None,
    };
    api_clients::add(tx, &client, now).await?;
    let made = change(None, Some(&snapshot(&client)));
    record(tx, &client, AuditOperation::Create, made, agent, now);
    Ok(client)
}

/// Gives a client a further secret; it is told here and nowhere else.
///
/// # Errors
/// [`RegistryError::TooManySecrets`], [`RegistryError::Unfit`] for a client
/// that cannot keep a secret, [`RegistryError::Missing`],
/// [`RegistryError::Store`].
pub async fn add_secret(
    tx: &mut Tx,
    client: ClientId,
    expires_at: Option<Timestamp>,
    randomness: &dyn Randomness,
    agent: &Agent,
    now: Timestamp,
) -> Result<(Uuid, ClientSecret), RegistryError> {
    tx.lock(&format!("client_secrets/{client}")).await?;
    let known = client_of(tx, client).await?;
    if known.public {
        return Err(RegistryError::Unfit(
            "a program in a browser cannot keep a secret",
        ));
    }
    if expires_at.is_some_and(|end| end <= now) {
        return Err(RegistryError::Unfit("the secret would have ended already"));
    }
    if client_secrets::live(tx, client, now).await?.len() >= MAX_SECRETS {
        return Err(RegistryError::TooManySecrets);
    }
    let secret = ClientSecret::draw(randomness);
    let row = client_secrets::ClientSecret {
        id: Uuid::now_v7(),
        client,
        hash: hash_secret(secret.reveal(), randomness),
        created_at: now,
        expires_at,
        last_used_at: None,
    };
    client_secrets::add(tx, &row).await?;
    let added = json!({ "secretAdded": row.id, "ends": expires_at });
    record(tx, &known, AuditOperation::Update, added, agent, now);
    Ok((row.id, secret))
}

/// Removes a secret.
///
/// # Errors
/// [`RegistryError::Missing`], [`RegistryError::Store`].
pub async fn remove_secret(
    tx: &mut Tx,
    client: ClientId,
    secret: Uuid,
    agent: &Agent,
    now: Timestamp,
) -> Result<(), RegistryError> {
    let known = client_of(tx, client).await?;
    client_secrets::remove(tx, client, secret).await?;
    let removed = json!({ "secretRemoved": secret });
    record(tx, &known, AuditOperation::Update, removed, agent, now);
    Ok(())
}

/// Shuts a client out, or lets it in again.
///
/// # Errors
/// [`RegistryError::Missing`], [`RegistryError::Store`].
pub async fn set_client_active(
    tx: &mut Tx,
    client: ClientId,
    active: bool,
    agent: &Agent,
    now: Timestamp,
) -> Result<(), RegistryError> {
    let before = client_of(tx, client).await?;
    api_clients::set_active(tx, client, active).await?;
    let after = ApiClient {
        active,
        ..before.clone()
    };
    let changed = change(Some(&snapshot(&before)), Some(&snapshot(&after)));
    record(tx, &before, AuditOperation::Update, changed, agent, now);
    Ok(())
}

/// The client of this id.
pub(super) async fn client_of(tx: &mut Tx, id: ClientId) -> Result<ApiClient, RegistryError> {
    api_clients::by_id(tx, id)
        .await?
        .ok_or(RegistryError::Missing)
}

/// A client as the audit trail tells of it.
pub(super) fn snapshot(client: &ApiClient) -> Value {
    json!({
        "name": client.name,
        "organisation": client.organisation,
        "email": client.email,
        "roles": client.roles,
        "active": client.active,
        "public": client.public,
    })
}

pub(super) fn record(
    tx: &mut Tx,
    client: &ApiClient,
    operation: AuditOperation,
    details: Value,
    agent: &Agent,
    now: Timestamp,
) {
    let nowhere = || OrganisationCode(String::new());
    let record = NewRecord {
        at: now,
        organisation: client.organisation.clone().unwrap_or_else(nowhere),
        agent: agent.clone(),
        resource: AuditResource::ApiClient,
        operation,
        identifier: client.id.to_string(),
        details,
    };
    audit::append(tx, record);
}

/// Gives a client public keys in place of those it had: a JWK set, one JWK, or
/// a public key in PEM.
///
/// # Errors
/// [`RegistryError::Keys`], [`RegistryError::Missing`], [`RegistryError::Store`].
pub async fn set_keys(
    tx: &mut Tx,
    client: ClientId,
    text: &str,
    agent: &Agent,
    now: Timestamp,
) -> Result<usize, RegistryError> {
    let set = read_keys(text).map_err(RegistryError::Keys)?;
    let json =
        serde_json::to_string(&set).map_err(|error| RegistryError::Keys(error.to_string()))?;
    let number = KeySet::parse(json.as_bytes())
        .map_err(RegistryError::Keys)?
        .len();
    let known = client_of(tx, client).await?;
    if known.public {
        return Err(RegistryError::Unfit(
            "a program in a browser cannot keep a key",
        ));
    }
    api_clients::set_keys(tx, client, Some(&json)).await?;
    let ids: Vec<_> = set.keys.iter().map(|key| &key.common.key_id).collect();
    let replaced = json!({ "keys": ids });
    record(tx, &known, AuditOperation::Update, replaced, agent, now);
    Ok(number)
}

fn read_keys(text: &str) -> Result<JwkSet, String> {
    if text.trim_start().starts_with("-----BEGIN") {
        return Ok(JwkSet {
            keys: vec![from_pem(text)?],
        });
    }
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let keys = value.get("keys").and_then(|keys| keys.as_array());
    let keys = keys.cloned().unwrap_or_else(|| vec![value]);
    // Whoever hands over a private key has to make a new one.
    if keys
        .iter()
        .any(|key| key.get("d").is_some() || key.get("k").is_some())
    {
        return Err(
            "a private key was given; hand over the public one, and make a new pair".into(),
        );
    }
    let keys = keys.into_iter().map(serde_json::from_value::<Jwk>);
    let keys: Result<_, _> = keys.collect();
    Ok(JwkSet {
        keys: keys.map_err(|error| error.to_string())?,
    })
}

fn from_pem(pem: &str) -> Result<Jwk, String> {
    if pem.contains("PRIVATE") {
        return Err(
            "a private key was given; hand over the public one, and make a new pair".into(),
        );
    }
    let unreadable = || "the PEM file holds no public key for RSA or P-256".to_owned();
    let rsa = DecodingKey::from_rsa_pem(pem.as_bytes());
    let key = match rsa {
        Ok(key) => key,
        Err(_) => DecodingKey::from_ec_pem(pem.as_bytes()).map_err(|_| unreadable())?,
    };
    let mut jwk = Jwk::from_decoding_key(&key, None::<Algorithm>).map_err(|_| unreadable())?;
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    jwk.common.key_id = jwk.thumbprint(ThumbprintHash::SHA256).ok();
    Ok(jwk)
}
