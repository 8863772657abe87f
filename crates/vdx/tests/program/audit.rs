//! `vdx audit verify`.

use vdx_store::Connection as _;
use vdx_store::EngineKind;
use vdx_store::testing::TestDb;

use crate::process::{Home, client};

async fn book(home: &Home) {
    let demo = home.demo();
    let planner = demo["clients"]
        .as_array()
        .unwrap()
        .iter()
        .find(|client| client["roles"][0] == "meeting-planner")
        .unwrap();
    let token: serde_json::Value = client()
        .post(format!("{}/oauth2/token", home.url()))
        .basic_auth(
            planner["client_id"].as_str().unwrap(),
            planner["client_secret"].as_str(),
        )
        .form(&[("grant_type", "client_credentials")])
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let answer = client()
        .post(format!("{}/videoapi/v2/meetings", home.url()))
        .bearer_auth(token["access_token"].as_str().unwrap())
        .json(&serde_json::json!({
            "subject": "Talk",
            "startTime": "2030-01-01T10:00:00Z",
            "endTime": "2030-01-01T11:00:00Z",
        }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}

async fn a_changed_record_is_told(test: TestDb) {
    let mut home = Home::new();
    home.database = Some(test.url_text.clone());
    let hub = home.serve(&["--demo"]).await;
    book(&home).await;
    // The chain is made within moments, and while the hub runs it can be verified.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let output = home.run(&["audit", "verify"]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
        // The meeting and its room, besides what the demo and the token left.
        let records = text.split(' ').next().and_then(|count| count.parse().ok());
        if records >= Some(2) && !text.contains("wait") {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{text}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    hub.signal(rustix::process::Signal::TERM);
    hub.ended();

    let mut tx = test.db.begin().await.unwrap();
    tx.sql("UPDATE audit_records SET actor = 'client:nobody' WHERE chain_position = 2")
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let output = home.run(&["audit", "verify"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("record 2"), "{text}");
}

#[test]
fn a_changed_record_is_told_on_sqlite() {
    vdx_store::testing::run(EngineKind::Sqlite, a_changed_record_is_told);
}

#[test]
fn a_changed_record_is_told_on_postgres() {
    vdx_store::testing::run(EngineKind::Postgres, a_changed_record_is_told);
}
