//! What the pages of an organisation look like and say. `docs/themes.md` says
//! what there is to set, and what comes from where.

mod logo;
mod of_room;
mod overwrite;
mod read;
mod remove_logo;
mod set_logo;
mod shapes;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) use shapes::ThemeShape;

use crate::Hub;

/// The operations, under `/api/hub/v1`.
pub(super) fn routes() -> OpenApiRouter<Hub> {
    OpenApiRouter::new()
        .routes(routes!(read::operation, overwrite::operation))
        .routes(routes!(set_logo::operation, remove_logo::operation))
        .routes(routes!(logo::operation))
        .routes(routes!(of_room::operation))
}
