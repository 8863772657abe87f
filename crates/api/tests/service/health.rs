//! For those who run the hub.

use reqwest::StatusCode;
use serde_json::Value;
use vdx_store::both_engines;
use vdx_testkit::TestHub;

both_engines! {
    async fn a_hub_without_its_database_lives_and_is_not_ready(test: TestDb) {
        let hub = TestHub::on(test).await;
        let get = async |path: &str| hub.http.get(format!("{}{path}", hub.url)).send().await.unwrap();
        let ready = get("/readyz").await;
        assert_eq!(ready.status(), StatusCode::OK);
        let parts: Value = ready.json().await.unwrap();
        assert_eq!((&parts["database"], &parts["media"]), (&Value::Bool(true), &Value::Bool(true)));
        assert_eq!(parts["bus"], Value::Null);
        hub.db.close().await;
        assert_eq!(get("/healthz").await.status(), StatusCode::OK);
        let ready = get("/readyz").await;
        assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(ready.json::<Value>().await.unwrap()["database"], false);
    }

    async fn a_failing_database_is_a_500_without_its_insides(test: TestDb) {
        let hub = TestHub::on(test).await;
        let token = hub.token().await;
        hub.db.close().await;
        for path in ["/v2/info", "/v2/meetings?label=a", "/meetings?label=a", "/scheduling-templates"] {
            let call = hub.http.get(format!("{}/videoapi{path}", hub.url));
            let reply = call.bearer_auth(&token).send().await.unwrap();
            assert_eq!(reply.status(), StatusCode::INTERNAL_SERVER_ERROR, "{path}");
            let text = reply.text().await.unwrap();
            let told = text.to_lowercase();
            assert!(!told.contains("pool") && !told.contains("sql"), "{text}");
            let body: Value = serde_json::from_str(&text).unwrap();
            if path.starts_with("/v2") {
                assert_eq!(body["detailed_error_code"], "11", "{path}");
                let error = body["detailed_error"].as_str().unwrap();
                assert!(error.starts_with("Unexpected exception caught."), "{error}");
            } else {
                assert!(body["message"].is_string(), "{text}");
                assert_eq!((body.get("errorCode"), body.get("errorText")), (None, None), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn requests_are_counted() {
    let hub = TestHub::start().await;
    let get = async |path: &str| {
        hub.http
            .get(format!("{}{path}", hub.url))
            .send()
            .await
            .unwrap()
    };
    get("/videoapi/v2/info").await;
    let text = get("/metrics").await.text().await.unwrap();
    let line =
        "vdx_http_request_duration_seconds_count{api=\"video-v2\",method=\"GET\",status=\"401\"} 1";
    assert!(text.lines().any(|l| l == line), "{text}");
}
