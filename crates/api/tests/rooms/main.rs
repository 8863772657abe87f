//! The rooms' client API and short links, over HTTP, with everything real.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod admission;
mod allowances;
mod calls;
mod capacity;
mod chat;
mod conference;
mod connection_tests;
mod direct;
mod edge;
mod figures;
mod guessing;
mod links;
mod locking;
mod meetings;
mod participants;
mod quality;
mod resuming;
mod returning;
mod roster;
mod rules;
mod texting;

use serde_json::Value;
use vdx_testkit::{NewRoom, TestHub};

/// A hub with the room `clinic@rooms.example`: host PIN 1111, no guest PIN.
async fn hub_with_clinic() -> TestHub {
    let hub = TestHub::start().await;
    hub.add_room(NewRoom {
        alias: CLINIC,
        host_pin: Some("1111"),
        ..NewRoom::default()
    })
    .await;
    hub
}

const CLINIC: &str = "clinic@rooms.example";

/// Asserts that something was refused, in these words.
fn assert_refused(answer: &(reqwest::StatusCode, Value), status: u16, words: &str) {
    let (got, body) = answer;
    assert_eq!(got.as_u16(), status, "{body}");
    assert_eq!(text(body, "status"), "failed");
    assert_eq!(text(body, "result"), words);
}

/// Asserts that something was done.
fn assert_done(answer: &(reqwest::StatusCode, Value)) {
    let (status, body) = answer;
    assert_eq!(status.as_u16(), 200, "{body}");
    assert_eq!(
        *body,
        serde_json::json!({ "status": "success", "result": true })
    );
}

/// The value of a path like `result.pin`, as text.
fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    let found = path.split('.').fold(value, |value, field| &value[field]);
    found
        .as_str()
        .unwrap_or_else(|| panic!("{path} in {value}"))
}
