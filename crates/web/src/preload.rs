//! What a page of the client will ask for next, named in its headers
//! (`Link: …; rel=preload`, RFC 8288), so that a browser asks for all of it at
//! once: on a phone network each question that waits for another costs half a
//! second.

use std::collections::HashMap;

use axum::response::Response;
use http::header::{ACCEPT_LANGUAGE, LINK};
use http::{HeaderMap, HeaderValue};
use serde::Deserialize;

use crate::file;

/// Where Vite writes which source became which file.
const MANIFEST: &str = "manifest.json";

/// What became of one source.
#[derive(Deserialize)]
struct Part {
    /// Its script, relative to the build's folder.
    file: String,
}

/// Adds what the page at `/m/{short_id}` asks first: what the link leads to.
pub(crate) fn of_link(response: &mut Response, short_id: &str) {
    // What is no link's id is answered with "no such link" all the same.
    if short_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        // As the page asks for it: in CORS mode with the cookies of its own
        // origin (`crossorigin`), or the browser would ask twice.
        let address = format!("/api/hub/v1/links/{short_id}");
        add(response, &address, "preload; as=fetch; crossorigin");
    }
}

/// Adds the texts in the language that the page will probably speak. The page
/// decides (`choose` in `web/shared/i18n.svelte.ts`); Danish is always with it.
pub(crate) fn of_language(response: &mut Response, request: &HeaderMap) {
    let wanted = request
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    let first = wanted.map_or("", |list| list.split([',', ';', '-']).next().unwrap_or(""));
    let language = match first.trim().to_ascii_lowercase().as_str() {
        "" | "da" | "nb" | "nn" | "no" | "sv" | "fo" | "kl" => return,
        "de" => "de",
        _ => "en",
    };
    if let Some(file) = built(&format!("shared/translations/{language}.json?begin")) {
        add(response, &format!("/{file}"), "modulepreload");
    }
}

/// The script that a source became; `None` where the apps are not built.
fn built(source: &str) -> Option<String> {
    // Read at each page: a page is asked for once a visit, and this is some kilobytes.
    let manifest = file::read(MANIFEST)?;
    let mut parts: HashMap<String, Part> = serde_json::from_slice(&manifest).ok()?;
    Some(parts.remove(source)?.file)
}

/// Adds one header; an address that is none is left out.
fn add(response: &mut Response, address: &str, relation: &str) {
    if let Ok(value) = HeaderValue::try_from(format!("<{address}>; rel={relation}")) {
        response.headers_mut().append(LINK, value);
    }
}
