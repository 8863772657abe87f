//! Scheduling templates: rules and defaults rooms are made from.

use jiff::Timestamp;
use vdx_domain::{OrganisationCode, RoomSettings};

use crate::meeting_users::{MeetingUser, MeetingUserId};
use crate::scheduling_infos::{RoomsOf, codes_below};
use crate::{Connection, Error, FromRow, Row, Statement, Tx};

/// Most templates of one organisation that are not deleted.
pub const MOST: usize = 1000;

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
    /// Who made it; `None` = the hub.
    pub created_by: Option<MeetingUser>,
    /// Who changed it last.
    pub updated_by: Option<MeetingUser>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Option<Timestamp>,
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
            created_by: MeetingUser::from_columns(row, "created_by")?,
            updated_by: MeetingUser::from_columns(row, "updated_by")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

/// What every query that gives templates begins with.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT t.*, c.organisation_code AS created_by_organisation, c.email AS created_by_email,
                u.organisation_code AS updated_by_organisation, u.email AS updated_by_email
             FROM scheduling_templates t
             LEFT JOIN meeting_users c ON c.id = t.created_by
             LEFT JOIN meeting_users u ON u.id = t.updated_by
             WHERE t.deleted_at IS NULL AND ",
            $rest
        )
    };
}

/// The template with this id, whoever it belongs to.
///
/// # Errors
/// [`Error::Engine`].
pub async fn find_any(
    connection: &mut impl Connection,
    id: i64,
) -> Result<Option<Template>, Error> {
    connection
        .sql(select!("t.id = $1"))
        .bind(id)
        .optional()
        .await
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
        .sql(select!("t.id = $1 AND t.organisation_code = $2"))
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
        .sql(select!(
            "COALESCE(t.organisation_code, '') = $1 AND t.is_default"
        ))
        .bind(organisation.map_or("", |code| code.0.as_str()))
        .optional()
        .await
}

/// The template of an organisation's pool.
///
/// # Errors
/// [`Error::Engine`].
pub async fn find_pool(
    connection: &mut impl Connection,
    organisation: &OrganisationCode,
) -> Result<Option<Template>, Error> {
    connection
        .sql(select!(
            "COALESCE(t.organisation_code, '') = $1 AND t.is_pool"
        ))
        .bind(organisation)
        .optional()
        .await
}

/// The pool templates and the default templates of organisations that keep a
/// pool.
///
/// # Errors
/// [`Error::Engine`].
pub async fn of_pools(
    connection: &mut impl Connection,
    pools: RoomsOf<'_>,
) -> Result<Vec<Template>, Error> {
    let text = match pools {
        RoomsOf::All => select!(
            "(t.is_pool OR t.is_default) AND t.organisation_code IN
                (SELECT code FROM organisations WHERE pool_size IS NOT NULL)"
        ),
        RoomsOf::Organisation(_) => {
            select!("(t.is_pool OR t.is_default) AND t.organisation_code = $1")
        }
        RoomsOf::OrganisationAndBelow(_) => concat!(
            codes_below!("$1"),
            select!(
                "(t.is_pool OR t.is_default) AND t.organisation_code IN (SELECT code FROM codes)"
            )
        ),
    };
    pools.bind(connection.sql(text)).all().await
}

/// The templates of an organisation, oldest first; at most [`MOST`].
///
/// # Errors
/// [`Error::Engine`].
pub async fn list(
    connection: &mut impl Connection,
    organisation: &OrganisationCode,
) -> Result<Vec<Template>, Error> {
    connection
        .sql(select!("t.organisation_code = $1 ORDER BY t.id LIMIT 1000"))
        .bind(organisation)
        .all()
        .await
}

/// Waits until nobody else writes templates, and keeps others from it until
/// the transaction ends: rules that look at several templates need it. They
/// are written seldom, so waiting for one another costs nothing.
///
/// # Errors
/// [`Error::Engine`].
pub async fn lock(tx: &mut Tx) -> Result<(), Error> {
    tx.lock("scheduling_templates").await
}

/// Writes a new template and gives its id; `by` = `None` for the hub itself.
///
/// # Errors
/// [`Error::Duplicate`] when it is a default or pool template and there is one
/// already; otherwise [`Error::Engine`].
pub async fn insert(
    tx: &mut Tx,
    values: &TemplateValues,
    by: Option<MeetingUserId>,
    at: Timestamp,
) -> Result<i64, Error> {
    // Ids are counted here because the two engines count in different ways.
    lock(tx).await?;
    let next: NextId = tx
        .sql("SELECT COALESCE(MAX(id), CAST(0 AS BIGINT)) + 1 AS next_id FROM scheduling_templates")
        .one()
        .await?;
    let statement = tx.sql(
        "INSERT INTO scheduling_templates (organisation_code, conferencing_sys_id, uri_prefix,
            uri_domain, uri_number_range_low, uri_number_range_high, host_pin_required,
            host_pin_range_low, host_pin_range_high, guest_pin_required, guest_pin_range_low,
            guest_pin_range_high, vmr_available_before, settings, ivr_theme, is_default, is_pool,
            custom_portal_guest, custom_portal_host, return_url, call_type, id, created_by,
            created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
            $19, $20, $21, $22, $23, $24)",
    );
    bind(statement, values)?
        .bind(next.0)
        .bind(by.map(|by| by.0))
        .bind(at)
        .execute()
        .await?;
    Ok(next.0)
}

/// Writes new values into an organisation's template; `false` when there is no
/// such template. The organisation stays what it is.
///
/// # Errors
/// As [`insert`].
pub async fn update(
    tx: &mut Tx,
    id: i64,
    values: &TemplateValues,
    by: MeetingUserId,
    at: Timestamp,
) -> Result<bool, Error> {
    let statement = tx.sql(
        "UPDATE scheduling_templates SET conferencing_sys_id = $2, uri_prefix = $3,
            uri_domain = $4, uri_number_range_low = $5, uri_number_range_high = $6,
            host_pin_required = $7, host_pin_range_low = $8, host_pin_range_high = $9,
            guest_pin_required = $10, guest_pin_range_low = $11, guest_pin_range_high = $12,
            vmr_available_before = $13, settings = $14, ivr_theme = $15, is_default = $16,
            is_pool = $17, custom_portal_guest = $18, custom_portal_host = $19, return_url = $20,
            call_type = $21, updated_by = $23, updated_at = $24
         WHERE id = $22 AND organisation_code = $1 AND deleted_at IS NULL",
    );
    let changed = bind(statement, values)?
        .bind(id)
        .bind(by.0)
        .bind(at)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// Binds `$1` to `$21`: all of a template's values, its organisation first.
fn bind<'c>(statement: Statement<'c>, values: &TemplateValues) -> Result<Statement<'c>, Error> {
    Ok(statement
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
        .bind(values.call_type.as_deref()))
}

/// Makes a default template an ordinary one, and says who did it.
///
/// # Errors
/// [`Error::Engine`].
pub async fn clear_default(
    tx: &mut Tx,
    id: i64,
    by: MeetingUserId,
    at: Timestamp,
) -> Result<(), Error> {
    tx.sql(
        "UPDATE scheduling_templates SET is_default = $1, updated_by = $2, updated_at = $3
         WHERE id = $4",
    )
    .bind(false)
    .bind(by.0)
    .bind(at)
    .bind(id)
    .execute()
    .await?;
    Ok(())
}

/// Marks an organisation's template as deleted; `false` when there is no such
/// template. Rooms made from it keep pointing to it.
///
/// # Errors
/// [`Error::Engine`].
pub async fn delete(
    tx: &mut Tx,
    organisation: &OrganisationCode,
    id: i64,
    by: MeetingUserId,
    at: Timestamp,
) -> Result<bool, Error> {
    let changed = tx
        .sql(
            "UPDATE scheduling_templates SET deleted_at = $1, updated_by = $2, updated_at = $1
             WHERE id = $3 AND organisation_code = $4 AND deleted_at IS NULL",
        )
        .bind(at)
        .bind(by.0)
        .bind(id)
        .bind(organisation)
        .execute()
        .await?;
    Ok(changed == 1)
}

struct NextId(i64);

impl FromRow for NextId {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self(row.get("next_id")?))
    }
}
