//! `vdx client`, `vdx user` and `vdx keys`: who may call and sign in, and what signs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use vdx_accounts::Accounts;
use vdx_accounts::registry::{self, AppUris, NewClient, NewUser};
use vdx_domain::{
    Agent, ApiRole, ClientId, Clock as _, OrganisationCode, SystemClock, SystemRandomness,
};
use vdx_store::api_clients::{self, ApiClient};
use vdx_store::client_uris::{self, Purpose};
use vdx_store::users::{self, User};
use vdx_store::{Tx, client_secrets};

use crate::cli::{self, ClientCommand, KeysCommand, UserCommand};
use crate::config::Config;
use crate::failure::Failure;
use crate::start::{self, Storage};

/// Does it, on a runtime of its own.
fn with_storage(
    file: Option<&Path>,
    work: impl AsyncFnOnce(&Config, &Storage) -> anyhow::Result<()>,
) -> Result<(), Failure> {
    let config = start::settings(file)?;
    start::install_crypto()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)?;
    runtime.block_on(async {
        let storage = start::storage(&config).await?;
        let done = work(&config, &storage).await;
        storage.db.close().await;
        Ok(done?)
    })
}

/// `vdx keys`.
pub(crate) fn keys(file: Option<&Path>, command: &KeysCommand) -> Result<(), Failure> {
    let KeysCommand::Rotate { at_once } = command;
    with_storage(file, async |config, storage| {
        let accounts = Accounts::open(
            storage.db.clone(),
            &storage.sealer,
            start::accounts_settings(config)?,
            Arc::new(SystemClock),
            Arc::new(SystemRandomness),
        )
        .await?;
        if *at_once {
            let id = accounts.replace_keys().await?;
            println!("the key {id} signs; tokens of other keys are refused within a minute");
        } else {
            let (id, from) = accounts.rotate_keys().await?;
            println!("the key {id} is published and signs from {from}");
        }
        Ok(())
    })
}

/// `vdx client`.
pub(crate) fn client(file: Option<&Path>, command: ClientCommand) -> Result<(), Failure> {
    with_storage(file, async |_, storage| {
        let mut tx = storage.db.begin().await?;
        let said = change_client(&mut tx, command, SystemClock.now()).await?;
        tx.commit().await?;
        println!("{said}");
        Ok(())
    })
}

/// `vdx user`.
pub(crate) fn user(file: Option<&Path>, command: UserCommand) -> Result<(), Failure> {
    with_storage(file, async |_, storage| {
        let mut tx = storage.db.begin().await?;
        let said = change_user(&mut tx, command, SystemClock.now()).await?;
        tx.commit().await?;
        println!("{said}");
        Ok(())
    })
}

/// Whom the audit trail names.
fn operator() -> Agent {
    Agent::hub("command-line")
}

/// Does it and gives what to tell once it is done.
async fn change_client(
    tx: &mut Tx,
    command: ClientCommand,
    now: Timestamp,
) -> anyhow::Result<String> {
    let (agent, random) = (&operator(), &SystemRandomness);
    Ok(match command {
        ClientCommand::Add(new) => add(tx, new, now).await?,
        ClientCommand::AddApp(new) => add_app(tx, new, now).await?,
        ClientCommand::List => {
            let clients = api_clients::all(tx).await?;
            clients.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        ClientCommand::Show { id } => show(tx, id, now).await?,
        ClientCommand::AddSecret { id, days } => {
            let end = days.map(|days| now + SignedDuration::from_hours(24 * i64::from(days)));
            let added = registry::add_secret(tx, id, end, random, agent, now).await?;
            told_once("client_secret", added.1.reveal())
        }
        ClientCommand::RemoveSecret { id, secret } => {
            registry::remove_secret(tx, id, secret, agent, now).await?;
            "removed".to_owned()
        }
        ClientCommand::Keys { id, file } => {
            let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            let number = registry::set_keys(tx, id, &text, agent, now).await?;
            format!("{number} public keys; those before are refused")
        }
        ClientCommand::Disable { id } => {
            registry::set_client_active(tx, id, false, agent, now).await?;
            "disabled".to_owned()
        }
        ClientCommand::Enable { id } => {
            registry::set_client_active(tx, id, true, agent, now).await?;
            "enabled".to_owned()
        }
    })
}

async fn add(tx: &mut Tx, new: cli::NewClient, now: Timestamp) -> anyhow::Result<String> {
    let organisation = new.organisation.map(OrganisationCode);
    let client = NewClient {
        name: new.name,
        identity: organisation.zip(new.email),
        roles: new.roles.into_iter().collect(),
    };
    let agent = operator();
    let client = registry::add_client(tx, client, &agent, now).await?;
    let mut said = format!("client_id: {}", client.id);
    if !new.no_secret {
        let added = registry::add_secret(tx, client.id, None, &SystemRandomness, &agent, now);
        said = format!(
            "{said}\n{}",
            told_once("client_secret", added.await?.1.reveal())
        );
    }
    Ok(said)
}

async fn add_app(tx: &mut Tx, new: cli::NewApp, now: Timestamp) -> anyhow::Result<String> {
    let uris = AppUris {
        redirect: new.redirect_uris,
        logout: new.logout_uris,
        origins: new.origins,
    };
    let roles = new.roles.into_iter().collect();
    let app = registry::add_app(tx, &new.name, roles, &uris, &operator(), now).await?;
    Ok(format!("client_id: {}", app.id))
}

async fn change_user(tx: &mut Tx, command: UserCommand, now: Timestamp) -> anyhow::Result<String> {
    let (agent, random) = (&operator(), &SystemRandomness);
    Ok(match command {
        UserCommand::Add(new) => {
            let new = NewUser {
                username: new.name,
                organisation: OrganisationCode(new.organisation),
                email: new.email,
                roles: new.roles.into_iter().collect(),
            };
            let (_, password) = registry::add_user(tx, new, random, agent, now).await?;
            told_once("password", &password)
        }
        UserCommand::List => {
            let users = users::all(tx).await?;
            users.iter().map(user_line).collect::<Vec<_>>().join("\n")
        }
        UserCommand::Password { name } => {
            let password = registry::renew_password(tx, &name, random, agent, now).await?;
            told_once("password", &password)
        }
        UserCommand::Disable { name } => {
            registry::set_user_active(tx, &name, false, agent, now).await?;
            "disabled".to_owned()
        }
        UserCommand::Enable { name } => {
            registry::set_user_active(tx, &name, true, agent, now).await?;
            "enabled".to_owned()
        }
    })
}

fn told_once(what: &str, secret: &str) -> String {
    format!("{what}: {secret}\nIt is shown now and never again.")
}

fn state(active: bool) -> &'static str {
    if active { "active" } else { "disabled" }
}

fn words(roles: &BTreeSet<ApiRole>) -> String {
    let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    roles.join(",")
}

fn user_line(user: &User) -> String {
    format!(
        "{}  {}  {}  {}  {}",
        user.username,
        state(user.active),
        user.organisation,
        words(&user.roles),
        user.email,
    )
}

async fn show(tx: &mut Tx, id: ClientId, now: Timestamp) -> anyhow::Result<String> {
    let client = api_clients::by_id(tx, id).await?;
    let client = client.context("there is no such client")?;
    let mut lines = vec![line(&client)];
    let or_never = |at: Option<Timestamp>| at.map_or("never".to_owned(), |at| at.to_string());
    for secret in client_secrets::live(tx, id, now).await? {
        lines.push(format!(
            "secret {}  made {}  ends {}  last used {}",
            secret.id,
            secret.created_at,
            or_never(secret.expires_at),
            or_never(secret.last_used_at),
        ));
    }
    if client.keys.is_some() {
        lines.push("signs with its own keys".to_owned());
    }
    for (purpose, what) in [
        (Purpose::Redirect, "redirect uri"),
        (Purpose::Logout, "logout uri"),
        (Purpose::Origin, "origin"),
    ] {
        let uris = client_uris::of(tx, id, purpose).await?;
        lines.extend(uris.iter().map(|uri| format!("{what} {uri}")));
    }
    Ok(lines.join("\n"))
}

fn line(client: &ApiClient) -> String {
    let organisation = client.organisation.as_ref().map_or("-", |code| &code.0);
    format!(
        "{}  {}  {organisation}  {}  {}",
        client.id,
        state(client.active),
        words(&client.roles),
        client.name
    )
}
