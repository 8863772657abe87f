//! Whose an address is.

use vdx_domain::{OrganisationCode, ProvisionStatus, RoomAddress};

use crate::{Connection, Error, FromRow, Row, domains};

/// To whom an address leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressOwner {
    /// The node it belongs to.
    pub group_id: i64,
    /// What the node is called.
    pub group_name: String,
    /// The node's organisation, with code and name; a folder has none.
    pub organisation: Option<(OrganisationCode, String)>,
    /// Whether a booked room is there now.
    pub booked: bool,
}

impl FromRow for AddressOwner {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let code: Option<OrganisationCode> = row.get("code")?;
        let name: Option<String> = row.get("name")?;
        Ok(Self {
            group_id: row.get("group_id")?,
            group_name: row.get("group_name")?,
            organisation: code.zip(name),
            booked: row.get("booked")?,
        })
    }
}

/// Whose this address is: of a booked room that is live, else of a fixed room,
/// else of whoever has its domain, the closest first.
///
/// # Errors
/// [`Error::Engine`].
pub async fn owner(
    connection: &mut impl Connection,
    address: &RoomAddress,
) -> Result<Option<AddressOwner>, Error> {
    let folded = address.folded();
    if let Some(owner) = owner_of_room(connection, &folded).await? {
        return Ok(Some(owner));
    }
    let Some((_, domain)) = folded.rsplit_once('@') else {
        return Ok(None);
    };
    owner_of_domain(connection, domain).await
}

async fn owner_of_room(
    connection: &mut impl Connection,
    folded: &str,
) -> Result<Option<AddressOwner>, Error> {
    connection
        .sql(
            "SELECT g.id AS group_id, g.name AS group_name, o.code, o.name, found.booked
             FROM (
                SELECT CAST(1 AS BIGINT) AS place, s.organisation_code, TRUE AS booked
                FROM scheduling_infos s
                WHERE s.address_folded = $1 AND s.provision_status = $2
                UNION ALL
                SELECT CAST(2 AS BIGINT), r.organisation_code, FALSE
                FROM fixed_room_aliases a JOIN fixed_rooms r ON r.id = a.room_id
                WHERE a.folded = $1 AND r.deleted_at IS NULL
             ) AS found
             JOIN organisations o ON o.code = found.organisation_code
             JOIN groups g ON g.id = o.group_id
             ORDER BY found.place LIMIT 1",
        )
        .bind(folded)
        .bind(ProvisionStatus::ProvisionedOk)
        .optional()
        .await
}

async fn owner_of_domain(
    connection: &mut impl Connection,
    domain: &str,
) -> Result<Option<AddressOwner>, Error> {
    let patterns = domains::patterns(domain);
    let mut statement = connection.sql(
        "SELECT d.domain, g.id AS group_id, g.name AS group_name, o.code, o.name, FALSE AS booked
         FROM groups_domains d JOIN groups g ON g.id = d.group_id
         LEFT JOIN organisations o ON o.group_id = g.id
         WHERE d.domain IN ($1, $2, $3, $4, $5, $6, $7, $8)",
    );
    for pattern in &patterns {
        statement = statement.bind(pattern);
    }
    let found: Vec<OwnerOfDomain> = statement.all().await?;
    let closeness = |owner: &OwnerOfDomain| patterns.iter().position(|p| *p == owner.domain);
    let closest = found.into_iter().min_by_key(closeness);
    Ok(closest.map(|closest| closest.owner))
}

struct OwnerOfDomain {
    domain: String,
    owner: AddressOwner,
}

impl FromRow for OwnerOfDomain {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            domain: row.get("domain")?,
            owner: AddressOwner::from_row(row)?,
        })
    }
}
