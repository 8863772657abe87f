//! Scheduling templates: rules and defaults rooms are made from.

use jiff::Timestamp;
use vdx_domain::{OrganisationCode, RoomSettings};

use crate::{Connection, Error, FromRow, Row, Tx};

/// A template's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateValues {
    /// Whose it is; `None` = shared by all.
    pub organisation: Option<OrganisationCode>,
    /// Id of the engine or cluster; carried, not interpreted.
    pub conferencing_sys_id: i64,
    /// Put before the number, up to 100 characters.
    pub uri_prefix: String,
    /// What stands behind the `@`, up to 100 characters.
    pub uri_domain: String,
    /// Smallest room number.
    pub uri_number_range_low: i64,
    /// One more than the largest room number.
    pub uri_number_range_high: i64,
    /// How host PINs are made.
    pub host_pin: PinRule,
    /// How guest PINs are made.
    pub guest_pin: PinRule,
    /// Rooms open this many minutes before the meeting.
    pub vmr_available_before: u32,
    /// The room's settings unless a booking says otherwise.
    pub settings: RoomSettings,
    /// Theme id or path, up to 100 characters.
    pub ivr_theme: Option<String>,
    /// Used when a booking names no template.
    pub is_default: bool,
    /// Used for the organisation's pool.
    pub is_pool: bool,
    /// The customer's own page for guests, up to 200 characters.
    pub custom_portal_guest: Option<String>,
    /// The customer's own page for hosts, up to 200 characters.
    pub custom_portal_host: Option<String>,
    /// Where participants go when the meeting ends, up to 200 characters.
    pub return_url: Option<String>,
    /// Which media the web client negotiates, up to 64 characters.
    pub call_type: Option<String>,
}

/// Whether rooms get a PIN of a kind, and from which range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinRule {
    /// Rooms get one.
    pub required: bool,
    /// Smallest PIN.
    pub low: Option<i64>,
    /// One more than the largest PIN.
    pub high: Option<i64>,
}

/// A template that is not deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its id.
    pub id: i64,
    /// What it says.
    pub values: TemplateValues,
}

impl FromRow for Template {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("id")?,
            values: TemplateValues {
                organisation: row.get("organisation_code")?,
                conferencing_sys_id: row.get("conferencing_sys_id")?,
                uri_prefix: row.get("uri_prefix")?,
                uri_domain: row.get("uri_domain")?,
                uri_number_range_low: row.get("uri_number_range_low")?,
                uri_number_range_high: row.get("uri_number_range_high")?,
                host_pin: PinRule {
                    required: row.get("host_pin_required")?,
                    low: row.get("host_pin_range_low")?,
                    high: row.get("host_pin_range_high")?,
                },
                guest_pin: PinRule {
                    required: row.get("guest_pin_required")?,
                    low: row.get("guest_pin_range_low")?,
                    high: row.get("guest_pin_range_high")?,
                },
                vmr_available_before: row.get("vmr_available_before")?,
                settings: row.json("settings")?,
                ivr_theme: row.get("ivr_theme")?,
                is_default: row.get("is_default")?,
                is_pool: row.get("is_pool")?,
                custom_portal_guest: row.get("custom_portal_guest")?,
                custom_portal_host: row.get("custom_portal_host")?,
                return_url: row.get("return_url")?,
                call_type: row.get("call_type")?,
            },
        })
    }
}

/// The template with this id, if it is this organisation's.
///
/// # Errors
/// [`Error::Engine`].
pub async fn find(
    connection: &mut impl Connection,
    organisation: &OrganisationCode,
    id: i64,
) -> Result<Option<Template>, Error> {
    connection
        .sql(
            "SELECT * FROM scheduling_templates
             WHERE id = $1 AND organisation_code = $2 AND deleted_at IS NULL",
        )
        .bind(id)
        .bind(organisation)
        .optional()
        .await
}

/// The default template of an organisation, or with `None` the shared one.
///
/// # Errors
/// [`Error::Engine`].
pub async fn find_default(
    connection: &mut impl Connection,
    organisation: Option<&OrganisationCode>,
) -> Result<Option<Template>, Error> {
    connection
        .sql(
            "SELECT * FROM scheduling_templates
             WHERE COALESCE(organisation_code, '') = $1 AND is_default AND deleted_at IS NULL",
        )
        .bind(organisation.map_or("", |code| code.0.as_str()))
        .optional()
        .await
}

/// Writes a new template and gives its id.
///
/// # Errors
/// [`Error::Duplicate`] when it is a default or pool template and there is one
/// already; otherwise [`Error::Engine`].
pub async fn insert(tx: &mut Tx, values: &TemplateValues, at: Timestamp) -> Result<i64, Error> {
    // Ids are counted here because the two engines count in different ways;
    // templates are made seldom, so waiting for one another costs nothing.
    tx.lock("scheduling_templates").await?;
    let next: NextId = tx
        .sql("SELECT COALESCE(MAX(id), CAST(0 AS BIGINT)) + 1 AS next_id FROM scheduling_templates")
        .one()
        .await?;
    tx.sql(
        "INSERT INTO scheduling_templates (id, organisation_code, conferencing_sys_id, uri_prefix,
            uri_domain, uri_number_range_low, uri_number_range_high, host_pin_required,
            host_pin_range_low, host_pin_range_high, guest_pin_required, guest_pin_range_low,
            guest_pin_range_high, vmr_available_before, settings, ivr_theme, is_default, is_pool,
            custom_portal_guest, custom_portal_host, return_url, call_type, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
            $19, $20, $21, $22, $23)",
    )
    .bind(next.0)
    .bind(values.organisation.as_ref().map(|code| code.0.as_str()))
    .bind(values.conferencing_sys_id)
    .bind(&values.uri_prefix)
    .bind(&values.uri_domain)
    .bind(values.uri_number_range_low)
    .bind(values.uri_number_range_high)
    .bind(values.host_pin.required)
    .bind(values.host_pin.low)
    .bind(values.host_pin.high)
    .bind(values.guest_pin.required)
    .bind(values.guest_pin.low)
    .bind(values.guest_pin.high)
    .bind(values.vmr_available_before)
    .bind_json(&values.settings)?
    .bind(values.ivr_theme.as_deref())
    .bind(values.is_default)
    .bind(values.is_pool)
    .bind(values.custom_portal_guest.as_deref())
    .bind(values.custom_portal_host.as_deref())
    .bind(values.return_url.as_deref())
    .bind(values.call_type.as_deref())
    .bind(at)
    .execute()
    .await?;
    Ok(next.0)
}

struct NextId(i64);

impl FromRow for NextId {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("next_id")?))
    }
}
