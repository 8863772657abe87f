//! The built browser apps, embedded in the program.
//!
//! `web/` is built by Vite into `web/dist/`: one HTML page an app
//! (`client/index.html`) and scripts, styles and pictures whose names carry a
//! hash of their content (`assets/…`). A release build holds these files
//! inside; a development build reads them from the folder at each request. The
//! folder may be missing, so that the hub builds without Node: each page then
//! says how to build the apps.

mod file;
mod policy;
mod preload;

use axum::Router;
use axum::extract::Path;
use axum::middleware;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode};

pub use crate::file::{Caching, has_current_copy};

/// The page of the video client, relative to the build's folder.
const CLIENT: &str = "client/index.html";

/// Shown instead of an app that has not been built.
const NOT_BUILT: &str = include_str!("not_built.html");

/// The routes of the pages and their assets.
///
/// All addresses of the client serve the same page, which reads its own
/// address; whether a link or a room exists is asked of the API.
pub fn pages<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    Router::new()
        .route("/", get(client))
        .route("/test", get(client))
        .route("/m/{short_id}", get(link))
        .route("/webapp", get(client))
        .route("/webapp/", get(client))
        .route("/webapp3/m/{address}", get(client))
        .route("/webapp3/m/{address}/express", get(client))
        .route("/assets/{*path}", get(asset))
        .layer(middleware::map_response(policy::apply))
}

/// The address of a built asset whose name begins and ends so; a hash stands
/// between. `None` where the apps are not built.
#[must_use]
pub fn asset_address(begin: &str, end: &str) -> Option<String> {
    file::names()
        .find(|name| {
            let name = name.strip_prefix("assets/");
            name.is_some_and(|name| name.starts_with(begin) && name.ends_with(end))
        })
        .map(|name| format!("/{name}"))
}

/// The video client's page.
async fn client(headers: HeaderMap) -> Response {
    let Some(mut page) = file::serve(CLIENT, Caching::Revalidate, &headers) else {
        return Html(NOT_BUILT).into_response();
    };
    preload::of_language(&mut page, &headers);
    page
}

/// The video client's page, opened by a short link.
async fn link(Path(short_id): Path<String>, headers: HeaderMap) -> Response {
    let mut page = client(headers).await;
    preload::of_link(&mut page, &short_id);
    page
}

/// A file named by its content's hash.
async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    file::serve(&format!("assets/{path}"), Caching::Immutable, &headers)
        .unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

#[cfg(test)]
mod tests;
