//! The API documents: made from the code of the operations.

use axum::Json;
use axum::Router;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use utoipa::openapi::{Info, OpenApi, OpenApiBuilder, Server};
use utoipa_axum::router::OpenApiRouter;

use crate::failure::Failure;
use crate::{Hub, client, hub, oauth, video_v2};

/// A documented API.
struct Document {
    /// As in `vdx openapi NAME` and `/docs/NAME.json`.
    name: &'static str,
    title: &'static str,
    /// What its paths are under.
    base: &'static str,
    routes: fn() -> OpenApiRouter<Hub>,
}

const DOCUMENTS: &[Document] = &[
    Document {
        name: "video-v2",
        title: "VDX API v2: booking",
        base: "/videoapi/v2",
        routes: video_v2::routes,
    },
    Document {
        name: "client-v2",
        title: "Rooms: client API v2",
        base: "/api/client/v2",
        routes: client::routes,
    },
    Document {
        name: "hub-v1",
        title: "The hub's own API",
        base: "/api/hub/v1",
        routes: hub::routes,
    },
    Document {
        name: "oauth",
        title: "Token service",
        base: "/",
        routes: oauth::routes,
    },
];

/// The names of all documents.
pub fn names() -> impl Iterator<Item = &'static str> {
    DOCUMENTS.iter().map(|document| document.name)
}

/// The document of this name.
#[must_use]
pub fn document(name: &str) -> Option<OpenApi> {
    DOCUMENTS
        .iter()
        .find(|document| document.name == name)
        .map(Document::build)
}

impl Document {
    fn build(&self) -> OpenApi {
        let mut api = (self.routes)().into_openapi();
        api.merge(
            OpenApiBuilder::new()
                .info(Info::new(self.title, env!("CARGO_PKG_VERSION")))
                .build(),
        );
        api.info = Info::new(self.title, env!("CARGO_PKG_VERSION"));
        api.servers = Some(vec![Server::new(self.base)]);
        api
    }
}

/// `/docs/` and `/docs/{name}.json`.
pub(crate) fn routes() -> Router<Hub> {
    Router::new()
        .route("/docs", get(index))
        .route("/docs/", get(index))
        .route("/docs/{file}", get(file))
}

async fn file(Path(file): Path<String>) -> Result<Response, Failure> {
    file.strip_suffix(".json")
        .and_then(document)
        .map(|document| Json(document).into_response())
        .ok_or(Failure::new(StatusCode::NOT_FOUND))
}

/// A list of all operations, readable without scripts.
async fn index() -> Html<String> {
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>VDX: APIs</title>\
         <meta name=\"viewport\" content=\"width=device-width\"></head><body><h1>APIs of this hub</h1>",
    );
    for document in DOCUMENTS {
        page.push_str(&section(document));
    }
    page.push_str("</body></html>");
    Html(page)
}

/// All texts come from the code, so there is nothing to escape.
fn section(document: &Document) -> String {
    let Document {
        name, title, base, ..
    } = document;
    let mut text =
        format!("<h2>{title}</h2><p><a href=\"/docs/{name}.json\">OpenAPI document</a></p><dl>");
    for (path, item) in &document.build().paths.paths {
        for (method, operation) in methods(item) {
            let summary = operation.summary.as_deref().unwrap_or_default();
            let path = format!("{}{path}", base.trim_end_matches('/'));
            text.push_str(&format!(
                "<dt><code>{method} {path}</code></dt><dd>{summary}</dd>"
            ));
        }
    }
    text.push_str("</dl>");
    text
}

fn methods(
    item: &utoipa::openapi::PathItem,
) -> impl Iterator<Item = (&'static str, &utoipa::openapi::path::Operation)> {
    [
        ("GET", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}
