//! v1 can be switched off by date.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use serde_json::json;
use vdx_api::Settings;
use vdx_domain::Clock as _;
use vdx_store::both_engines;
use vdx_testkit::{TestHub, serve_also};

use crate::rig::{answer, meeting};

const HOUR: Duration = Duration::from_secs(3600);

/// The same hub at a second address, with an end of v1.
fn ending(hub: &TestHub, end: Timestamp) -> String {
    let mut ending = hub.hub.clone();
    ending.settings = Arc::new(Settings {
        video_v1_end: Some(end),
        ..Settings::clone(&hub.hub.settings)
    });
    format!("{}/videoapi", serve_also(ending))
}

async fn header(hub: &TestHub, url: &str, name: &str) -> Option<String> {
    let reply = hub.http.get(url).send().await.unwrap();
    let value = reply.headers().get(name)?;
    Some(value.to_str().unwrap().to_owned())
}

both_engines! {
    async fn the_end_is_announced_and_then_it_is_gone(test: TestDb) {
        let hub = TestHub::on(test).await;
        let end = hub.clock.now() + HOUR;
        let url = ending(&hub, end);
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&end).unwrap();
        // A refused call announces the end as a good one does.
        for path in ["/info", "/meetings"] {
            let at = format!("{url}{path}");
            assert_eq!(header(&hub, &at, "sunset").await.as_deref(), Some(date.as_str()), "{path}");
            assert_eq!(header(&hub, &at, "deprecation").await.as_deref(), Some("@1795392000"));
            let link = header(&hub, &at, "link").await.unwrap();
            assert_eq!(link, format!("<{}/docs/video-v2>; rel=\"successor-version\"", hub.url));
        }
        let book = hub.http.post(format!("{url}/meetings")).bearer_auth(hub.token().await).json(&meeting());
        answer(book).await.good();

        hub.clock.advance(HOUR);
        for (method, path) in [
            (Method::GET, "/info"),
            (Method::GET, "/meetings"),
            (Method::POST, "/meetings"),
            (Method::DELETE, "/scheduling-templates/1"),
            (Method::GET, "/scheduling-info-provision"),
        ] {
            let call = hub.http.request(method, format!("{url}{path}")).json(&json!({}));
            let gone = answer(call).await;
            assert_eq!(gone.failed(), (410, None), "{path}");
            assert!(gone.text().contains("/videoapi/v2"));
        }
        assert_eq!(header(&hub, &format!("{url}/info"), "sunset").await, Some(date));
        let newer = hub.http.get(format!("{url}/v2/info")).bearer_auth(hub.token().await);
        let newer = newer.send().await.unwrap();
        assert_eq!((newer.status().as_u16(), newer.headers().get("sunset")), (200, None));
    }

    async fn without_an_end_nothing_is_announced(test: TestDb) {
        let hub = TestHub::on(test).await;
        let url = format!("{}/videoapi/info", hub.url);
        for name in ["sunset", "deprecation", "link"] {
            assert_eq!(header(&hub, &url, name).await, None, "{name}");
        }
    }
}
