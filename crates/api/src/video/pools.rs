//! How pools stand, as the APIs tell it.

use serde::Serialize;
use utoipa::ToSchema;
use vdx_booking::{PoolState, RoomDetails};

use super::shapes::{SchedulingInfoShape, Shaper};
use super::templates::TemplateShape;

/// The pool of an organisation.
// No Debug: its rooms hold PINs.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = poolInfo)]
pub(crate) struct PoolShape {
    /// Code of the organisation.
    #[schema(max_length = 250)]
    organisation_id: String,
    /// How many free rooms the organisation wants.
    #[schema(value_type = i32)]
    desired_pool_size: u32,
    /// How many free rooms are live.
    #[schema(value_type = i32)]
    available_pool_size: u32,
    /// The organisation's own template of its pool, else its own default, else null.
    scheduling_template: Option<TemplateShape>,
    /// The free rooms that are live, the newest first.
    scheduling_info_list: Vec<SchedulingInfoShape>,
}

impl PoolShape {
    pub(crate) fn of(shaper: &Shaper<'_>, pool: PoolState) -> Self {
        let template = pool.template;
        let rooms = pool.rooms.into_iter().map(|room| RoomDetails {
            room,
            meeting: None,
        });
        Self {
            organisation_id: pool.level.organisation.0,
            desired_pool_size: pool.level.desired,
            available_pool_size: pool.level.available,
            scheduling_template: template.map(|template| TemplateShape::of(shaper, template)),
            scheduling_info_list: rooms.map(|room| shaper.room(room)).collect(),
        }
    }
}
