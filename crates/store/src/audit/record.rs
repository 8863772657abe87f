//! What a record tells.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;
use vdx_domain::{Agent, AuditOperation, AuditResource, OrganisationCode};

use crate::{Error, FromRow, Row};

/// A record to write.
#[derive(Debug, Clone)]
pub struct NewRecord {
    /// When.
    pub at: Timestamp,
    /// Whose data.
    pub organisation: OrganisationCode,
    /// Who, and from where.
    pub agent: Agent,
    /// To what kind of thing.
    pub resource: AuditResource,
    /// What was done.
    pub operation: AuditOperation,
    /// To which one: an id; for a search `search`.
    pub identifier: String,
    /// Before and after, or what was asked for; never PINs, tokens or people's phone numbers.
    pub details: Value,
}

impl NewRecord {
    /// The row, by names of its columns. The details stand in it as a text: their
    /// hash in the chain is over that text.
    pub(super) fn row(&self) -> Value {
        let agent = &self.agent;
        json!({
            "id": Uuid::now_v7(),
            "at": self.at.as_millisecond(),
            "organisation": self.organisation,
            "actor": agent.id,
            "actor_email": agent.email,
            "actor_organisation": agent.organisation,
            "origin": agent.address,
            "resource": self.resource.as_str(),
            "operation": self.operation.as_str(),
            "identifier": self.identifier,
            "details": self.details.to_string(),
        })
    }
}

/// The details of a change: what is null in one of them did not exist then.
#[must_use]
pub fn change(before: Option<&Value>, after: Option<&Value>) -> Value {
    json!({ "before": before, "after": after })
}

/// A record as it stands in the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Whose data.
    pub organisation: OrganisationCode,
    /// Who.
    pub actor: String,
    /// The e-mail it acted under.
    pub actor_email: Option<String>,
    /// The organisation it acted for.
    pub actor_organisation: Option<OrganisationCode>,
    /// From which address.
    pub origin: Option<String>,
    /// To what kind of thing, a word of [`AuditResource`].
    pub resource: String,
    /// What was done, a word of [`AuditOperation`].
    pub operation: String,
    /// To which one.
    pub identifier: String,
    /// JSON.
    pub details: String,
    /// Its place in the chain, from 1; `None` in the first moments.
    pub chain_position: Option<i64>,
    /// Its hash in the chain, in hexadecimal.
    pub chain_hash: Option<String>,
}

impl FromRow for Record {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("id")?,
            at: row.get("at")?,
            organisation: row.get("organisation_code")?,
            actor: row.get("actor")?,
            actor_email: row.get("actor_email")?,
            actor_organisation: row.get("actor_organisation")?,
            origin: row.get("origin")?,
            resource: row.get("resource")?,
            operation: row.get("operation")?,
            identifier: row.get("identifier")?,
            details: row.get("details")?,
            chain_position: row.get("chain_position")?,
            chain_hash: row.get("chain_hash")?,
        })
    }
}
