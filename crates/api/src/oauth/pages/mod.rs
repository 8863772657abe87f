//! The pages for signing in and out: HTML from the server, with no script, so
//! that they work in every browser and nothing can be smuggled into them.

mod style;
mod texts;

use std::time::Duration;

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use crate::Failure;
use crate::html::escape;

pub(super) use style::routes;
pub(super) use texts::LANGUAGES;
pub(crate) use texts::Language;

use texts::Texts;

/// What every page needs to know.
pub(super) struct Frame<'a> {
    pub(super) language: Language,
    /// The page in the other language.
    pub(super) switch: &'a str,
    /// Where a form may lead besides the hub itself: browsers look at every
    /// redirection that follows.
    pub(super) form_target: Option<&'a str>,
}

/// Why the page for signing in is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    Missing,
    Wrong,
    Wait(Duration),
    Busy,
    Stale,
}

impl Problem {
    fn status(self) -> StatusCode {
        match self {
            Self::Missing | Self::Stale => StatusCode::BAD_REQUEST,
            Self::Wrong => StatusCode::FORBIDDEN,
            Self::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn text(self, texts: &Texts) -> String {
        match self {
            Self::Missing => texts.missing.clone(),
            Self::Wrong => texts.wrong.clone(),
            Self::Busy => texts.busy.clone(),
            Self::Stale => texts.stale.clone(),
            Self::Wait(wait) => {
                let seconds = wait.as_secs() + 1;
                let (text, count) = match seconds {
                    0..=90 => (&texts.wait_seconds, seconds),
                    _ => (&texts.wait_minutes, seconds.div_ceil(60)),
                };
                text.replace("{count}", &count.to_string())
            }
        }
    }
}

/// What the page for signing in shows.
pub(super) struct SignInPage<'a> {
    /// Which app, unless it is the hub's own.
    pub(super) app: Option<&'a str>,
    /// Where the form goes.
    pub(super) action: &'a str,
    pub(super) form_token: &'a str,
    /// What was typed as user name.
    pub(super) username: &'a str,
    pub(super) problem: Option<Problem>,
}

/// Asks for user name and password.
pub(super) fn sign_in(frame: &Frame<'_>, page: &SignInPage<'_>) -> Result<Response, Failure> {
    let texts = frame.language.texts();
    let status = page.problem.map_or(StatusCode::OK, Problem::status);
    let title = match page.problem {
        Some(_) => format!("{}{}", texts.error_prefix, texts.sign_in_title),
        None => texts.sign_in_title.clone(),
    };
    let mut response = whole(frame, status, &title, &sign_in_form(texts, page))?;
    if let Some(Problem::Wait(wait)) = page.problem {
        let seconds = HeaderValue::from(wait.as_secs() + 1);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    Ok(response)
}

fn sign_in_form(texts: &Texts, page: &SignInPage<'_>) -> String {
    let alarm = page.problem.map_or(String::new(), |problem| {
        let text = escape(&problem.text(texts));
        format!("<p class=\"alert alert-error\" id=\"problem\" role=\"alert\">{text}</p>")
    });
    let for_app = page.app.map_or(String::new(), |app| {
        let text = escape(&texts.sign_in_for.replace("{app}", app));
        format!("<p class=\"form-hint\">{text}</p>")
    });
    // Whoever typed a name and got it wrong most often got the password wrong.
    let on_password = !page.username.is_empty();
    let focus = |here: bool| if here { " autofocus" } else { "" };
    let invalid = match page.problem {
        Some(Problem::Wrong | Problem::Missing) => {
            " aria-invalid=\"true\" aria-describedby=\"problem\""
        }
        _ => "",
    };
    format!(
        "<form class=\"stack\" method=\"post\" action=\"{action}\">\
         <div><h1>{title}</h1>{for_app}</div>{alarm}\
         <input type=\"hidden\" name=\"form_token\" value=\"{token}\">\
         <div><label class=\"form-label\" for=\"username\">{username}</label>\
         <input class=\"form-input\" id=\"username\" name=\"username\" type=\"text\" \
         autocomplete=\"username\" autocapitalize=\"none\" autocorrect=\"off\" \
         spellcheck=\"false\" maxlength=\"200\" value=\"{typed}\"{invalid}{name_focus}></div>\
         <div><label class=\"form-label\" for=\"password\">{password}</label>\
         <input class=\"form-input\" id=\"password\" name=\"password\" type=\"password\" \
         autocomplete=\"current-password\" maxlength=\"1000\"{invalid}{password_focus}></div>\
         <button class=\"button button-primary wide\">{sign_in}</button>\
         <p class=\"form-hint small\">{forgotten}</p></form>",
        action = escape(page.action),
        title = escape(&texts.sign_in_title),
        token = escape(page.form_token),
        username = escape(&texts.username),
        typed = escape(page.username),
        name_focus = focus(!on_password),
        password = escape(&texts.password),
        password_focus = focus(on_password),
        sign_in = escape(&texts.sign_in),
        forgotten = escape(&texts.forgotten),
    )
}

/// Tells that the app sent something of no use.
pub(super) fn broken(frame: &Frame<'_>, detail: &str) -> Result<Response, Failure> {
    let texts = frame.language.texts();
    let main = format!(
        "<div class=\"stack\"><h1>{}</h1><p>{}</p>\
         <div class=\"detail\"><p class=\"form-label\">{}</p><p lang=\"en\">{}</p></div></div>",
        escape(&texts.broken_title),
        escape(&texts.broken_text),
        escape(&texts.broken_detail),
        escape(detail),
    );
    whole(frame, StatusCode::BAD_REQUEST, &texts.broken_title, &main)
}

/// Asks whether somebody wants to sign out.
pub(super) fn sign_out(
    frame: &Frame<'_>,
    action: &str,
    form_token: &str,
) -> Result<Response, Failure> {
    let texts = frame.language.texts();
    let main = format!(
        "<form class=\"stack\" method=\"post\" action=\"{}\"><h1>{}</h1><p>{}</p>\
         <input type=\"hidden\" name=\"form_token\" value=\"{}\">\
         <button class=\"button button-primary wide\">{}</button></form>",
        escape(action),
        escape(&texts.sign_out_title),
        escape(&texts.sign_out_text),
        escape(form_token),
        escape(&texts.sign_out),
    );
    whole(frame, StatusCode::OK, &texts.sign_out_title, &main)
}

/// Tells that somebody is signed out.
pub(super) fn signed_out(frame: &Frame<'_>) -> Result<Response, Failure> {
    let texts = frame.language.texts();
    let main = format!(
        "<div class=\"stack\"><h1>{}</h1><p>{}</p></div>",
        escape(&texts.signed_out_title),
        escape(&texts.signed_out_text),
    );
    whole(frame, StatusCode::OK, &texts.signed_out_title, &main)
}

/// The hub's sign: two rings that hold each other.
pub(crate) fn mark(size: u32, ground: bool) -> String {
    let ground = match ground {
        true => "<rect width=\"48\" height=\"48\" rx=\"12\" fill=\"#0b4f54\"/>",
        false => "",
    };
    format!(
        "<svg width=\"{size}\" height=\"{size}\" viewBox=\"0 0 48 48\" fill=\"none\" \
         stroke-width=\"5\" aria-hidden=\"true\">{ground}\
         <circle cx=\"18.5\" cy=\"24\" r=\"9.5\" stroke=\"#fff\"/>\
         <circle cx=\"29.5\" cy=\"24\" r=\"9.5\" stroke=\"#f6b64a\"/>\
         <path d=\"M18.5 14.5a9.5 9.5 0 0 1 9.5 9.5\" stroke=\"#fff\"/></svg>"
    )
}

fn whole(
    frame: &Frame<'_>,
    status: StatusCode,
    title: &str,
    main: &str,
) -> Result<Response, Failure> {
    let texts = frame.language.texts();
    let brand = escape(&texts.brand);
    let page = format!(
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1, viewport-fit=cover\">\
         <meta name=\"theme-color\" content=\"#0b4f54\"><title>{title} · {brand}</title>\
         <link rel=\"icon\" type=\"image/svg+xml\" href=\"/oauth2/mark.svg\">\
         <link rel=\"stylesheet\" href=\"/oauth2/style.css\"></head><body>\
         <a class=\"skipnav\" href=\"#main\">{skip}</a><div class=\"page\">\
         <aside class=\"welcome\"><div class=\"rings\">{rings}</div>\
         <p class=\"brand\">{bare} {brand}</p>\
         <div class=\"words\"><p class=\"title\">{aside_title}</p><p>{aside_text}</p></div></aside>\
         <div class=\"side\"><header><p class=\"brand\">{sign} {brand}</p>\
         <a class=\"function-link\" lang=\"{other}\" hreflang=\"{other}\" href=\"{switch}\">{other_name}</a></header>\
         <main id=\"main\">{main}</main></div></div></body></html>",
        language = frame.language.code(),
        title = escape(title),
        skip = escape(&texts.skip),
        rings = mark(560, false),
        bare = mark(40, false),
        sign = mark(36, true),
        aside_title = escape(&texts.aside_title),
        aside_text = escape(&texts.aside_text),
        other = frame.language.other().code(),
        switch = escape(frame.switch),
        other_name = escape(&texts.other_language),
    );
    let policy = format!(
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; \
         form-action 'self'{}{}; base-uri 'none'; frame-ancestors 'none'",
        if frame.form_target.is_some() { " " } else { "" },
        frame.form_target.unwrap_or_default(),
    );
    let policy = HeaderValue::from_str(&policy).map_err(|error| Failure::internal(&error))?;
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((status, headers, Html(page)).into_response())
}
