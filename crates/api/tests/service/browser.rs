//! A browser at the page for signing in: it keeps cookies, follows nothing by
//! itself, and fills in forms.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use parking_lot::Mutex;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response, StatusCode, Url};
use serde_json::Value;
use vdx_accounts::registry::STAFF_APPS;
use vdx_testkit::TestHub;

/// What an app keeps until the code is redeemed.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub(crate) struct Browser<'a> {
    pub(crate) hub: &'a TestHub,
    http: reqwest::Client,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// A page, or where it leads.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) policy: String,
    pub(crate) location: Option<Url>,
    pub(crate) text: String,
}

impl Page {
    /// A parameter of where it leads.
    pub(crate) fn told(&self, name: &str) -> Option<String> {
        let location = self.location.as_ref().unwrap();
        let mut pairs = location.query_pairs();
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The value of an attribute, as the browser reads it.
    pub(crate) fn attribute(&self, before: &str, name: &str) -> String {
        let begin = self
            .text
            .find(before)
            .unwrap_or_else(|| panic!("{before}: {}", self.text));
        let rest = &self.text[begin..];
        let rest = &rest[rest.find(&format!("{name}=\"")).unwrap() + name.len() + 2..];
        let value = &rest[..rest.find('"').unwrap()];
        value
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    }
}

impl<'a> Browser<'a> {
    pub(crate) fn new(hub: &'a TestHub) -> Self {
        Self {
            hub,
            http: reqwest::Client::builder()
                .redirect(Policy::none())
                .build()
                .unwrap(),
            cookies: Mutex::default(),
        }
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().get(name).cloned()
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cookies
            .lock()
            .insert(name.to_owned(), value.to_owned());
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Page {
        let cookies: Vec<String> = {
            let cookies = self.cookies.lock();
            cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect()
        };
        let reply = request
            .header(COOKIE, cookies.join("; "))
            .send()
            .await
            .unwrap();
        for cookie in reply.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(
                cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
                "{cookie}"
            );
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            let mut cookies = self.cookies.lock();
            match cookie.contains("Max-Age=0") {
                true => drop(cookies.remove(name)),
                false => drop(cookies.insert(name.to_owned(), value.to_owned())),
            }
        }
        page(reply).await
    }

    pub(crate) async fn get(&self, url: &str) -> Page {
        self.send(self.http.get(url)).await
    }

    pub(crate) async fn post(&self, url: &str, form: &[(&str, &str)]) -> Page {
        self.send(self.http.post(url).form(form)).await
    }

    /// Where the staff apps send people, with `more` put over the usual.
    pub(crate) fn authorize(&self, more: &[(&str, &str)]) -> String {
        self.url("/oauth2/authorize", more)
    }

    pub(crate) fn url(&self, path: &str, more: &[(&str, &str)]) -> String {
        let challenge = BASE64.encode(digest::digest(&digest::SHA256, VERIFIER.as_bytes()));
        let mut parameters: BTreeMap<&str, String> = [
            ("client_id", STAFF_APPS.to_string()),
            ("redirect_uri", self.redirect_uri()),
            ("response_type", "code".to_owned()),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256".to_owned()),
            ("state", "s t&\"<".to_owned()),
            ("scope", "openid email profile".to_owned()),
            ("nonce", "n-1".to_owned()),
        ]
        .into();
        for (name, value) in more {
            match *value {
                "-" => drop(parameters.remove(name)),
                value => drop(parameters.insert(name, value.to_owned())),
            }
        }
        let url = format!("{}{path}", self.hub.url);
        Url::parse_with_params(&url, parameters).unwrap().into()
    }

    pub(crate) fn redirect_uri(&self) -> String {
        format!("{}/booking/", self.hub.url)
    }

    /// Fills in the form of the page.
    pub(crate) async fn fill_in(&self, page: &Page, username: &str, password: &str) -> Page {
        let action = format!("{}{}", self.hub.url, page.attribute("<form", "action"));
        let token = page.attribute("name=\"form_token\"", "value");
        let form = [
            ("form_token", &*token),
            ("username", username),
            ("password", password),
        ];
        self.post(&action, &form).await
    }

    /// Opens the page and signs in; gives the code.
    pub(crate) async fn sign_in(&self, user: &(String, String), more: &[(&str, &str)]) -> String {
        let page = self.get(&self.authorize(more)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let done = self.fill_in(&page, &user.0, &user.1).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        done.told("code").unwrap()
    }

    /// The app asks the token endpoint, with `more` put over the usual.
    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let client = STAFF_APPS.to_string();
        let mut all: BTreeMap<&str, &str> = [("client_id", client.as_str())].into();
        all.extend(form.iter().copied());
        let request = self.http.post(format!("{}/oauth2/token", self.hub.url));
        let reply = request.form(&all).send().await.unwrap();
        let status = reply.status();
        assert_eq!(reply.headers()["cache-control"], "no-store");
        (status, reply.json().await.unwrap())
    }

    /// Redeems a code.
    pub(crate) async fn redeem(&self, code: &str) -> (StatusCode, Value) {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri()),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    pub(crate) async fn refresh(&self, token: &str) -> (StatusCode, Value) {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.token(&form).await
    }

    /// What the booking API answers to a bearer of these tokens.
    pub(crate) async fn info(&self, tokens: &Value) -> StatusCode {
        let token = tokens["access_token"].as_str().unwrap();
        let info = self.http.get(format!("{}/videoapi/v2/info", self.hub.url));
        info.bearer_auth(token).send().await.unwrap().status()
    }
}

async fn page(reply: Response) -> Page {
    let header = |name| {
        let value = reply.headers().get(name);
        value.map(|value: &reqwest::header::HeaderValue| value.to_str().unwrap().to_owned())
    };
    Page {
        status: reply.status(),
        policy: header(reqwest::header::CONTENT_SECURITY_POLICY).unwrap_or_default(),
        location: header(LOCATION).map(|location| location.parse().unwrap()),
        text: reply.text().await.unwrap(),
    }
}

/// The claims of a token, unchecked.
pub(crate) fn claims(token: &Value) -> Value {
    let part = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64.decode(part).unwrap()).unwrap()
}

/// The token endpoint says no.
pub(crate) fn refused(answer: &(StatusCode, Value), error: &str) {
    assert_eq!(answer.0, StatusCode::BAD_REQUEST, "{}", answer.1);
    assert_eq!(answer.1["error"], error, "{}", answer.1);
}
