//! What the operations take and answer with.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use vdx_accounts::organisations::TreeNode;
use vdx_store::address_owners::AddressOwner;
use vdx_store::organisations::{Details, Organisation};

use super::failure::invalid;
use crate::Failure;

/// What can be set of an organisation. What is left out, null or empty is not set.
// No Debug: it holds keys.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = organisationUpdate)]
pub(super) struct DetailsShape {
    /// How many idle rooms it wants ready; null = it keeps no pool.
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 10_000)]
    pool_size: Option<i64>,
    /// Sender of its text messages.
    #[schema(max_length = 11)]
    sms_sender_name: Option<String>,
    /// Whether callers of the booking API may choose a room's number or name.
    #[schema(default = false)]
    allow_custom_uri_without_domain: Option<bool>,
    /// Called when the status of a text message changes; `%reference%` and
    /// `%status%` are filled in.
    #[schema(max_length = 100, pattern = "^(https?://[!-~]+)?$")]
    sms_callback_url: Option<String>,
    /// Opens the history of the organisation and of all below it. Of one
    /// organisation only.
    #[schema(max_length = 36)]
    history_api_key: Option<String>,
    /// Where device events are sent.
    #[schema(max_length = 100, pattern = "^(https?://[!-~]+)?$")]
    device_webhook_endpoint: Option<String>,
    /// Sent along with device events, in a header. Never shown.
    #[schema(max_length = 100)]
    device_webhook_endpoint_key: Option<String>,
}

/// An organisation to make.
// No Debug: it holds keys.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = organisationCreate)]
pub(super) struct CreateShape {
    /// Names it for good, everywhere: also in the tokens of those who act for it.
    #[schema(min_length = 1, max_length = 250, pattern = "^[^\\x00-\\x1f\\x7f]+$")]
    pub(super) code: String,
    /// What people read; the code, where it is left out.
    #[schema(max_length = 100)]
    name: Option<String>,
    /// How many idle rooms it wants ready; null = it keeps no pool.
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 10_000)]
    pool_size: Option<i64>,
    /// Sender of its text messages.
    #[schema(max_length = 11)]
    sms_sender_name: Option<String>,
    /// Whether callers of the booking API may choose a room's number or name.
    #[schema(default = false)]
    allow_custom_uri_without_domain: Option<bool>,
    /// Called when the status of a text message changes; `%reference%` and
    /// `%status%` are filled in.
    #[schema(max_length = 100, pattern = "^(https?://[!-~]+)?$")]
    sms_callback_url: Option<String>,
    /// Opens the history of the organisation and of all below it. Of one
    /// organisation only.
    #[schema(max_length = 36)]
    history_api_key: Option<String>,
    /// Where device events are sent.
    #[schema(max_length = 100, pattern = "^(https?://[!-~]+)?$")]
    device_webhook_endpoint: Option<String>,
    /// Sent along with device events, in a header. Never shown.
    #[schema(max_length = 100)]
    device_webhook_endpoint_key: Option<String>,
}

impl CreateShape {
    /// The name and the details.
    pub(super) fn into_parts(self) -> Result<(Option<String>, Details), Failure> {
        // Not flattened: a value that cannot be read would lose its field's name.
        let details = DetailsShape {
            pool_size: self.pool_size,
            sms_sender_name: self.sms_sender_name,
            allow_custom_uri_without_domain: self.allow_custom_uri_without_domain,
            sms_callback_url: self.sms_callback_url,
            history_api_key: self.history_api_key,
            device_webhook_endpoint: self.device_webhook_endpoint,
            device_webhook_endpoint_key: self.device_webhook_endpoint_key,
        };
        Ok((filled(self.name), details.into_details()?))
    }
}

impl DetailsShape {
    pub(super) fn into_details(self) -> Result<Details, Failure> {
        let pool_size = self.pool_size.map(u32::try_from).transpose();
        Ok(Details {
            pool_size: pool_size.map_err(|_| invalid("poolSize", "must be 0 to 10000"))?,
            sms_sender_name: filled(self.sms_sender_name),
            sms_callback_url: filled(self.sms_callback_url),
            allow_custom_uri_without_domain: self.allow_custom_uri_without_domain.unwrap_or(false),
            history_api_key: filled(self.history_api_key),
            device_webhook_endpoint: filled(self.device_webhook_endpoint),
            device_webhook_endpoint_key: filled(self.device_webhook_endpoint_key),
        })
    }
}

/// Nothing where there is an empty text.
pub(super) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// An organisation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = organisationResponse)]
pub(super) struct OrganisationShape {
    /// Its node in the tree.
    #[schema(value_type = i32)]
    group_id: i64,
    #[schema(max_length = 250)]
    code: String,
    #[schema(max_length = 100)]
    name: String,
    /// How many idle rooms it wants ready; null = it keeps no pool.
    #[schema(value_type = Option<i32>, required)]
    pool_size: Option<u32>,
    #[schema(max_length = 11)]
    sms_sender_name: Option<String>,
    allow_custom_uri_without_domain: bool,
    #[schema(max_length = 100)]
    sms_callback_url: Option<String>,
    #[schema(max_length = 100)]
    device_webhook_endpoint: Option<String>,
}

impl From<Organisation> for OrganisationShape {
    fn from(organisation: Organisation) -> Self {
        Self {
            group_id: organisation.group_id,
            code: organisation.code.0,
            name: organisation.name,
            pool_size: organisation.pool_size,
            sms_sender_name: organisation.sms_sender_name,
            allow_custom_uri_without_domain: organisation.allow_custom_uri_without_domain,
            sms_callback_url: organisation.sms_callback_url,
            device_webhook_endpoint: organisation.device_webhook_endpoint,
        }
    }
}

/// A node of the tree. Above the caller's organisation it shows no addresses
/// that are called.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = organisationTree)]
pub(super) struct TreeShape {
    /// The organisation's code; of a folder without an organisation, its id.
    #[schema(max_length = 250)]
    code: String,
    #[schema(max_length = 100)]
    name: String,
    /// How many idle rooms it wants ready; 0 = it keeps no pool.
    #[schema(value_type = i32)]
    pool_size: u32,
    /// The nodes below.
    #[schema(no_recursion)]
    children: Vec<TreeShape>,
    #[schema(max_length = 11)]
    sms_sender_name: Option<String>,
    #[schema(max_length = 100)]
    sms_callback_url: Option<String>,
    #[schema(value_type = i32)]
    group_id: i64,
    #[schema(max_length = 100)]
    device_webhook_endpoint: Option<String>,
}

impl From<TreeNode> for TreeShape {
    // As deep as the tree may be, which has a limit.
    fn from(TreeNode { node, children }: TreeNode) -> Self {
        let children = children.into_iter().map(Self::from).collect();
        let group_id = node.group_id;
        match node.organisation {
            Some(organisation) => Self {
                code: organisation.code.0,
                name: organisation.name,
                pool_size: organisation.pool_size.unwrap_or(0),
                children,
                sms_sender_name: organisation.sms_sender_name,
                sms_callback_url: organisation.sms_callback_url,
                group_id,
                device_webhook_endpoint: organisation.device_webhook_endpoint,
            },
            None => Self {
                code: group_id.to_string(),
                name: node.group_name,
                pool_size: 0,
                children,
                sms_sender_name: None,
                sms_callback_url: None,
                group_id,
                device_webhook_endpoint: None,
            },
        }
    }
}

/// The code of an organisation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = organisationSimple)]
pub(super) struct CodeShape {
    #[schema(max_length = 250)]
    pub(super) code: String,
}

/// Whose an address is. Where it belongs to a folder, there is no code and no name.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = organisationUri)]
pub(super) struct OwnerShape {
    #[schema(max_length = 250)]
    code: Option<String>,
    #[schema(max_length = 100)]
    name: Option<String>,
    /// The node it belongs to.
    group_id: i64,
    /// What the node is called.
    #[schema(max_length = 250)]
    group_name: String,
    /// The address, as it was asked for.
    uri: String,
    /// Whether a booked room is there now.
    booked: bool,
}

impl From<(&str, AddressOwner)> for OwnerShape {
    fn from((uri, owner): (&str, AddressOwner)) -> Self {
        let (code, name) = owner.organisation.unzip();
        Self {
            code: code.map(|code| code.0),
            name,
            group_id: owner.group_id,
            group_name: owner.group_name,
            uri: uri.to_owned(),
            booked: owner.booked,
        }
    }
}

/// A key to look for.
// No Debug: it holds the key.
#[derive(Deserialize, ToSchema)]
#[schema(as = organisationTreeForApiKey)]
pub(super) struct KeyShape {
    #[schema(min_length = 1)]
    pub(super) api_key: String,
    #[schema(schema_with = key_types)]
    api_key_type: KeyType,
}

fn key_types() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("What the key opens."))
        .enum_values(Some(["history"]))
        .build()
}

/// What a key opens.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum KeyType {
    /// The history of calls.
    History,
}

impl KeyShape {
    /// The key, by its type: there is one.
    pub(super) fn history_key(&self) -> Result<&str, Failure> {
        let KeyType::History = self.api_key_type;
        if self.api_key.is_empty() {
            return Err(invalid("api_key", "must not be empty"));
        }
        Ok(&self.api_key)
    }
}
