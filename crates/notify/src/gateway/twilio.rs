//! Twilio, over its messages resource (API of 2010-04-01).
//!
//! It knows no key that makes a repeated request harmless, but it can be asked
//! for the messages to a number. A request whose answer is lost is repeated
//! only when none of them is this one.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use vdx_domain::SmsStatus;

use super::http::{Gateway, NoReply, Reply, ask, checked};
use super::{Answer, Found, Outgoing, Report, SmsGateway, Taken, code};

pub(super) const NAME: &str = "twilio";

/// Shortest and longest time it keeps a message, in seconds.
const VALIDITY: (u64, u64) = (60, 36_000);
/// How many messages to a number are looked through; the newest come first.
const LOOKED_AT: &str = "100";
/// How far its clock may be behind the hub's.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

pub(super) struct Twilio {
    gateway: Gateway,
    /// Path of the account, without an ending.
    account: String,
    user: String,
    secret: String,
}

#[derive(Deserialize)]
struct Message {
    sid: String,
    body: Option<String>,
    date_created: Option<String>,
}

#[derive(Deserialize)]
struct Messages {
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Problem {
    code: Option<u32>,
}

impl Twilio {
    pub(super) fn open(
        url: &str,
        account: &str,
        secret: &str,
        key: Option<&str>,
    ) -> Result<Self, String> {
        let is_sid = |text: &str| {
            !text.is_empty()
                && text
                    .chars()
                    .all(|character| character.is_ascii_alphanumeric())
        };
        if !is_sid(account) {
            return Err("the account's SID must be letters and digits".to_owned());
        }
        if secret.is_empty() {
            return Err(
                "the token of the account, or the secret of its key, is missing".to_owned(),
            );
        }
        Ok(Self {
            gateway: Gateway::open(url)?,
            account: format!("2010-04-01/Accounts/{account}"),
            user: key.unwrap_or(account).to_owned(),
            secret: secret.to_owned(),
        })
    }

    fn let_in(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.user, Some(&self.secret))
    }

    fn messages(&self) -> String {
        format!("{}/Messages.json", self.account)
    }

    async fn submit(&self, message: &Outgoing) -> Result<Reply, NoReply> {
        let (shortest, longest) = VALIDITY;
        let validity = message.valid_for.as_secs().clamp(shortest, longest);
        let form = [
            ("To", message.to.reveal()),
            ("From", &message.sender),
            ("Body", &message.text),
            ("StatusCallback", &message.report_url),
            ("ValidityPeriod", &validity.to_string()),
        ];
        ask(self
            .let_in(self.gateway.post(&self.messages())?)
            .form(&form))
        .await
    }

    async fn look_for(&self, message: &Outgoing) -> Result<Reply, NoReply> {
        let query = [("To", message.to.reveal()), ("PageSize", LOOKED_AT)];
        ask(self
            .let_in(self.gateway.get(&self.messages())?)
            .query(&query))
        .await
    }
}

impl SmsGateway for Twilio {
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

    fn find<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Found> {
        async move {
            let reply = match self.look_for(message).await {
                Ok(reply) if reply.status == StatusCode::OK => reply,
                Ok(_) | Err(_) => return Found::NoAnswer,
            };
            match reply.json::<Messages>() {
                Some(list) => Found::Candidates(candidates(list, message)),
                None => Found::NoAnswer,
            }
        }
        .boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<String, String>> {
        async move {
            let reply = match self.gateway.get(&format!("{}.json", self.account)) {
                Ok(request) => ask(self.let_in(request)).await,
                Err(error) => Err(error),
            };
            checked("Twilio", reply).map(|_| "Twilio lets the hub in".to_owned())
        }
        .boxed()
    }
}

fn answer(reply: &Reply) -> Answer {
    let problem = || reply.json::<Problem>().and_then(|problem| problem.code);
    let code = || problem().map(|number| number.to_string());
    match reply.status {
        StatusCode::CREATED => match reply.json::<Message>() {
            Some(message) => Answer::Taken(Taken {
                reference: code_of_sid(&message.sid),
                delivered: false,
            }),
            None => Answer::Unclear,
        },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => {
            Answer::NotNow {
                code: code(),
                wait: reply.wait,
            }
        }
        status if status.is_client_error() => Answer::Refused { code: code() },
        _ => Answer::Unclear,
    }
}

/// An identifier of Twilio's: letters and digits, 34 of them.
fn code_of_sid(sid: &str) -> Option<String> {
    let is_plain = (1..=64).contains(&sid.len())
        && sid
            .chars()
            .all(|character| character.is_ascii_alphanumeric());
    is_plain.then(|| sid.to_owned())
}

/// Those that say the same and are not older. A trial account puts words of
/// its own before the text.
fn candidates(list: Messages, message: &Outgoing) -> Vec<String> {
    let oldest = message
        .handed_over_at
        .saturating_sub(CLOCK_SKEW)
        .unwrap_or(Timestamp::MIN);
    let is_young = |date: Option<&str>| {
        date.and_then(|date| rfc2822::parse(date).ok())
            .is_none_or(|date| date.timestamp() >= oldest)
    };
    list.messages
        .into_iter()
        .filter(|found| {
            is_young(found.date_created.as_deref())
                && found
                    .body
                    .as_deref()
                    .is_some_and(|body| body.ends_with(&message.text))
        })
        .filter_map(|found| code_of_sid(&found.sid))
        .collect()
}

pub(super) fn read_report(body: &[u8]) -> Option<Report> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Status {
        message_sid: String,
        message_status: String,
        error_code: Option<String>,
    }
    let report: Status = serde_urlencoded::from_bytes(body).ok()?;
    let status = match report.message_status.as_str() {
        "accepted" | "scheduled" | "queued" | "sending" | "sent" => SmsStatus::Sent,
        "delivered" | "read" => SmsStatus::Delivered,
        "undelivered" | "failed" | "canceled" => SmsStatus::Failed,
        _ => return None,
    };
    Some(Report {
        reference: code_of_sid(&report.message_sid),
        status,
        // Error 30036: the validity period ran out.
        expired: report.error_code.as_deref() == Some("30036"),
        code: report.error_code.as_deref().and_then(code),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(status: &str) -> Option<SmsStatus> {
        let body = format!(
            "SmsSid=SM1&SmsStatus={status}&MessageStatus={status}&To=%2B4520123456\
             &MessageSid=SM0123456789abcdef0123456789abcdef&AccountSid=AC1&From=VDX\
             &ApiVersion=2010-04-01&ErrorCode=30003"
        );
        read_report(body.as_bytes()).map(|report| {
            assert_eq!(
                report.reference.as_deref(),
                Some("SM0123456789abcdef0123456789abcdef")
            );
            assert_eq!(report.code.as_deref(), Some("30003"));
            report.status
        })
    }

    #[test]
    fn each_state_of_its_documentation_is_read() {
        use SmsStatus::{Delivered, Failed, Sent};
        for (status, read) in [
            ("accepted", Sent),
            ("queued", Sent),
            ("sending", Sent),
            ("sent", Sent),
            ("delivered", Delivered),
            ("undelivered", Failed),
            ("failed", Failed),
            ("canceled", Failed),
        ] {
            assert_eq!(report(status), Some(read), "{status}");
        }
        assert_eq!(report("received"), None);
        assert_eq!(read_report(b"MessageStatus=sent"), None);
        assert_eq!(read_report(b"{}"), None);
    }
}
