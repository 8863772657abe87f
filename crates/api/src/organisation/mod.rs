//! Organisation API, v2 and v1: the tree of organisations, and whose an
//! address is. v1 is the older spelling of the same; what differs is in `v1`.

mod access;
mod create;
mod failure;
mod input;
mod overwrite;
mod owners;
mod read;
mod shapes;
mod tree;
mod v1;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Hub;

pub(crate) use failure::wording;

/// The operations of v2, under `/services/v2`.
pub fn v2_routes() -> OpenApiRouter<Hub> {
    OpenApiRouter::new()
        .routes(routes!(read::by_query, create::by_query))
        .routes(routes!(
            read::by_path,
            overwrite::operation,
            create::by_path
        ))
        .routes(routes!(owners::operation))
        .routes(routes!(tree::descendants))
        .routes(routes!(tree::path_by_query))
        .routes(routes!(tree::path_by_code))
        .routes(routes!(tree::below))
        .routes(routes!(tree::by_key))
}

/// The operations of v1, under `/services`. The later ones stand under
/// `/services/v1`.
pub fn v1_routes() -> OpenApiRouter<Hub> {
    let later = OpenApiRouter::new()
        .routes(routes!(tree::below))
        .routes(routes!(tree::by_key));
    OpenApiRouter::new()
        .routes(routes!(v1::read_by_query, v1::create_by_query))
        .routes(routes!(v1::read_by_path, v1::create_by_path))
        .routes(routes!(owners::operation))
        .routes(routes!(tree::path_by_query))
        .routes(routes!(tree::path_by_code))
        .nest("/v1", later)
}
