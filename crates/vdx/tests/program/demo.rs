//! `vdx serve --demo`.

use std::collections::BTreeSet;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use vdx_domain::{ApiRole, Clock as _, SystemClock};

use crate::process::{Home, client};

fn roles(entry: &Value) -> BTreeSet<String> {
    let roles = entry["roles"].as_array().unwrap();
    roles
        .iter()
        .map(|role| role.as_str().unwrap().to_owned())
        .collect()
}

async fn token(home: &Home, entry: &Value) -> reqwest::Response {
    client()
        .post(format!("{}/oauth2/token", home.url()))
        .basic_auth(
            entry["client_id"].as_str().unwrap(),
            entry["client_secret"].as_str(),
        )
        .form(&[("grant_type", "client_credentials")])
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn the_demo_has_what_the_contract_promises() {
    let home = Home::new();
    let _hub = home.serve(&["--demo"]).await;
    let demo = home.demo();
    assert_eq!(demo["public_url"], home.url());
    let clients = demo["clients"].as_array().unwrap();
    for role in vdx_accounts::API_ROLES {
        let alone = BTreeSet::from([role.to_string()]);
        assert!(
            clients.iter().any(|client| roles(client) == alone),
            "{role}"
        );
    }
    assert!(clients.iter().any(|client| roles(client).len() == 5));
    let users = demo["users"].as_array().unwrap();
    for role in [
        ApiRole::MeetingUser,
        ApiRole::MeetingPlanner,
        ApiRole::MeetingAdmin,
        ApiRole::ManagementAdmin,
        ApiRole::Operator,
    ] {
        assert!(
            users.iter().any(|user| roles(user).contains(role.as_str())),
            "{role}"
        );
    }
    let room = &demo["rooms"][0];
    assert_ne!(room["host_pin"], room["guest_pin"]);
    assert!(room["alias"].as_str().unwrap().contains('@'));
    for client in clients {
        assert_eq!(token(&home, client).await.status(), 200);
    }
}

#[tokio::test]
async fn the_demos_pool_fills_itself_and_serves_a_meeting_that_starts_now() {
    let home = Home::new();
    // Sooner than usual, so that the test need not wait for minutes.
    let settings = "[pool]\nfill_interval_seconds = 1\nminimum_age_seconds = 0\n";
    std::fs::write(home.folder.path().join("vdx.toml"), settings).unwrap();
    let _hub = home.serve(&["--demo"]).await;
    let demo = home.demo();
    let clients = demo["clients"].as_array().unwrap();
    let all_roles = clients.iter().find(|client| roles(client).len() == 5);
    let reply = token(&home, all_roles.unwrap()).await;
    let reply: Value = reply.json().await.unwrap();
    let bearer = reply["access_token"].as_str().unwrap();
    let api = format!("{}/videoapi/v2", home.url());
    let pool = async || -> Value {
        let asked = client().get(format!("{api}/pool")).bearer_auth(bearer);
        asked.send().await.unwrap().json().await.unwrap()
    };
    let mut waited = 0;
    let full = loop {
        let pools = pool().await;
        if pools[0]["availablePoolSize"] == 5 {
            break pools;
        }
        assert!(waited < 600, "not full within a minute: {pools}");
        waited += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(full[0]["organisationId"], "demo-region");
    assert_eq!(full[0]["desiredPoolSize"], 5);
    let now = SystemClock.now();
    let meeting = serde_json::json!({
        "subject": "At once", "meetingType": "POOL",
        "startTime": now.to_string(), "endTime": (now + Duration::from_secs(600)).to_string(),
    });
    let booked = client().post(format!("{api}/meetings")).bearer_auth(bearer);
    let booked = booked.json(&meeting).send().await.unwrap();
    assert_eq!(booked.status(), 200);
    let booked: Value = booked.json().await.unwrap();
    let room = format!("{api}/scheduling-info/{}", booked["uuid"].as_str().unwrap());
    let room = client().get(room).bearer_auth(bearer).send().await.unwrap();
    let room: Value = room.json().await.unwrap();
    assert_eq!(room["provisionStatus"], "PROVISIONED_OK");
    let rooms = full[0]["schedulingInfoList"].as_array().unwrap();
    assert!(
        rooms
            .iter()
            .any(|one| one["uriWithDomain"] == room["uriWithDomain"])
    );
}

#[tokio::test]
async fn a_later_start_keeps_the_demo() {
    let mut home = Home::new();
    let hub = home.serve(&["--demo"]).await;
    let first = home.demo();
    hub.signal(Signal::KILL);
    drop(hub);
    // Another port: the file follows, its secrets stay.
    home.http = Home::new().http;
    let _hub = home.serve(&["--demo"]).await;
    let second = home.demo();
    assert_eq!(second["clients"], first["clients"]);
    assert_eq!(second["public_url"], home.url());
    assert_eq!(token(&home, &second["clients"][0]).await.status(), 200);
}

#[tokio::test]
async fn a_start_that_was_cut_off_is_completed() {
    let home = Home::new();
    let hub = home.serve(&["--demo"]).await;
    drop(hub);
    let (file, draft) = (
        home.data().join("demo.json"),
        home.data().join("demo.json.new"),
    );
    std::fs::rename(&file, &draft).unwrap();
    let hub = home.serve(&["--demo"]).await;
    assert!(file.exists() && !draft.exists());
    drop(hub);
    std::fs::remove_file(&file).unwrap();
    let output = home.run(&["serve", "--demo"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("not empty")
    );
}
