//! VDX API v1: booking, as v2 before it was v2. One operation a file; what it
//! shares with v2 is in [`crate::video`].

mod access;
mod caller;
mod collections;
mod create_meeting;
mod create_scheduling_info;
mod create_template;
mod delete_meeting;
mod delete_template;
mod failure;
mod find_by_uri_with_domain;
mod find_by_uri_without_domain;
mod get_info;
mod get_meeting;
mod get_reserved_scheduling_info;
mod get_scheduling_info;
mod get_template;
mod list_deprovision;
mod list_pools;
mod list_provision;
mod list_scheduling_infos;
mod list_templates;
mod patch_meeting;
mod refusals;
mod report_scheduling_info;
mod reserve_scheduling_info;
mod search_meetings;
mod sunset;
mod update_meeting;
mod update_template;

use utoipa::openapi::Components;
use utoipa::{PartialSchema as _, ToSchema as _};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Hub;
use crate::video::time::{AskedInstant, Instant};
use crate::video::{
    change, hal, info, path, pools, query, requests, reserve, rooms, search, shapes, templates,
    version,
};

pub(crate) use failure::wording;
pub(crate) use sunset::until_the_end;

/// The operations, under `/videoapi`.
pub fn routes() -> OpenApiRouter<Hub> {
    let mut routes = OpenApiRouter::new()
        .routes(routes!(get_info::operation))
        .routes(routes!(
            search_meetings::operation,
            create_meeting::operation
        ))
        .routes(routes!(find_by_uri_with_domain::operation))
        .routes(routes!(find_by_uri_without_domain::operation))
        .routes(routes!(
            get_meeting::operation,
            update_meeting::operation,
            patch_meeting::operation,
            delete_meeting::operation
        ))
        .routes(routes!(
            list_scheduling_infos::operation,
            create_scheduling_info::operation
        ))
        .routes(routes!(
            get_scheduling_info::operation,
            report_scheduling_info::operation
        ))
        .routes(routes!(list_provision::operation))
        .routes(routes!(list_deprovision::operation))
        .routes(routes!(reserve_scheduling_info::operation))
        .routes(routes!(get_reserved_scheduling_info::operation))
        .routes(routes!(list_pools::operation))
        .routes(routes!(
            list_templates::operation,
            create_template::operation
        ))
        .routes(routes!(
            get_template::operation,
            update_template::operation,
            delete_template::operation
        ));
    let shapes = &mut routes
        .get_openapi_mut()
        .components
        .get_or_insert_with(Components::new)
        .schemas;
    // The operations name this shape by its name alone.
    shapes.insert(
        failure::ApiError::name().into(),
        failure::ApiError::schema(),
    );
    // What the shapes share with v2 is v2's.
    shapes.insert(Instant::name().into(), Instant::schema_of_v1());
    shapes.insert(AskedInstant::name().into(), AskedInstant::schema_of_v1());
    routes
}
