//! Where gateways report. That a report with the right proof counts is tested
//! with the whole program and a gateway's answers (`crates/vdx/tests/program`).

use reqwest::StatusCode;
use serde_json::Value;
use vdx_testkit::TestHub;

use crate::rig::{Api, NUMBER, TEXT, meeting};

#[tokio::test]
async fn without_its_proof_a_report_is_of_nothing() {
    let hub = TestHub::start().await;
    let api = Api::new(&hub).await;
    let (id, _) = meeting(&hub).await;
    let sent = api.send(&id, NUMBER, TEXT).await.good();
    let reference = sent["reference"].as_str().unwrap();
    let reports = format!("{}/api/hub/v1/sms/reports", hub.url);
    let report = r#"{"id":1,"status":"DELIVERED"}"#;
    for path in [
        format!("gatewayapi/{reference}"),
        format!("gatewayapi/{reference}?proof="),
        format!("gatewayapi/{reference}?proof=00ff"),
        format!("gatewayapi/{reference}?proof={}", "0".repeat(64)),
        format!("twilio/{reference}?proof={}", "0".repeat(64)),
        format!("pigeon/{reference}?proof={}", "0".repeat(64)),
        "gatewayapi/nonsense?proof=00".to_owned(),
    ] {
        let request = hub.http.post(format!("{reports}/{path}")).body(report);
        let reply = request.send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::NOT_FOUND, "{path}");
        let body: Value = reply.json().await.unwrap();
        assert_eq!(body["message"], "There is no such message.", "{path}");
    }
    assert_eq!(api.list(&id).await.good()[0]["status"], "Queued");
}
