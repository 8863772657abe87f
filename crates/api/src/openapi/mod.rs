//! The API documents: made from the code of the operations.

mod links;
mod page;
mod sign_in;
mod surroundings;

use axum::Json;
use axum::Router;
use axum::extract::Path;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{StatusCode, header};
use utoipa::openapi::{Info, OpenApi, OpenApiBuilder, Server};
use utoipa_axum::router::OpenApiRouter;

use crate::failure::Failure;
use crate::{Hub, client, hub, oauth, organisation, sms_v1, video_v1, video_v2};

/// What is said of an API that ends.
const ENDS: &str = "An older version, for systems that speak it already. \
    Its answers announce the day it is switched off. Build on the newest version.";

/// A documented API.
struct Document {
    /// As in `vdx openapi NAME` and `/docs/NAME.json`.
    name: &'static str,
    title: &'static str,
    /// What its paths are under.
    base: &'static str,
    routes: fn() -> OpenApiRouter<Hub>,
    sign_in: SignIn,
    /// The shape of failures, where the API has one in its document.
    failure: Option<FailureShape>,
    /// Whether the operator may switch the API off by date: it is not to be
    /// built on any more.
    ends: bool,
}

/// What the calls of an API need.
#[derive(Clone, Copy)]
enum SignIn {
    /// Nothing, or what the operation says in words.
    Nothing,
    /// A token of the token service.
    Token,
    /// That, or a certificate of the client, with a token for it or alone.
    TokenOrCertificate,
    /// What the operation says, which may be a certificate.
    ByOperation,
}

/// What the failures of an API look like.
#[derive(Clone, Copy)]
struct FailureShape {
    name: &'static str,
    media_type: &'static str,
}

impl FailureShape {
    const fn json(name: &'static str) -> Self {
        Self {
            name,
            media_type: "application/json",
        }
    }
}

const DOCUMENTS: &[Document] = &[
    Document {
        name: "video-v2",
        title: "VDX API v2: booking",
        base: "/videoapi/v2",
        routes: video_v2::routes,
        sign_in: SignIn::Token,
        failure: Some(FailureShape::json("detailedError")),
        ends: false,
    },
    Document {
        name: "video-v1",
        title: "VDX API v1: booking",
        base: "/videoapi",
        routes: video_v1::routes,
        sign_in: SignIn::TokenOrCertificate,
        failure: Some(FailureShape {
            name: "apiError",
            media_type: "application/hal+json",
        }),
        ends: true,
    },
    Document {
        name: "organisation-v2",
        title: "Organisation API v2",
        base: "/services/v2",
        routes: organisation::v2_routes,
        sign_in: SignIn::Token,
        failure: Some(FailureShape::json("basicError")),
        ends: false,
    },
    Document {
        name: "organisation-v1",
        title: "Organisation API v1",
        base: "/services",
        routes: organisation::v1_routes,
        sign_in: SignIn::Token,
        failure: Some(FailureShape::json("basicError")),
        ends: false,
    },
    Document {
        name: "sms-v1",
        title: "SMS API",
        base: "/sms/v1",
        routes: sms_v1::routes,
        sign_in: SignIn::TokenOrCertificate,
        failure: Some(FailureShape::json("smsError")),
        ends: false,
    },
    Document {
        name: "client-v2",
        title: "Rooms: client API v2",
        base: "/api/client/v2",
        routes: client::routes,
        sign_in: SignIn::Nothing,
        failure: None,
        ends: false,
    },
    Document {
        name: "hub-v1",
        title: "The hub's own API",
        base: "/api/hub/v1",
        routes: hub::routes,
        sign_in: SignIn::ByOperation,
        failure: Some(FailureShape::json("hubError")),
        ends: false,
    },
    Document {
        name: "oauth",
        title: "Token service",
        base: "/",
        routes: oauth::routes,
        sign_in: SignIn::ByOperation,
        failure: None,
        ends: false,
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
        api.info.description = self.ends.then(|| ENDS.to_owned());
        api.servers = Some(vec![Server::new(self.base)]);
        sign_in::describe(&mut api, self.sign_in);
        links::describe(&mut api);
        if let Some(shape) = self.failure {
            surroundings::describe(&mut api, shape, self.ends);
        }
        api
    }
}

/// `/docs/`, `/docs/{name}` and `/docs/{name}.json`.
pub(crate) fn routes() -> Router<Hub> {
    Router::new()
        .route("/docs", get(async || Redirect::permanent("/docs/")))
        .route("/docs/", get(index))
        .route("/docs/style.css", get(style))
        .route("/docs/{file}", get(file))
}

async fn index() -> Response {
    readable(page::index(
        DOCUMENTS
            .iter()
            .map(|document| (document.name, document.title)),
    ))
}

async fn file(Path(file): Path<String>) -> Result<Response, Failure> {
    let not_found = || Failure::new(StatusCode::NOT_FOUND);
    if let Some(name) = file.strip_suffix(".json") {
        let document = document(name).ok_or_else(not_found)?;
        return Ok(Json(document).into_response());
    }
    let document = document(&file).ok_or_else(not_found)?;
    let document = serde_json::to_value(document).map_err(|error| Failure::internal(&error))?;
    Ok(readable(page::document(&file, &document)))
}

async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        page::STYLE,
    )
}

/// A page that loads nothing but the style sheet.
fn readable(page: String) -> Response {
    let policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
}
