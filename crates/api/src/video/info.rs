//! What a version says of the hub.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::Hub;

/// What there is to say about this hub.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = info)]
pub(crate) struct InfoShape {
    info: Vec<InfoEntry>,
}

/// One thing to say.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = infoType)]
struct InfoEntry {
    /// What it is about.
    #[schema(max_length = 100)]
    key: &'static str,
    /// What there is to say.
    #[schema(value_type = Object)]
    value: Value,
}

impl InfoShape {
    pub(crate) fn of(hub: &Hub) -> Self {
        Self {
            info: vec![InfoEntry {
                key: "build",
                value: json!({ "name": "vdx", "version": hub.settings.version }),
            }],
        }
    }
}
