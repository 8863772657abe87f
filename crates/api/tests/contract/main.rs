//! Compares the documents the hub serves with the facts of the APIs it is
//! compatible with.
//!
//! `facts/NAME.json` is the reference, reduced by `facts.py`;
//! `differences/NAME.json` lists every deliberate difference with its reason,
//! and what the versions of an API have in common stands in one list of both. A
//! difference that is not listed fails the test, and so does a listed one that
//! is gone.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod compare;
mod differences;
mod document;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use vdx_api::openapi;

use crate::compare::compare;
use crate::differences::Listed;
use crate::document::Document;

fn read(folder: &str, name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/contract")
        .join(folder)
        .join(format!("{name}.json"));
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A document that is not served at all has no paths.
fn served(name: &str) -> Value {
    let Some(document) = openapi::document(name) else {
        return json!({ "paths": {} });
    };
    serde_json::from_str(&document.to_json().unwrap()).unwrap()
}

/// Compares a document; `shared` is the list of its API's versions together.
fn check(name: &str, shared: &str) {
    let theirs = Document::reference(read("facts", name));
    let ours = Document::served(served(name));
    let found = compare(&theirs, &ours);
    let listed = Listed::read(&[read("differences", shared), read("differences", name)]);
    let unlisted: BTreeSet<&String> = found.iter().filter(|line| !listed.covers(line)).collect();
    let obsolete = listed.without_match(&found);
    assert!(
        unlisted.is_empty() && obsolete.is_empty(),
        "{name} and tests/contract/differences/{{{shared},{name}}}.json\n\
         Not as in the reference (mend the document, or list it with a reason): {unlisted:#?}\n\
         Listed and no longer so (take it off the list): {obsolete:#?}"
    );
}

#[test]
fn video_v2() {
    check("video-v2", "video");
}

#[test]
fn video_v1() {
    check("video-v1", "video");
}

#[test]
fn organisation_v2() {
    check("organisation-v2", "organisation");
}

#[test]
fn organisation_v1() {
    check("organisation-v1", "organisation");
}
