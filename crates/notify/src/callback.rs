//! Telling an organisation's own address what became of a message.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Url, redirect};
use vdx_domain::{SmsId, SmsStatus};

use crate::target::{PublicOnly, is_public};

/// How long the other end may take for its answer's head; its body is not read.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Most attempts to tell one change: about an hour with the pauses between.
pub const MAX_ATTEMPTS: u32 = 8;
/// First pause between attempts; each further one is twice as long.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// Longest pause between attempts.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(1800);

/// Calls addresses that organisations have written.
pub(crate) struct Caller {
    client: Client,
    /// Whether addresses of private networks may be called too.
    private: bool,
}

/// Why an address was not told. Shows no part of it: it may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotTold {
    /// It is no address of http or https.
    #[error("it is no address of http or https")]
    NoAddress,
    /// It leads into a private network.
    #[error("it leads to no public address")]
    Private,
    /// It does not answer.
    #[error("it does not answer")]
    NoAnswer,
    /// It answers that it failed.
    #[error("it answers {0}")]
    Status(u16),
}

impl Caller {
    pub(crate) fn new(private: bool) -> Result<Self, reqwest::Error> {
        let mut client = Client::builder()
            .user_agent("vdx")
            // A redirection could lead anywhere; a proxy would resolve the name itself.
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(TIMEOUT);
        if !private {
            client = client.dns_resolver(Arc::new(PublicOnly));
        }
        Ok(Self {
            client: client.build()?,
            private,
        })
    }

    /// Calls the address with its placeholders filled. Any answer of 200 to
    /// 299 is good.
    pub(crate) async fn tell(
        &self,
        template: &str,
        message: SmsId,
        status: SmsStatus,
    ) -> Result<(), NotTold> {
        let url = self.address(template, message, status)?;
        match self.client.get(url).send().await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(NotTold::Status(answer.status().as_u16())),
            Err(_) => Err(NotTold::NoAnswer),
        }
    }

    fn address(&self, template: &str, message: SmsId, status: SmsStatus) -> Result<Url, NotTold> {
        let filled = template
            .replace("%reference%", &message.to_string())
            .replace("%status%", wire_word(status));
        let url = Url::parse(&filled).map_err(|_| NotTold::NoAddress)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(NotTold::NoAddress);
        }
        // Names are looked at when they are resolved; an address given as
        // such is not resolved. The parser has read all its spellings.
        let literal = url
            .host_str()
            .map(|host| host.trim_start_matches('[').trim_end_matches(']'))
            .and_then(|host| host.parse().ok());
        match literal {
            Some(address) if !self.private && !is_public(address) => Err(NotTold::Private),
            _ => Ok(url),
        }
    }
}

/// The status as integrations know it: the one word that is known of the hub
/// this one stands in for is `Delivered`.
#[must_use]
pub fn wire_word(status: SmsStatus) -> &'static str {
    match status {
        SmsStatus::Queued => "Queued",
        SmsStatus::Sent => "Sent",
        SmsStatus::Delivered => "Delivered",
        SmsStatus::Failed => "Failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(template: &str, private: bool) -> Result<String, NotTold> {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let message: SmsId = "0197f3c2-0000-7000-8000-000000000001".parse().unwrap();
        Caller::new(private)
            .unwrap()
            .address(template, message, SmsStatus::Delivered)
            .map(String::from)
    }

    #[test]
    fn placeholders_are_filled_wherever_they_stand() {
        assert_eq!(
            address(
                "https://o.example/%status%?r=%reference%&s=%status%&x=%25",
                false
            )
            .as_deref(),
            Ok(
                "https://o.example/Delivered?r=0197f3c2-0000-7000-8000-000000000001&s=Delivered&x=%25"
            )
        );
    }

    #[test]
    fn only_public_addresses_of_the_web_are_called() {
        for (template, why) in [
            ("", NotTold::NoAddress),
            ("o.example/%status%", NotTold::NoAddress),
            ("file:///etc/passwd", NotTold::NoAddress),
            ("ftp://o.example/", NotTold::NoAddress),
            ("http://127.0.0.1/", NotTold::Private),
            ("http://2130706433/", NotTold::Private),
            ("http://0x7f.1/", NotTold::Private),
            ("http://[::1]:8080/", NotTold::Private),
            ("http://[::ffff:10.0.0.1]/", NotTold::Private),
            ("https://169.254.169.254/latest", NotTold::Private),
        ] {
            assert_eq!(address(template, false), Err(why), "{template}");
        }
        assert!(address("http://127.0.0.1/", true).is_ok());
        assert!(address("http://9.9.9.9/", false).is_ok());
    }
}
