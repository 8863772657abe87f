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

/// Where Vite writes which source became which files.
const MANIFEST: &str = "manifest.json";

/// The step that a link leads to.
const DEVICES: &str = "client/src/steps/Devices.svelte";

/// What the client's page names by itself.
const CLIENT: &str = "client/index.html";

/// What became of one source.
#[derive(Deserialize)]
struct Part {
    /// Its script, relative to the build's folder.
    file: String,
    /// Its styles, so too.
    #[serde(default)]
    css: Vec<String>,
    /// The parts it cannot begin without.
    #[serde(default)]
    imports: Vec<String>,
}

/// Adds what the page at `/m/{short_id}` needs until its first button: the
/// answer about the link, and the devices' step.
pub(crate) fn of_link(response: &mut Response, short_id: &str) {
    // What is no link's id is answered with "no such link" all the same.
    if short_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        // As the page asks for it: in CORS mode with the cookies of its own
        // origin (`crossorigin`), or the browser would ask twice.
        let address = format!("/api/hub/v1/links/{short_id}");
        add(response, &address, "preload; as=fetch; crossorigin");
    }
    add_part(response, DEVICES);
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
    add_part(
        response,
        &format!("shared/translations/{language}.json?begin"),
    );
}

/// Adds a part's files and those of what it imports, but for what is in the
/// page. Nothing where the apps are not built.
fn add_part(response: &mut Response, source: &str) {
    // Read at each page: a page is asked for once a visit, and this is some kilobytes.
    let Some(parts) = file::read(MANIFEST)
        .and_then(|json| serde_json::from_slice::<HashMap<String, Part>>(&json).ok())
    else {
        return;
    };
    let page = closure(&parts, CLIENT);
    for name in closure(&parts, source) {
        if page.contains(&name) {
            continue;
        }
        let part = &parts[name];
        add(response, &format!("/{}", part.file), "modulepreload");
        for style in &part.css {
            add(
                response,
                &format!("/{style}"),
                "preload; as=style; crossorigin",
            );
        }
    }
}

/// A part and all that it imports.
fn closure<'parts>(parts: &'parts HashMap<String, Part>, source: &str) -> Vec<&'parts str> {
    let mut found: Vec<&str> = Vec::new();
    let mut wanted = vec![source];
    while let Some(name) = wanted.pop() {
        if let Some((name, part)) = parts.get_key_value(name)
            && !found.contains(&name.as_str())
        {
            found.push(name);
            wanted.extend(part.imports.iter().map(String::as_str));
        }
    }
    found
}

/// Adds one header; an address that is none is left out.
fn add(response: &mut Response, address: &str, relation: &str) {
    if let Ok(value) = HeaderValue::try_from(format!("<{address}>; rel={relation}")) {
        response.headers_mut().append(LINK, value);
    }
}
