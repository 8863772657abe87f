//! People with a password of this hub.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;
use vdx_domain::{Agent, ApiRole, AuditOperation, AuditResource, OrganisationCode, Randomness};
use vdx_store::Tx;
use vdx_store::audit::{self, NewRecord, change};
use vdx_store::users::{self, User};

use super::{RegistryError, fits};
use crate::password::hash_password;
use crate::secret::ClientSecret;

/// Somebody who is to sign in.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// What they sign in with; 1 to 100 characters.
    pub username: String,
    /// Their organisation.
    pub organisation: OrganisationCode,
    /// E-mail; 1 to 100 characters.
    pub email: String,
    /// What they may do; at least one role.
    pub roles: BTreeSet<ApiRole>,
}

/// Makes a user, with a password that is told here and nowhere else. Takes some
/// ten milliseconds of processor time.
///
/// # Errors
/// [`RegistryError::Unfit`], [`RegistryError::Taken`],
/// [`RegistryError::Missing`] when there is no such organisation,
/// [`RegistryError::Store`].
pub async fn add_user(
    tx: &mut Tx,
    new: NewUser,
    randomness: &dyn Randomness,
    agent: &Agent,
    now: Timestamp,
) -> Result<(User, String), RegistryError> {
    if !fits(&new.username) || !fits(&new.email) || new.username.trim() != new.username {
        return Err(RegistryError::Unfit(
            "a user needs a name and an e-mail of 1 to 100 characters",
        ));
    }
    if new.roles.is_empty() {
        return Err(RegistryError::Unfit("a user needs a role"));
    }
    let password = draw(randomness);
    let user = User {
        id: Uuid::now_v7(),
        username: new.username,
        password_hash: hash_password(&password)?,
        organisation: new.organisation,
        email: new.email,
        roles: new.roles,
        active: true,
    };
    users::add(tx, &user, now).await?;
    let made = change(None, Some(&snapshot(&user)));
    record(tx, &user, AuditOperation::Create, made, agent, now);
    Ok((user, password))
}

/// Gives a user a new password and signs them out everywhere.
///
/// # Errors
/// [`RegistryError::Missing`], [`RegistryError::Store`].
pub async fn renew_password(
    tx: &mut Tx,
    username: &str,
    randomness: &dyn Randomness,
    agent: &Agent,
    now: Timestamp,
) -> Result<String, RegistryError> {
    let user = user_of(tx, username).await?;
    let password = draw(randomness);
    users::set_password(tx, user.id, &hash_password(&password)?).await?;
    let renewed = json!({ "password": "renewed" });
    record(tx, &user, AuditOperation::Update, renewed, agent, now);
    Ok(password)
}

/// Shuts a user out and signs them out everywhere, or lets them in again.
///
/// # Errors
/// [`RegistryError::Missing`], [`RegistryError::Store`].
pub async fn set_user_active(
    tx: &mut Tx,
    username: &str,
    active: bool,
    agent: &Agent,
    now: Timestamp,
) -> Result<(), RegistryError> {
    let before = user_of(tx, username).await?;
    users::set_active(tx, before.id, active).await?;
    let after = User {
        active,
        ..before.clone()
    };
    let changed = change(Some(&snapshot(&before)), Some(&snapshot(&after)));
    record(tx, &before, AuditOperation::Update, changed, agent, now);
    Ok(())
}

async fn user_of(tx: &mut Tx, username: &str) -> Result<User, RegistryError> {
    users::by_username(tx, username)
        .await?
        .ok_or(RegistryError::Missing)
}

fn draw(randomness: &dyn Randomness) -> String {
    ClientSecret::draw(randomness).reveal().to_owned()
}

/// A user as the audit trail tells of them.
fn snapshot(user: &User) -> Value {
    json!({
        "username": user.username,
        "organisation": user.organisation,
        "email": user.email,
        "roles": user.roles,
        "active": user.active,
    })
}

fn record(
    tx: &mut Tx,
    user: &User,
    operation: AuditOperation,
    details: Value,
    agent: &Agent,
    now: Timestamp,
) {
    let record = NewRecord {
        at: now,
        organisation: user.organisation.clone(),
        agent: agent.clone(),
        resource: AuditResource::User,
        operation,
        identifier: user.id.to_string(),
        details,
    };
    audit::append(tx, record);
}
