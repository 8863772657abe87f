//! The rooms' client API and short links, over HTTP, with everything real.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod admission;
mod calls;
mod edge;
mod guessing;
mod links;
mod roster;

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

/// The value of a path like `result.pin`, as text.
fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    let found = path.split('.').fold(value, |value, field| &value[field]);
    found
        .as_str()
        .unwrap_or_else(|| panic!("{path} in {value}"))
}
