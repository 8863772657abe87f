//! VDX API v2: booking. One operation a file; the shapes they share are in
//! `shapes`, `words` and `time`, what they may do in `access`.

mod access;
mod create_meeting;
mod delete_meeting;
mod failure;
mod get_info;
mod get_meeting;
mod get_scheduling_info;
mod hal;
mod path;
mod shapes;
mod time;
mod words;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Hub;

pub(crate) use failure::wording;

/// The operations, under `/videoapi/v2`.
pub fn routes() -> OpenApiRouter<Hub> {
    OpenApiRouter::new()
        .routes(routes!(get_info::operation))
        .routes(routes!(create_meeting::operation))
        .routes(routes!(get_meeting::operation, delete_meeting::operation))
        .routes(routes!(get_scheduling_info::operation))
}
