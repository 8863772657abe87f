//! The transaction with which the hub's health is checked from outside, step by
//! step, against the program: token, meeting, room, short link, text message,
//! end. The times are printed.

use std::time::Instant;

use reqwest::{Method, StatusCode};
use serde_json::json;
use vdx_domain::{Clock as _, SystemClock};
use vdx_store::EngineKind;
use vdx_store::testing::{TestDb, run};

use crate::caller::Caller;
use crate::process::{Home, client};
use crate::server::Server;

async fn check_health(home: &mut Home, engine: &str) {
    home.set("VDX_SMS__PRIVATE_CALLBACKS", "true");
    let _hub = home.serve(&["--demo"]).await;
    let organisation = Server::start().await;
    let mut steps = Vec::new();

    let begun = Instant::now();
    let caller = Caller::of(home).await;
    steps.push(("token", begun.elapsed()));
    let told = format!("{}/told?ref=%reference%&status=%status%", organisation.url);
    caller.set_callback(&told).await;

    let begun = Instant::now();
    let now = SystemClock.now();
    let meeting = json!({
        "subject": "Healthcheck",
        "startTime": now.to_string(),
        "endTime": (now + jiff::SignedDuration::from_hours(1)).to_string(),
        "projectCode": "healthcheck",
    });
    let meeting = caller
        .call(Method::POST, "/videoapi/v2/meetings", Some(meeting))
        .await;
    steps.push(("meeting", begun.elapsed()));
    let uuid = meeting["uuid"].as_str().unwrap();
    assert_eq!(meeting["projectCode"], "healthcheck");

    let room = format!("/videoapi/v2/scheduling-info/{uuid}");
    let (_, took) = caller
        .until(&room, |room| room["provisionStatus"] == "PROVISIONED_OK")
        .await;
    steps.push(("time to provision", took));

    let begun = Instant::now();
    let link = meeting["shortLink"].as_str().unwrap();
    let page = client().get(link).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    steps.push(("short link", begun.elapsed()));

    let begun = Instant::now();
    let messages = format!("/sms/v1/meeting/{uuid}");
    let message = json!({ "to": "20 12 34 56", "message": "Healthcheck %meeting_url%" });
    let sent = caller.call(Method::POST, &messages, Some(message)).await;
    steps.push(("message", begun.elapsed()));
    assert_eq!(sent["sender"], "Demo Region");
    let (listed, took) = caller
        .until(&messages, |list| list[0]["status"] == "Delivered")
        .await;
    steps.push(("until Delivered", took));
    let reference = sent["reference"].as_str().unwrap();
    assert_eq!(listed[0]["reference"], reference);
    let told = organisation.asked(1).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].method, Method::GET);
    assert_eq!(
        told[0].path,
        format!("/told?ref={reference}&status=Delivered")
    );

    let begun = Instant::now();
    let end = json!({ "endTime": SystemClock.now().to_string() });
    let path = format!("/videoapi/v2/meetings/{uuid}");
    caller.call(Method::PATCH, &path, Some(end)).await;
    steps.push(("end", begun.elapsed()));
    let (_, took) = caller
        .until(&room, |room| room["provisionStatus"] == "DEPROVISION_OK")
        .await;
    steps.push(("time to deprovision", took));
    let short_id = link.rsplit('/').next().unwrap();
    let link = caller.get(&format!("/api/hub/v1/links/{short_id}")).await;
    assert_eq!(link["state"], "over");

    for (step, took) in steps {
        println!("{engine}: {step}: {} ms", took.as_millis());
    }
}

#[tokio::test]
async fn the_health_check_passes_on_sqlite() {
    check_health(&mut Home::new(), "SQLite").await;
}

#[test]
fn the_health_check_passes_on_postgresql() {
    run(EngineKind::Postgres, async |test: TestDb| {
        let mut home = Home::new();
        home.database = Some(test.url_text.clone());
        check_health(&mut home, "PostgreSQL").await;
    });
}
