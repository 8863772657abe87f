//! Permanent rooms and the aliases they are found by.

use jiff::Timestamp;
use vdx_domain::{
    CallType, FixedRoomId, GuestMicrophone, OrganisationCode, Pin, Room, RoomAddress, RoomKey,
    RoomSettings,
};

use crate::{Connection, Error, FromRow, Place, Row, Sealer, Tx};

/// A permanent room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedRoom {
    /// Its id.
    pub id: FixedRoomId,
    /// Whose it is.
    pub organisation: OrganisationCode,
    /// What people read, at most 250 characters.
    pub name: String,
    /// For administrators.
    pub description: String,
    /// Makes its holder a host.
    pub host_pin: Option<Pin>,
    /// Lets guests in.
    pub guest_pin: Option<Pin>,
    /// Whether guests may enter.
    pub allow_guests: bool,
    /// Whether there is a chat.
    pub chat: bool,
    /// The theme shown.
    pub theme: Option<String>,
    /// Settings.
    pub settings: RoomSettings,
    /// Where people find it, the main one first. At least one.
    pub aliases: Vec<Alias>,
}

/// An address of a permanent room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The address.
    pub address: RoomAddress,
    /// What it is for.
    pub description: String,
}

impl FixedRoom {
    /// The room as a conference sees it, entered by `address`.
    #[must_use]
    pub fn into_room(self, address: RoomAddress) -> Room {
        Room {
            key: RoomKey::Fixed(self.id),
            address,
            organisation: self.organisation,
            name: self.name,
            host_pin: self.host_pin,
            guest_pin: self.guest_pin,
            pin_choices: None,
            allow_guests: self.allow_guests,
            settings: self.settings,
            guest_microphone: GuestMicrophone::On,
            guest_media: CallType::ALL,
            chat: self.chat,
            ends_at: None,
            changed_at: None,
        }
    }
}

/// The row, its PINs still sealed.
struct Stored {
    room: FixedRoom,
    host_pin: Option<String>,
    guest_pin: Option<String>,
}

impl FromRow for Stored {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            host_pin: row.get("host_pin_sealed")?,
            guest_pin: row.get("guest_pin_sealed")?,
            room: FixedRoom {
                id: row.get("id")?,
                organisation: row.get("organisation_code")?,
                name: row.get("name")?,
                description: row.get("description")?,
                host_pin: None,
                guest_pin: None,
                allow_guests: row.get("allow_guests")?,
                chat: row.get("chat")?,
                theme: row.get("theme")?,
                settings: row.json("settings")?,
                aliases: Vec::new(),
            },
        })
    }
}

impl FromRow for Alias {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            address: row.get("alias")?,
            description: row.get("description")?,
        })
    }
}

fn place<'a>(column: &'a str, row: &'a str) -> Place<'a> {
    Place {
        table: "fixed_rooms",
        column,
        row,
    }
}

/// Adds a room with its aliases.
///
/// # Errors
/// [`Error::Duplicate`] when an alias leads to a room already, fixed or booked,
/// [`Error::Reference`] when there is no such organisation.
pub async fn add(
    tx: &mut Tx,
    sealer: &Sealer,
    room: &FixedRoom,
    created_by: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let id = room.id.to_string();
    tx.sql(
        "INSERT INTO fixed_rooms
            (id, organisation_code, name, description, host_pin_sealed, guest_pin_sealed,
             allow_guests, chat, theme, settings, created_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(&id)
    .bind(&room.organisation)
    .bind(&room.name)
    .bind(&room.description)
    .bind(sealer.seal_pin(place("host_pin_sealed", &id), room.host_pin.as_ref())?)
    .bind(sealer.seal_pin(place("guest_pin_sealed", &id), room.guest_pin.as_ref())?)
    .bind(room.allow_guests)
    .bind(room.chat)
    .bind(room.theme.as_deref())
    .bind_json(&room.settings)?
    .bind(now)
    .bind(created_by)
    .execute()
    .await?;
    tx.hold_rooms().await?;
    for (position, alias) in (0_i64..).zip(&room.aliases) {
        if is_booked(tx, &alias.address).await? {
            return Err(Error::Duplicate);
        }
        tx.sql(
            "INSERT INTO fixed_room_aliases (folded, alias, room_id, position, description)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(alias.address.folded())
        .bind(&alias.address)
        .bind(&id)
        .bind(position)
        .bind(&alias.description)
        .execute()
        .await?;
    }
    Ok(())
}

/// Whether a booked room that is not gone has this address.
async fn is_booked(tx: &mut Tx, address: &RoomAddress) -> Result<bool, Error> {
    tx.sql(
        "SELECT id FROM scheduling_infos
         WHERE address_folded = $1 AND number_folded IS NOT NULL",
    )
    .bind(address.folded())
    .exists()
    .await
}

/// The room an address leads to, whatever its case.
///
/// # Errors
/// [`Error::Unsealable`] when its PINs were sealed with another key.
pub async fn by_alias(
    connection: &mut impl Connection,
    sealer: &Sealer,
    address: &RoomAddress,
) -> Result<Option<FixedRoom>, Error> {
    let stored: Option<Stored> = connection
        .sql(
            "SELECT r.* FROM fixed_rooms r JOIN fixed_room_aliases a ON a.room_id = r.id
             WHERE a.folded = $1 AND r.deleted_at IS NULL",
        )
        .bind(address.folded())
        .optional()
        .await?;
    complete(connection, sealer, stored).await
}

/// The room of this id.
///
/// # Errors
/// As [`by_alias`].
pub async fn by_id(
    connection: &mut impl Connection,
    sealer: &Sealer,
    id: FixedRoomId,
) -> Result<Option<FixedRoom>, Error> {
    let stored: Option<Stored> = connection
        .sql("SELECT * FROM fixed_rooms WHERE id = $1 AND deleted_at IS NULL")
        .bind(id)
        .optional()
        .await?;
    complete(connection, sealer, stored).await
}

async fn complete(
    connection: &mut impl Connection,
    sealer: &Sealer,
    stored: Option<Stored>,
) -> Result<Option<FixedRoom>, Error> {
    let Some(Stored {
        mut room,
        host_pin,
        guest_pin,
    }) = stored
    else {
        return Ok(None);
    };
    let id = room.id.to_string();
    room.host_pin = sealer.unseal_pin(place("host_pin_sealed", &id), host_pin.as_deref())?;
    room.guest_pin = sealer.unseal_pin(place("guest_pin_sealed", &id), guest_pin.as_deref())?;
    room.aliases = connection
        .sql("SELECT * FROM fixed_room_aliases WHERE room_id = $1 ORDER BY position LIMIT 100")
        .bind(&id)
        .all()
        .await?;
    Ok(Some(room))
}
