//! How long and how large the fields of an organisation may be. Lengths are in
//! characters.

use vdx_store::organisations::Details;

use super::OrganisationError as Error;

const MAX_CODE: usize = 250;
const MAX_NAME: usize = 100;
/// The GSM limit for senders of letters.
const MAX_SENDER: usize = 11;
const MAX_URL: usize = 100;
const MAX_HISTORY_KEY: usize = 36;
const MAX_WEBHOOK_KEY: usize = 100;
/// Most rooms an organisation may wish for in its pool.
pub const MAX_POOL_SIZE: u32 = 10_000;
/// Most addresses asked for at once.
pub const MAX_ADDRESSES: usize = 1000;

/// A code stands in tokens, addresses and log lines.
pub(super) fn check_code(code: &str) -> Result<(), Error> {
    let long = !(1..=MAX_CODE).contains(&code.chars().count());
    if long || code.chars().any(|c| c.is_ascii_control()) {
        return Err(Error::Invalid {
            field: "code",
            reason: "must have 1 to 250 characters, none of them a control character",
        });
    }
    Ok(())
}

pub(super) fn check_name(name: &str) -> Result<(), Error> {
    check_text("name", "must have at most 100 characters", name, MAX_NAME)
}

/// What of a code fits into a name.
pub(super) fn as_name(code: &str) -> &str {
    match code.char_indices().nth(MAX_NAME) {
        Some((end, _)) => &code[..end],
        None => code,
    }
}

pub(super) fn check_details(details: &Details) -> Result<(), Error> {
    if details.pool_size.is_some_and(|size| size > MAX_POOL_SIZE) {
        return Err(Error::Invalid {
            field: "poolSize",
            reason: "must be 0 to 10000",
        });
    }
    let texts = [
        (
            "smsSenderName",
            &details.sms_sender_name,
            MAX_SENDER,
            "must have at most 11 characters",
        ),
        (
            "historyApiKey",
            &details.history_api_key,
            MAX_HISTORY_KEY,
            "must have at most 36 characters",
        ),
        (
            "deviceWebhookEndpointKey",
            &details.device_webhook_endpoint_key,
            MAX_WEBHOOK_KEY,
            "must have at most 100 characters",
        ),
    ];
    for (field, text, longest, reason) in texts {
        if let Some(text) = text {
            check_text(field, reason, text, longest)?;
        }
    }
    check_url("smsCallbackUrl", details.sms_callback_url.as_deref())?;
    check_url(
        "deviceWebhookEndpoint",
        details.device_webhook_endpoint.as_deref(),
    )
}

pub(super) fn check_addresses(addresses: &[String]) -> Result<(), Error> {
    if addresses.len() > MAX_ADDRESSES {
        return Err(Error::Invalid {
            field: "body",
            reason: "must hold at most 1000 addresses",
        });
    }
    Ok(())
}

/// U+0000 cannot be kept by every database.
fn check_text(
    field: &'static str,
    reason: &'static str,
    text: &str,
    longest: usize,
) -> Result<(), Error> {
    let fits = text.chars().count() <= longest && !text.contains('\0');
    fits.then_some(()).ok_or(Error::Invalid { field, reason })
}

/// The hub calls it one day: so it is http, and whole.
fn check_url(field: &'static str, url: Option<&str>) -> Result<(), Error> {
    let Some(url) = url else {
        return Ok(());
    };
    let rest = url.strip_prefix("https://").or(url.strip_prefix("http://"));
    let whole = rest
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic()));
    if whole && url.len() <= MAX_URL {
        return Ok(());
    }
    Err(Error::Invalid {
        field,
        reason: "must begin with http:// or https:// and have at most 100 characters, all of them ASCII and none a blank",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(result: Result<(), Error>) -> Option<&'static str> {
        match result {
            Err(Error::Invalid { field, .. }) => Some(field),
            Ok(()) => None,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_code_has_a_length_and_no_control_characters() {
        for good in ["a", "region/ward 3", "æ", &"æ".repeat(250)] {
            assert_eq!(field(check_code(good)), None, "{good}");
        }
        for bad in ["", &"a".repeat(251), "a\nb", "a\0", "\u{7f}"] {
            assert_eq!(field(check_code(bad)), Some("code"), "{bad:?}");
        }
    }

    #[test]
    fn a_long_code_is_cut_for_the_name() {
        assert_eq!(as_name("abc"), "abc");
        assert_eq!(as_name(&"æ".repeat(250)), "æ".repeat(100));
    }

    #[test]
    fn each_detail_has_its_limit() {
        let url = |length: usize| format!("http://{}", "a".repeat(length - 7));
        type Set = fn(&mut Details, String);
        let cases: [(&str, Set, String, String); 5] = [
            (
                "smsSenderName",
                |d, t| d.sms_sender_name = Some(t),
                "æ".repeat(11),
                "a".repeat(12),
            ),
            (
                "smsCallbackUrl",
                |d, t| d.sms_callback_url = Some(t),
                url(100),
                url(101),
            ),
            (
                "historyApiKey",
                |d, t| d.history_api_key = Some(t),
                "a".repeat(36),
                "a".repeat(37),
            ),
            (
                "deviceWebhookEndpoint",
                |d, t| d.device_webhook_endpoint = Some(t),
                "https://a.example/%reference%?status=%status%".to_owned(),
                "ftp://a.example".to_owned(),
            ),
            (
                "deviceWebhookEndpointKey",
                |d, t| d.device_webhook_endpoint_key = Some(t),
                "a".repeat(100),
                "a".repeat(101),
            ),
        ];
        for (name, set, good, bad) in cases {
            let mut details = Details::default();
            set(&mut details, good);
            assert_eq!(field(check_details(&details)), None, "{name}");
            set(&mut details, bad);
            assert_eq!(field(check_details(&details)), Some(name));
            set(&mut details, "http://\0".to_owned());
            assert_eq!(field(check_details(&details)), Some(name));
        }
        for (size, refused) in [(0, None), (10_000, None), (10_001, Some("poolSize"))] {
            let details = Details {
                pool_size: Some(size),
                ..Details::default()
            };
            assert_eq!(field(check_details(&details)), refused, "{size}");
        }
    }

    #[test]
    fn an_address_to_call_is_whole() {
        for bad in [
            "",
            "http://",
            "a.example",
            "http://a b",
            "http://æ.example",
            "HTTP://a",
        ] {
            assert_eq!(field(check_url("u", Some(bad))), Some("u"), "{bad}");
        }
    }
}
