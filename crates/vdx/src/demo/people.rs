//! Who is in the demo.

use anyhow::anyhow;
use jiff::Timestamp;
use vdx_accounts::registry::{self, NewClient, NewUser};
use vdx_domain::{
    Agent, ApiRole, Colours, FixedRoomId, OrganisationCode, Pin, Randomness as _, RoomSettings,
    SystemRandomness, ThemeMembers,
};
use vdx_store::fixed_rooms::{self, Alias, FixedRoom};
use vdx_store::organisations::{self, GroupKind, NewOrganisation};
use vdx_store::{Sealer, Tx, themes};

use super::file::{Client, Demo, Room, User};

/// Code, name, kind and pool size. The first is where most of the demo happens.
const ORGANISATIONS: [(&str, &str, GroupKind, Option<u32>); 4] = [
    ("demo-region", "Demo Region", GroupKind::Region, Some(5)),
    (
        "demo-municipality",
        "Demo Municipality",
        GroupKind::Municipality,
        None,
    ),
    ("demo-practice", "Demo Practice", GroupKind::Practice, None),
    ("demo-agency", "Demo Agency", GroupKind::Agency, None),
];
/// The organisation with a pool.
const HOME: &str = "demo-region";
const ALIAS: &str = "demo@rooms.example";

/// The roles of the clients; the last has all of the API.
const CLIENTS: [&[ApiRole]; 6] = [
    &[ApiRole::MeetingUser],
    &[ApiRole::MeetingPlanner],
    &[ApiRole::MeetingAdmin],
    &[ApiRole::MeetingProvisioner],
    &[ApiRole::MeetingProvisionerUser],
    &vdx_accounts::API_ROLES,
];

const USERS: [ApiRole; 5] = [
    ApiRole::MeetingUser,
    ApiRole::MeetingPlanner,
    ApiRole::MeetingAdmin,
    ApiRole::ManagementAdmin,
    ApiRole::Operator,
];

/// Makes everything, and tells the secrets.
pub(super) async fn make(
    tx: &mut Tx,
    sealer: &Sealer,
    public_url: &str,
    now: Timestamp,
) -> anyhow::Result<Demo> {
    add_organisations(tx, now).await?;
    add_theme(tx, now).await?;
    let mut clients = Vec::new();
    for roles in CLIENTS {
        clients.push(add_client(tx, roles, now).await?);
    }
    let mut users = Vec::new();
    for role in USERS {
        users.push(add_user(tx, role, now).await?);
    }
    Ok(Demo {
        public_url: public_url.to_owned(),
        clients,
        users,
        rooms: vec![add_room(tx, sealer, now).await?],
    })
}

async fn add_organisations(tx: &mut Tx, now: Timestamp) -> anyhow::Result<()> {
    let top = organisations::add_group(tx, "Demo", GroupKind::Group, None).await?;
    for (code, name, kind, pool_size) in ORGANISATIONS {
        let new = NewOrganisation {
            code: &OrganisationCode(code.to_owned()),
            name,
            kind,
            parent_group: Some(top),
            pool_size,
            allow_custom_uri_without_domain: code == HOME,
        };
        organisations::add(tx, new, now).await?;
    }
    Ok(())
}

/// So that something of an organisation's own is to be seen. Its number to call
/// would be somebody's, so it has none.
async fn add_theme(tx: &mut Tx, now: Timestamp) -> anyhow::Result<()> {
    let members = ThemeMembers {
        name: Some("Demo Region".to_owned().try_into()?),
        colours: Some(Colours {
            primary: "#0b5c8a".parse()?,
            background: "#eef4f8".parse()?,
        }),
        ..ThemeMembers::default()
    };
    themes::set_members(tx, &OrganisationCode(HOME.to_owned()), &members, now).await?;
    Ok(())
}

async fn add_client(tx: &mut Tx, roles: &[ApiRole], now: Timestamp) -> anyhow::Result<Client> {
    let what = match roles {
        [role] => role.as_str(),
        _ => "all-roles",
    };
    let email = format!("{what}-client@demo.example");
    let new = NewClient {
        name: format!("Demo: {what}"),
        identity: Some((OrganisationCode(HOME.to_owned()), email.clone())),
        roles: roles.iter().copied().collect(),
    };
    let agent = Agent::hub("demo");
    let client = registry::add_client(tx, new, &agent, now).await?;
    let added = registry::add_secret(tx, client.id, None, &SystemRandomness, &agent, now);
    let (_, secret) = added.await?;
    Ok(Client {
        client_id: client.id.to_string(),
        client_secret: secret.reveal().to_owned(),
        organisation: HOME.to_owned(),
        email,
        roles: roles.to_vec(),
    })
}

async fn add_user(tx: &mut Tx, role: ApiRole, now: Timestamp) -> anyhow::Result<User> {
    let new = NewUser {
        username: format!("demo-{role}"),
        organisation: OrganisationCode(HOME.to_owned()),
        email: format!("{role}@demo.example"),
        roles: [role].into(),
    };
    let agent = Agent::hub("demo");
    let added = registry::add_user(tx, new, &SystemRandomness, &agent, now);
    let (user, password) = added.await?;
    Ok(User {
        username: user.username,
        password,
        organisation: HOME.to_owned(),
        email: user.email,
        roles: vec![role],
    })
}

async fn add_room(tx: &mut Tx, sealer: &Sealer, now: Timestamp) -> anyhow::Result<Room> {
    let (host_pin, guest_pin) = (draw_pin(1)?, draw_pin(5)?);
    let room = FixedRoom {
        id: FixedRoomId::generate(),
        organisation: OrganisationCode(HOME.to_owned()),
        name: "Demo room".to_owned(),
        description: "Made by the demo".to_owned(),
        host_pin: Some(host_pin.clone()),
        guest_pin: Some(guest_pin.clone()),
        allow_guests: true,
        chat: true,
        theme: None,
        settings: RoomSettings::default(),
        aliases: vec![Alias {
            address: ALIAS.parse()?,
            description: String::new(),
        }],
    };
    fixed_rooms::add(tx, sealer, &room, "demo", now).await?;
    Ok(Room {
        alias: ALIAS.to_owned(),
        host_pin: host_pin.reveal().to_owned(),
        guest_pin: guest_pin.reveal().to_owned(),
    })
}

/// Five digits; hosts and guests draw from different ranges, so that the two
/// PINs of a room differ.
fn draw_pin(first_digit: u64) -> anyhow::Result<Pin> {
    let low = first_digit * 10_000;
    let drawn = SystemRandomness
        .number(low..low + 40_000)
        .ok_or_else(|| anyhow!("no randomness"))?;
    Ok(drawn.to_string().parse()?)
}
