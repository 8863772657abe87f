//! `GET /organisationtree` and its neighbours: parts of the tree.

use axum::Json;
use axum::extract::State;
use vdx_accounts::organisations::NodeName;

use super::access::Admin;
use super::failure::BasicError;
use super::input::{Asked, ByNode, Code};
use super::shapes::{CodeShape, KeyShape, TreeShape};
use crate::{Failure, Hub, JsonBody};

/// The way from the top of the tree down to a node.
///
/// For meeting-admin, to the node of the own organisation and those below it.
#[utoipa::path(
    get,
    path = "/organisationtree",
    tag = "Tree",
    params(ByNode),
    responses(
        (status = 200, description = "The top of the tree; each node has the next as its only child.", body = TreeShape),
        (status = 400, description = "Not exactly one of the two values.", body = BasicError),
        (status = 401, description = "No good token.", body = BasicError),
        (status = 403, description = "Not for this caller.", body = BasicError),
        (status = 404, description = "No such node.", body = BasicError),
    ),
)]
pub(super) async fn path_by_query(
    State(hub): State<Hub>,
    Admin(manager): Admin,
    Asked(asked): Asked<ByNode>,
) -> Result<Json<TreeShape>, Failure> {
    let tree = hub.organisations.path_to(&manager, &asked.name()?).await?;
    Ok(Json(tree.into()))
}

/// The way from the top of the tree down to an organisation.
///
/// For meeting-admin, to the own organisation and those below it.
#[utoipa::path(
    get,
    path = "/organisationtree/{code}",
    tag = "Tree",
    params(("code" = String, Path, description = "Its code; a slash in it is written `%2F`.")),
    responses(
        (status = 200, description = "The top of the tree; each node has the next as its only child.", body = TreeShape),
        (status = 400, description = "The code is not UTF-8.", body = BasicError),
        (status = 401, description = "No good token.", body = BasicError),
        (status = 403, description = "Not for this caller.", body = BasicError),
        (status = 404, description = "No such organisation.", body = BasicError),
    ),
)]
pub(super) async fn path_by_code(
    State(hub): State<Hub>,
    Admin(manager): Admin,
    Code(code): Code,
) -> Result<Json<TreeShape>, Failure> {
    let tree = hub
        .organisations
        .path_to(&manager, &NodeName::Code(code))
        .await?;
    Ok(Json(tree.into()))
}

/// A node with all that is below it.
///
/// For meeting-admin, on the node of the own organisation and those below it.
#[utoipa::path(
    get,
    path = "/organisationtree-children",
    tag = "Tree",
    params(ByNode),
    responses(
        (status = 200, description = "The node.", body = TreeShape),
        (status = 400, description = "Not exactly one of the two values.", body = BasicError),
        (status = 401, description = "No good token.", body = BasicError),
        (status = 403, description = "Not for this caller.", body = BasicError),
        (status = 404, description = "No such node.", body = BasicError),
    ),
)]
pub(super) async fn below(
    State(hub): State<Hub>,
    Admin(manager): Admin,
    Asked(asked): Asked<ByNode>,
) -> Result<Json<TreeShape>, Failure> {
    let tree = hub.organisations.below(&manager, &asked.name()?).await?;
    Ok(Json(tree.into()))
}

/// The organisation whose history a key opens, with all that is below it.
///
/// For meeting-admin, on keys of the own organisation and those below it.
#[utoipa::path(
    post,
    path = "/organisation-tree-for-api-key",
    tag = "Tree",
    request_body = KeyShape,
    responses(
        (status = 200, description = "The node of the organisation.", body = TreeShape),
        (status = 400, description = "A value is missing or refused.", body = BasicError),
        (status = 401, description = "No good token.", body = BasicError),
        (status = 403, description = "Not for this caller.", body = BasicError),
        (status = 404, description = "No such key.", body = BasicError),
    ),
)]
pub(super) async fn by_key(
    State(hub): State<Hub>,
    Admin(manager): Admin,
    JsonBody(body): JsonBody<KeyShape>,
) -> Result<Json<TreeShape>, Failure> {
    let key = body.history_key()?;
    let tree = hub.organisations.by_history_key(&manager, key).await?;
    Ok(Json(tree.into()))
}

/// The codes of an organisation and of all below it.
///
/// For meeting-admin, on the own organisation and those below it.
#[utoipa::path(
    get,
    path = "/organisation/{code}/descendants",
    tag = "Tree",
    params(("code" = String, Path, description = "Its code; a slash in it is written `%2F`.")),
    responses(
        (status = 200, description = "The codes, the organisation's own first.", body = Vec<CodeShape>),
        (status = 400, description = "The code is not UTF-8.", body = BasicError),
        (status = 401, description = "No good token.", body = BasicError),
        (status = 403, description = "Not for this caller.", body = BasicError),
        (status = 404, description = "No such organisation.", body = BasicError),
    ),
)]
pub(super) async fn descendants(
    State(hub): State<Hub>,
    Admin(manager): Admin,
    Code(code): Code,
) -> Result<Json<Vec<CodeShape>>, Failure> {
    let codes = hub.organisations.codes(&manager, &code).await?;
    let codes = codes.into_iter().map(|code| CodeShape { code: code.0 });
    Ok(Json(codes.collect()))
}
