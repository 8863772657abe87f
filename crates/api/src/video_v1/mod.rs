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
mod get_scheduling_info;
mod get_template;
mod list_deprovision;
mod list_provision;
mod list_scheduling_infos;
mod list_templates;
mod patch_meeting;
mod refusals;
mod report_scheduling_info;
mod search_meetings;
mod sunset;
mod update_meeting;
mod update_template;

use utoipa::openapi::{ComponentsBuilder, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Hub;
use crate::video::{
    change, hal, info, path, query, requests, rooms, search, shapes, templates, version,
};

pub(crate) use failure::wording;
pub(crate) use sunset::until_the_end;

/// The operations, under `/videoapi`.
pub fn routes() -> OpenApiRouter<Hub> {
    // The operations name this shape by its name alone.
    let failures = ComponentsBuilder::new()
        .schema_from::<failure::ApiError>()
        .build();
    let document = OpenApiBuilder::new().components(Some(failures)).build();
    OpenApiRouter::with_openapi(document)
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
        .routes(routes!(
            list_templates::operation,
            create_template::operation
        ))
        .routes(routes!(
            get_template::operation,
            update_template::operation,
            delete_template::operation
        ))
}
