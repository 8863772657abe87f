//! VDX API v2: booking. One operation a file; what it shares with v1 is in
//! [`crate::video`].

mod access;
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
mod report_scheduling_info;
mod reserve_scheduling_info;
mod search_meetings;
mod update_meeting;
mod update_template;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Hub;
use crate::video::{
    change, hal, info, path, pools, query, requests, reserve, rooms, search, shapes, templates,
    time, version,
};

pub(crate) use failure::wording;

/// The operations, under `/videoapi/v2`.
pub fn routes() -> OpenApiRouter<Hub> {
    OpenApiRouter::new()
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
        ))
}
