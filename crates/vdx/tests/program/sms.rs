//! Text messages through a gateway: the program, the gateway's side of
//! GatewayAPI's interface, and an organisation that wants to be told.

use reqwest::{Method, StatusCode};
use rustix::process::Signal;
use serde_json::{Value, json};
use vdx_domain::{Clock as _, SystemClock};

use crate::caller::Caller;
use crate::process::{Home, client};
use crate::server::Server;

fn with_gateway(url: &str) -> Home {
    let mut home = Home::new();
    home.set("VDX_SMS__GATEWAY", "gatewayapi");
    home.set("VDX_SMS__GATEWAYAPI__URL", url);
    home.set("VDX_SMS__GATEWAYAPI__TOKEN", "t0ken");
    home.set("VDX_SMS__PRIVATE_CALLBACKS", "true");
    home
}

async fn book(caller: &Caller) -> String {
    let now = SystemClock.now();
    let meeting = json!({
        "subject": "Talk",
        "startTime": now.to_string(),
        "endTime": (now + jiff::SignedDuration::from_hours(1)).to_string(),
    });
    let meeting = caller
        .call(Method::POST, "/videoapi/v2/meetings", Some(meeting))
        .await;
    meeting["uuid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_message_goes_to_the_gateway_and_its_report_to_the_organisation() {
    let (gateway, organisation) = (Server::start().await, Server::start().await);
    let home = with_gateway(&gateway.url);
    let hub = home.serve(&["--demo"]).await;
    let caller = Caller::of(&home).await;
    let told = format!("{}/%reference%/%status%", organisation.url);
    caller.set_callback(&told).await;
    let messages = format!("/sms/v1/meeting/{}", book(&caller).await);
    let message = json!({ "to": "+4520123456", "message": "Æble: %meeting_url%" });
    let sent = caller.call(Method::POST, &messages, Some(message)).await;
    let reference = sent["reference"].as_str().unwrap();

    let asked = &gateway.asked(1).await[0];
    assert_eq!(
        (&asked.method, &*asked.path),
        (&Method::POST, "/rest/mtsms")
    );
    let asked: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(
        asked["recipients"],
        json!([{ "msisdn": 4_520_123_456_u64 }])
    );
    assert_eq!(
        (&asked["sender"], &asked["userref"]),
        (&json!("Demo Region"), &json!(reference))
    );
    let (_, _) = caller
        .until(&messages, |list| list[0]["status"] == "Sent")
        .await;
    organisation.asked(1).await;

    let report = json!({ "id": 1, "status": "DELIVERED", "userref": reference }).to_string();
    let address = asked["callback_url"].as_str().unwrap();
    assert!(address.starts_with(&home.url()), "{address}");
    let strange = format!("{}0", address.split_at(address.len() - 1).0);
    for (address, status) in [
        (&*strange, StatusCode::NOT_FOUND),
        (address, StatusCode::NO_CONTENT),
        (address, StatusCode::NO_CONTENT),
    ] {
        // The proof ends in 0 one time in sixteen.
        if address == strange && strange == asked["callback_url"] {
            continue;
        }
        let reply = client()
            .post(address)
            .body(report.clone())
            .send()
            .await
            .unwrap();
        assert_eq!(reply.status(), status);
    }
    let unreadable = client().post(address).body("what").send().await.unwrap();
    assert_eq!(unreadable.status(), StatusCode::BAD_REQUEST);
    assert_eq!(caller.get(&messages).await[0]["status"], "Delivered");
    let told: Vec<String> = organisation
        .asked(2)
        .await
        .into_iter()
        .map(|asked| asked.path)
        .collect();
    assert_eq!(
        told,
        [
            format!("/{reference}/Sent"),
            format!("/{reference}/Delivered")
        ]
    );

    let counted = client()
        .get(format!("{}/metrics", home.url()))
        .send()
        .await
        .unwrap();
    let counted = counted.text().await.unwrap();
    for line in [
        "vdx_sms_messages_total{status=\"delivered\"} 1",
        "vdx_sms_messages_total{status=\"failed\"} 0",
        "vdx_sms_gateway_requests_total 1",
    ] {
        assert!(
            counted.lines().any(|counted| counted == line),
            "{line}: {counted}"
        );
    }
    // What is sent is shown to nobody.
    let page = format!("{}/development/messages", home.url());
    let page = client().get(page).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::NOT_FOUND);
    hub.signal(Signal::TERM);
    let (status, _, log) = hub.ended();
    assert_eq!(status, Some(0));
    for secret in ["20123456", "t0ken", "ble: http", address] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
    assert_eq!(gateway.asked(1).await.len(), 1);
}

#[tokio::test]
async fn a_message_waits_for_a_gateway_and_for_the_next_start() {
    let home = with_gateway("http://127.0.0.1:1");
    let hub = home.serve(&["--demo"]).await;
    let caller = Caller::of(&home).await;
    let messages = format!("/sms/v1/meeting/{}", book(&caller).await);
    let message = json!({ "to": "20123456", "message": "%meeting_url%" });
    caller.call(Method::POST, &messages, Some(message)).await;
    assert_eq!(caller.get(&messages).await[0]["status"], "Queued");
    hub.signal(Signal::TERM);
    assert_eq!(hub.ended().0, Some(0));

    let gateway = Server::start().await;
    let mut home = home;
    home.set("VDX_SMS__GATEWAYAPI__URL", &gateway.url);
    let _hub = home.serve(&["--demo"]).await;
    gateway.asked(1).await;
    caller
        .until(&messages, |list| list[0]["status"] == "Sent")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn check_asks_the_gateway() {
    let gateway = Server::start().await;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    for (url, code, line) in [
        (
            &*gateway.url,
            0,
            "ok     text messages: GatewayAPI lets the hub in",
        ),
        (
            "http://127.0.0.1:1",
            1,
            "WRONG  text messages: GatewayAPI cannot be reached",
        ),
        ("http://gateway.example", 1, "must be https"),
    ] {
        let output = with_gateway(url).run(&["check"]);
        assert_eq!(output.status.code(), Some(code), "{url}");
        let said = text(output.stdout);
        assert!(said.contains(line), "{url}: {said}");
    }
}
