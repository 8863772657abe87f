//! What a page found in a connection test. There is no text in it that somebody
//! could write freely, and nothing that says who or where it was.

use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Failure;

/// What was found.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = connectionTestResults)]
#[serde(deny_unknown_fields)]
pub(super) struct Results {
    verdict: Verdict,
    /// Each way to the hub that was tried, once.
    #[schema(max_items = 5)]
    ways: Vec<WayTried>,
    /// Whether the events of the room arrived as they happened.
    events: bool,
    /// On the best of the ways; left out where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    measured: Option<Measured>,
    browser: Browser,
    system: System,
    /// The browser's main version.
    #[schema(maximum = 9999)]
    browser_version: Option<u32>,
}

/// What the visitor was told.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = connectionTestVerdict)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    /// It looks good.
    Good,
    /// Video works, and may be blurred or stutter.
    Ok,
    /// Only sound works.
    Sound,
    /// Nothing works.
    None,
}

/// A way to the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = connectionTestWay)]
#[serde(rename_all = "snake_case")]
enum Way {
    /// UDP to the media port.
    Udp,
    /// TCP to the media port.
    Tcp,
    /// TURN over UDP.
    TurnUdp,
    /// TURN over TCP.
    TurnTcp,
    /// TURN over TLS.
    TurnTls,
}

/// A way that was tried.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = connectionTestWayTried)]
#[serde(deny_unknown_fields)]
struct WayTried {
    way: Way,
    /// Until media could flow; `null` = it could not.
    #[schema(maximum = 60_000)]
    connected_ms: Option<u32>,
}

/// What was measured between two clients of the visitor, through the hub. *Up*
/// is to the hub, *down* is from it. `null` = the browser does not tell.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = connectionTestMeasured)]
#[serde(deny_unknown_fields)]
struct Measured {
    way: Way,
    /// Round trip to the hub, the mean.
    #[schema(maximum = 60_000)]
    rtt_ms: Option<u32>,
    /// Packets lost, of sound or picture, whichever lost more.
    #[schema(minimum = 0, maximum = 100)]
    loss_up_percent: Option<f64>,
    #[schema(minimum = 0, maximum = 100)]
    loss_down_percent: Option<f64>,
    /// Interarrival jitter (RFC 3550).
    #[schema(maximum = 60_000)]
    jitter_up_ms: Option<u32>,
    #[schema(maximum = 60_000)]
    jitter_down_ms: Option<u32>,
    /// What the browser says it could send.
    #[schema(maximum = 1_000_000)]
    available_up_kbps: Option<u32>,
    /// What was sent; the test sends at most about 2000.
    #[schema(maximum = 1_000_000)]
    sent_kbps: u32,
    /// What arrived; the test sends at most about 1300 of it.
    #[schema(maximum = 1_000_000)]
    received_kbps: u32,
}

/// The visitor's browser.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = connectionTestBrowser)]
#[serde(rename_all = "snake_case")]
enum Browser {
    Chrome,
    Edge,
    Firefox,
    Opera,
    Safari,
    SamsungInternet,
    Other,
}

/// The visitor's system.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = connectionTestSystem)]
#[serde(rename_all = "snake_case")]
enum System {
    Android,
    Ios,
    Linux,
    Macos,
    Windows,
    Other,
}

const MOST_MS: u32 = 60_000;
const MOST_KBPS: u32 = 1_000_000;
const MOST_VERSION: u32 = 9999;

impl Results {
    /// Refuses what no page finds.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let wrong = |field: &str| {
            Err(Failure::new(StatusCode::BAD_REQUEST).text(format!("{field}: out of range")))
        };
        let is_twice = |(place, one): (usize, &WayTried)| {
            self.ways.iter().take(place).any(|way| way.way == one.way)
        };
        // Five ways, each at most once: the list is short then.
        if self.ways.iter().enumerate().any(is_twice) {
            return Err(Failure::new(StatusCode::BAD_REQUEST).text("ways: one is there twice"));
        }
        if self.ways.iter().any(|way| way.connected_ms > Some(MOST_MS)) {
            return wrong("ways");
        }
        if self.browser_version > Some(MOST_VERSION) {
            return wrong("browser_version");
        }
        match &self.measured {
            Some(measured) if !measured.is_possible() => wrong("measured"),
            _ => Ok(()),
        }
    }
}

impl Measured {
    fn is_possible(&self) -> bool {
        let times = [self.rtt_ms, self.jitter_up_ms, self.jitter_down_ms];
        let rates = [
            self.available_up_kbps,
            Some(self.sent_kbps),
            Some(self.received_kbps),
        ];
        let losses = [self.loss_up_percent, self.loss_down_percent];
        let is_share = |loss: f64| (0.0..=100.0).contains(&loss);
        times.into_iter().flatten().all(|ms| ms <= MOST_MS)
            && rates.into_iter().flatten().all(|kbps| kbps <= MOST_KBPS)
            && losses.into_iter().flatten().all(is_share)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn found() -> Value {
        json!({
            "verdict": "ok",
            "ways": [
                { "way": "udp", "connected_ms": null },
                { "way": "turn_tls", "connected_ms": 410 },
            ],
            "events": true,
            "measured": {
                "way": "turn_tls", "rtt_ms": 35, "loss_up_percent": 0.5,
                "loss_down_percent": 0, "jitter_up_ms": null, "jitter_down_ms": 4,
                "available_up_kbps": null, "sent_kbps": 900, "received_kbps": 640,
            },
            "browser": "samsung_internet",
            "browser_version": 28,
            "system": "android",
        })
    }

    fn is_taken(results: Value) -> bool {
        serde_json::from_value(results).is_ok_and(|results: Results| results.check().is_ok())
    }

    #[test]
    fn what_a_page_finds_is_taken_and_reads_back() {
        let results: Results = serde_json::from_value(found()).unwrap();
        assert!(results.check().is_ok());
        let mut wanted = found();
        wanted["measured"]["loss_down_percent"] = json!(0.0);
        assert_eq!(serde_json::to_value(results).unwrap(), wanted);
        let mut nothing = found();
        nothing.as_object_mut().unwrap().remove("measured");
        nothing["ways"] = json!([]);
        assert!(is_taken(nothing));
    }

    #[test]
    fn what_no_page_finds_is_refused() {
        type Change = fn(&mut Value);
        let changes: [Change; 9] = [
            |all| all["verdict"] = json!("great"),
            |all| all["ways"][1]["way"] = json!("udp"),
            |all| all["ways"][1]["connected_ms"] = json!(60_001),
            |all| all["measured"]["loss_up_percent"] = json!(100.1),
            |all| all["measured"]["received_kbps"] = json!(1_000_001),
            |all| all["measured"]["rtt_ms"] = json!(-1),
            |all| all["browser"] = json!("Somebody's"),
            |all| all["browser_version"] = json!(10_000),
            |all| all["address"] = json!("192.0.2.1"),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut results = found();
            change(&mut results);
            assert!(!is_taken(results), "{number}");
        }
    }
}
