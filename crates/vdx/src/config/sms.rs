//! Settings of text messages.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vdx_notify::{GatewaySettings, Limits, Region, Settings, is_sender};

use super::Secret;

/// Most parts a message may be allowed.
const MAX_PARTS: u32 = 10;
/// Longest time, in days, for which it is kept who got what.
const MAX_DAYS: u32 = 365;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Sms {
    pub(crate) gateway: String,
    /// The sender where the organisation names none.
    pub(crate) sender: String,
    /// Whose numbers are written without a country code: two letters.
    pub(crate) region: String,
    pub(crate) max_parts: u32,
    /// How long it is kept who got what.
    pub(crate) keep_days: u32,
    pub(crate) limit_per_caller_minute: u32,
    pub(crate) limit_per_organisation_hour: u32,
    pub(crate) limit_per_number_hour: u32,
    /// Whether organisations may be called back in private networks.
    pub(crate) private_callbacks: bool,
    pub(crate) gatewayapi: GatewayApi,
    pub(crate) twilio: Twilio,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct GatewayApi {
    pub(crate) url: String,
    pub(crate) token: Secret,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Twilio {
    pub(crate) url: String,
    pub(crate) account: String,
    /// The account's token, or the secret of `key`.
    pub(crate) secret: Secret,
    /// The id of an API key; empty = the account's token is used.
    pub(crate) key: String,
}

impl Default for Sms {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            gateway: DEVELOPMENT.to_owned(),
            sender: "VDX".to_owned(),
            region: "DK".to_owned(),
            max_parts: 4,
            keep_days: 30,
            limit_per_caller_minute: limits.caller,
            limit_per_organisation_hour: limits.organisation,
            limit_per_number_hour: limits.number,
            private_callbacks: false,
            gatewayapi: GatewayApi::default(),
            twilio: Twilio::default(),
        }
    }
}

impl Default for GatewayApi {
    fn default() -> Self {
        Self {
            url: "https://gatewayapi.eu".to_owned(),
            token: Secret::default(),
        }
    }
}

impl Default for Twilio {
    fn default() -> Self {
        Self {
            url: "https://api.twilio.com".to_owned(),
            account: String::new(),
            secret: Secret::default(),
            key: String::new(),
        }
    }
}

/// The gateway that keeps messages instead of sending them.
const DEVELOPMENT: &str = "development";

impl Sms {
    /// Whether messages are kept here and shown instead of being sent.
    pub(crate) fn keeps_messages(&self) -> bool {
        self.gateway == DEVELOPMENT
    }

    /// The settings as the part that sends them knows them.
    ///
    /// # Errors
    /// What is wrong with them, with the name of the setting.
    pub(crate) fn to_settings(&self, public_url: &str) -> Result<Settings, String> {
        let within = |key: &str, number: u32, most: u32| {
            let fits = (1..=most).contains(&number);
            fits.then_some(number)
                .ok_or_else(|| format!("sms.{key}: must be 1 to {most}"))
        };
        if !is_sender(&self.sender) {
            return Err(
                "sms.sender: must be 1 to 11 letters, digits, blanks or +-_&, a letter among them"
                    .to_owned(),
            );
        }
        let days = within("keep_days", self.keep_days, MAX_DAYS)?;
        let limit = |key, number| within(key, number, u32::MAX);
        Ok(Settings {
            public_url: public_url.to_owned(),
            gateway: self.gateway()?,
            sender: self.sender.clone(),
            region: Region::parse(&self.region)
                .ok_or("sms.region: must be the two letters of a country, as in ISO 3166")?,
            max_parts: within("max_parts", self.max_parts, MAX_PARTS)?,
            limits: Limits {
                caller: limit("limit_per_caller_minute", self.limit_per_caller_minute)?,
                organisation: limit(
                    "limit_per_organisation_hour",
                    self.limit_per_organisation_hour,
                )?,
                number: limit("limit_per_number_hour", self.limit_per_number_hour)?,
            },
            keep: Duration::from_secs(u64::from(days) * 24 * 3600),
            private_callbacks: self.private_callbacks,
        })
    }

    fn gateway(&self) -> Result<GatewaySettings, String> {
        let set = |key: &str, text: &str| {
            let present = (!text.is_empty()).then(|| text.to_owned());
            present.ok_or_else(|| format!("sms.{key}: must be set"))
        };
        match self.gateway.as_str() {
            DEVELOPMENT => Ok(GatewaySettings::Development),
            "gatewayapi" => Ok(GatewaySettings::GatewayApi {
                url: set("gatewayapi.url", &self.gatewayapi.url)?,
                token: set("gatewayapi.token", self.gatewayapi.token.reveal())?,
            }),
            "twilio" => Ok(GatewaySettings::Twilio {
                url: set("twilio.url", &self.twilio.url)?,
                account: set("twilio.account", &self.twilio.account)?,
                secret: set("twilio.secret", self.twilio.secret.reveal())?,
                key: Some(self.twilio.key.clone()).filter(|key| !key.is_empty()),
            }),
            _ => Err("sms.gateway: must be development, gatewayapi or twilio".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(change: impl FnOnce(&mut Sms)) -> String {
        let mut sms = Sms::default();
        change(&mut sms);
        sms.to_settings("https://hub.example").unwrap_err()
    }

    #[test]
    fn a_wrong_value_is_named() {
        for (wrong, key) in [
            (
                wrong(|sms| sms.gateway = "pigeon".to_owned()),
                "sms.gateway",
            ),
            (
                wrong(|sms| sms.gateway = "gatewayapi".to_owned()),
                "sms.gatewayapi.token",
            ),
            (
                wrong(|sms| sms.gateway = "twilio".to_owned()),
                "sms.twilio.account",
            ),
            (wrong(|sms| sms.sender = "12345".to_owned()), "sms.sender"),
            (
                wrong(|sms| sms.sender = "TwelveLetter".to_owned()),
                "sms.sender",
            ),
            (wrong(|sms| sms.region = "Danmark".to_owned()), "sms.region"),
            (wrong(|sms| sms.max_parts = 0), "sms.max_parts"),
            (wrong(|sms| sms.max_parts = 11), "sms.max_parts"),
            (wrong(|sms| sms.keep_days = 366), "sms.keep_days"),
            (
                wrong(|sms| sms.limit_per_number_hour = 0),
                "sms.limit_per_number_hour",
            ),
        ] {
            assert!(wrong.starts_with(&format!("{key}: ")), "{wrong}");
        }
    }

    #[test]
    fn a_gateway_gets_its_own_section() {
        let mut sms = Sms {
            gateway: "twilio".to_owned(),
            ..Sms::default()
        };
        sms.twilio.account = "AC1".to_owned();
        sms.twilio.secret = Secret::from("s3cret");
        let settings = sms.to_settings("https://hub.example").unwrap();
        assert!(matches!(
            settings.gateway,
            GatewaySettings::Twilio { key: None, .. }
        ));
        assert!(!format!("{sms:?} {settings:?}").contains("s3cret"));
    }
}
