//! The page, as HTML without script.

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use vdx_accounts::registry::MESSAGES_PATH;
use vdx_domain::SmsStatus;
use vdx_notify::Shown;

use super::texts::{Texts, texts};
use crate::Hub;
use crate::html::escape;
use crate::oauth::{Language, mark};

/// What the page has beside the style of the pages for signing in.
pub(super) const STYLE: &str = include_str!("messages.css");
/// Nothing from elsewhere, no script, no form.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);

/// Why somebody does not see the messages.
pub(super) enum View {
    NotForThem,
    NotSignedIn,
}

/// Says why there is nothing to see.
pub(super) fn refused(language: Language, view: &View) -> Response {
    let texts = texts(language);
    let (title, text, links) = match view {
        View::NotForThem => (
            &texts.not_for_them_title,
            &texts.not_for_them,
            sign_out(texts, language),
        ),
        View::NotSignedIn => (
            &texts.not_signed_in_title,
            &texts.not_signed_in,
            String::new(),
        ),
    };
    let main = format!("<h1>{}</h1><p>{}</p>", escape(title), escape(text));
    let main = format!("<div class=\"stack\">{main}</div>");
    whole(language, StatusCode::FORBIDDEN, title, &links, &main)
}

/// Shows messages.
pub(super) fn messages(hub: &Hub, language: Language, shown: &[Shown]) -> Response {
    let texts = texts(language);
    let list = if shown.is_empty() {
        format!(
            "<div class=\"nothing\"><p>{}</p><p>{} <code>POST /sms/v1/meeting/{{uuid}}</code></p></div>",
            escape(&texts.none),
            escape(&texts.how)
        )
    } else {
        let items: String = shown.iter().map(|one| message(hub, texts, one)).collect();
        format!("<ol class=\"messages\">{items}</ol>")
    };
    let main = format!(
        "<div class=\"top\"><div><h1>{title}</h1><p class=\"form-hint\">{lead}</p></div>\
         <a class=\"button button-secondary\" href=\"{own}\">{again}</a></div>{list}",
        title = escape(&texts.title),
        lead = escape(&texts.lead),
        own = escape(&super::own(language)),
        again = escape(&texts.again),
    );
    let links = sign_out(texts, language);
    whole(language, StatusCode::OK, &texts.title, &links, &main)
}

fn message(hub: &Hub, texts: &Texts, shown: &Shown) -> String {
    let standing = &shown.standing;
    let status = match standing.status {
        SmsStatus::Queued => &texts.queued,
        SmsStatus::Sent => &texts.sent,
        SmsStatus::Delivered => &texts.delivered,
        SmsStatus::Failed => &texts.failed,
    };
    let parts = match standing.parts {
        1 => texts.part.clone(),
        parts => texts.parts.replace("{count}", &parts.to_string()),
    };
    format!(
        "<li class=\"message\"><h2>{to} {number}</h2>\
         <p class=\"facts\"><span>{from} {sender}</span> {at} <span>{status}</span> <span>{parts}</span></p>\
         <p class=\"bubble\">{text}</p></li>",
        to = escape(&texts.to),
        number = escape(shown.to.reveal()),
        from = escape(&texts.from),
        sender = escape(&shown.sender),
        at = time(hub, standing.created_at),
        status = escape(status),
        parts = escape(&parts),
        text = with_links(&shown.text, &hub.settings.public_url),
    )
}

fn time(hub: &Hub, at: Timestamp) -> String {
    let local = at.to_zoned(hub.booking.settings().time_zone.clone());
    let readable = local.strftime("%Y-%m-%d %H:%M:%S");
    format!("<time datetime=\"{at}\">{readable}</time>")
}

/// The text with the hub's short links to click on.
fn with_links(text: &str, public_url: &str) -> String {
    let begin = format!("{public_url}/m/");
    let mut pieces = text.split(begin.as_str());
    let mut html = escape(pieces.next().unwrap_or_default());
    for piece in pieces {
        let end = piece
            .find(|character: char| !character.is_ascii_alphanumeric())
            .unwrap_or(piece.len());
        let (id, rest) = piece.split_at(end);
        let link = escape(&format!("{begin}{id}"));
        html += &format!("<a href=\"{link}\">{link}</a>{}", escape(rest));
    }
    html
}

fn sign_out(texts: &Texts, language: Language) -> String {
    format!(
        "<a class=\"function-link\" href=\"/oauth2/logout?ui_locales={}\">{}</a>",
        language.code(),
        escape(&texts.sign_out)
    )
}

fn whole(language: Language, status: StatusCode, title: &str, links: &str, main: &str) -> Response {
    let texts = texts(language);
    let other = language.other().code();
    let page = format!(
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1, viewport-fit=cover\">\
         <meta name=\"theme-color\" content=\"#0b4f54\"><title>{title} · {brand}</title>\
         <link rel=\"icon\" type=\"image/svg+xml\" href=\"/oauth2/mark.svg\">\
         <link rel=\"stylesheet\" href=\"/oauth2/style.css\">\
         <link rel=\"stylesheet\" href=\"/development/messages.css\"></head><body>\
         <a class=\"skipnav\" href=\"#main\">{skip}</a>\
         <header><p class=\"brand\">{sign} {brand}</p><nav>\
         <a class=\"function-link\" lang=\"{other}\" hreflang=\"{other}\" href=\"{own}\">{other_name}</a>{links}</nav></header>\
         <main id=\"main\">{main}</main></body></html>",
        language = language.code(),
        title = escape(title),
        brand = escape(&texts.brand),
        skip = escape(&texts.skip),
        sign = mark(36, true),
        own = escape(&format!("{MESSAGES_PATH}?ui_locales={other}")),
        other_name = escape(&texts.other_language),
    );
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, Html(page)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hubs_own_links_can_be_clicked() {
        let url = "https://v.example";
        assert_eq!(
            with_links("Se https://v.example/m/abcdefghijkl.\nHej <b>", url),
            "Se <a href=\"https://v.example/m/abcdefghijkl\">https://v.example/m/abcdefghijkl</a>.\nHej &lt;b&gt;"
        );
        assert_eq!(
            with_links("https://evil.example/m/a", url),
            "https://evil.example/m/a"
        );
        assert_eq!(with_links("\"&", url), "&quot;&amp;");
    }
}
