//! GatewayAPI, over its REST API (`POST /rest/mtsms`).
//!
//! It knows no key that makes a repeated request harmless, and cannot look for
//! a message by the hub's reference. So a request whose answer is lost is not
//! repeated: the report it sends to the message's own address, which carries
//! the hub's reference, tells what became of it.

use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use reqwest::{RequestBuilder, StatusCode};
use serde::{Deserialize, Serialize};
use vdx_domain::{SmsEncoding, SmsStatus};

use super::http::{Gateway, NoReply, Reply, ask, checked};
use super::{Answer, Found, Outgoing, Report, SmsGateway, Taken, code};

pub(super) const NAME: &str = "gatewayapi";

/// Shortest and longest time it tries to bring a message, in seconds.
const VALIDITY: (u64, u64) = (60, 432_000);

pub(super) struct GatewayApi {
    gateway: Gateway,
    token: String,
}

#[derive(Serialize)]
struct Request<'a> {
    sender: &'a str,
    message: &'a str,
    encoding: &'static str,
    recipients: [Recipient; 1],
    userref: String,
    callback_url: &'a str,
    validity_period: u64,
}

#[derive(Serialize)]
struct Recipient {
    msisdn: u64,
}

#[derive(Deserialize)]
struct Ids {
    ids: Vec<u64>,
}

#[derive(Deserialize)]
struct Problem {
    code: Option<String>,
}

impl GatewayApi {
    pub(super) fn open(url: &str, token: &str) -> Result<Self, String> {
        if token.is_empty() {
            return Err("the token is missing".to_owned());
        }
        Ok(Self {
            gateway: Gateway::open(url)?,
            token: token.to_owned(),
        })
    }

    /// The token goes as the user name of HTTP Basic.
    fn let_in(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.token, None::<&str>)
    }

    async fn submit(&self, message: &Outgoing) -> Result<Reply, NoReply> {
        let (shortest, longest) = VALIDITY;
        let body = Request {
            sender: &message.sender,
            message: &message.text,
            encoding: match message.encoding {
                SmsEncoding::Gsm => "UTF8",
                SmsEncoding::Ucs2 => "UCS2",
            },
            recipients: [Recipient {
                msisdn: message.to.digits(),
            }],
            userref: message.id.to_string(),
            callback_url: &message.report_url,
            validity_period: message.valid_for.as_secs().clamp(shortest, longest),
        };
        ask(self.let_in(self.gateway.post("rest/mtsms")?).json(&body)).await
    }
}

impl SmsGateway for GatewayApi {
    fn name(&self) -> &'static str {
        NAME
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Answer> {
        async move {
            match self.submit(message).await {
                Ok(reply) => answer(&reply),
                Err(NoReply::NotReached) => Answer::NotNow {
                    code: None,
                    wait: None,
                },
                Err(NoReply::Lost) => Answer::Unclear,
            }
        }
        .boxed()
    }

    fn find<'a>(&'a self, _: &'a Outgoing) -> BoxFuture<'a, Found> {
        ready(Found::CannotTell).boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<String, String>> {
        async move {
            let reply = match self.gateway.get("rest/me") {
                Ok(request) => ask(self.let_in(request)).await,
                Err(error) => Err(error),
            };
            checked("GatewayAPI", reply).map(|_| "GatewayAPI lets the hub in".to_owned())
        }
        .boxed()
    }
}

fn answer(reply: &Reply) -> Answer {
    let problem = || reply.json::<Problem>().and_then(|problem| problem.code);
    let code = || problem().as_deref().and_then(code);
    match reply.status {
        StatusCode::OK => match reply
            .json::<Ids>()
            .as_ref()
            .map(|reply| reply.ids.as_slice())
        {
            Some([id, ..]) => Answer::Taken(Taken {
                reference: Some(id.to_string()),
                delivered: false,
            }),
            _ => Answer::Unclear,
        },
        // Its description: the message is not the reason, or it could not be processed.
        StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::TOO_MANY_REQUESTS
        | StatusCode::INTERNAL_SERVER_ERROR
        | StatusCode::SERVICE_UNAVAILABLE => Answer::NotNow {
            code: code(),
            wait: reply.wait,
        },
        status if status.is_client_error() => Answer::Refused { code: code() },
        _ => Answer::Unclear,
    }
}

#[derive(Deserialize)]
struct Status {
    id: u64,
    status: String,
    code: Option<String>,
}

pub(super) fn read_report(body: &[u8]) -> Option<Report> {
    let report: Status = serde_json::from_slice(body).ok()?;
    let status = match report.status.as_str() {
        // The network may take a message on the phone's behalf, which says
        // nothing of the phone.
        "UNKNOWN" | "SCHEDULED" | "BUFFERED" | "ENROUTE" | "ACCEPTED" => SmsStatus::Sent,
        "DELIVERED" => SmsStatus::Delivered,
        "EXPIRED" | "DELETED" | "UNDELIVERABLE" | "REJECTED" | "SKIPPED" => SmsStatus::Failed,
        _ => return None,
    };
    Some(Report {
        reference: Some(report.id.to_string()),
        status,
        expired: report.status == "EXPIRED",
        code: report.code.as_deref().and_then(code),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(status: &str) -> Option<(SmsStatus, bool)> {
        let body = format!(
            r#"{{"id": 1000001, "msisdn": 4520123456, "time": 1450000000, "status": "{status}",
                "error": null, "code": "0x1010", "userref": "a"}}"#
        );
        read_report(body.as_bytes()).map(|report| {
            assert_eq!(report.reference.as_deref(), Some("1000001"));
            assert_eq!(report.code.as_deref(), Some("0x1010"));
            (report.status, report.expired)
        })
    }

    #[test]
    fn each_state_of_its_documentation_is_read() {
        use SmsStatus::{Delivered, Failed, Sent};
        for (status, read) in [
            ("BUFFERED", (Sent, false)),
            ("ENROUTE", (Sent, false)),
            ("ACCEPTED", (Sent, false)),
            ("DELIVERED", (Delivered, false)),
            ("EXPIRED", (Failed, true)),
            ("UNDELIVERABLE", (Failed, false)),
            ("REJECTED", (Failed, false)),
            ("DELETED", (Failed, false)),
            ("SKIPPED", (Failed, false)),
        ] {
            assert_eq!(report(status), Some(read), "{status}");
        }
        assert_eq!(report("delivered"), None);
        assert_eq!(read_report(b"{}"), None);
        assert_eq!(read_report(b"status=DELIVERED"), None);
    }
}
