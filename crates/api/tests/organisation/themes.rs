//! Themes: for whom, what is inherited, refused, shown and recorded.

use reqwest::header::{CONTENT_TYPE, HeaderMap, IF_NONE_MATCH};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use vdx_domain::ApiRole;
use vdx_store::{audit, both_engines, domains};
use vdx_testkit::{NewRoom, ORGANISATION, TestHub};

use crate::rig::{Rig, code};

const JSON: &str = "application/json";

/// Somebody with a token, or nobody.
struct Caller<'a> {
    hub: &'a TestHub,
    token: Option<String>,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn good(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.json());
        self.json()
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

impl<'a> Caller<'a> {
    async fn with(rig: &'a Rig, roles: &[ApiRole], organisation: Option<&str>) -> Self {
        let client = rig.hub.add_client(roles, organisation).await;
        Self {
            hub: &rig.hub,
            token: Some(rig.hub.token_of(&client).await),
        }
    }

    /// Runs the hub, and acts for nobody.
    async fn operator(rig: &'a Rig) -> Self {
        Self::with(rig, &[ApiRole::Operator], None).await
    }

    async fn manager(rig: &'a Rig, organisation: &str) -> Self {
        Self::with(rig, &[ApiRole::ManagementAdmin], Some(organisation)).await
    }

    fn stranger(rig: &'a Rig) -> Self {
        Self {
            hub: &rig.hub,
            token: None,
        }
    }

    async fn send(&self, method: Method, path: &str, headers: HeaderMap, body: Vec<u8>) -> Answer {
        let url = format!("{}{path}", self.hub.url);
        let mut request = self
            .hub
            .http
            .request(method, url)
            .headers(headers)
            .body(body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let reply = request.send().await.unwrap();
        Answer {
            status: reply.status().as_u16(),
            headers: reply.headers().clone(),
            body: reply.bytes().await.unwrap().to_vec(),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(
            Method::GET,
            &format!("/api/hub/v1/{path}"),
            HeaderMap::new(),
            Vec::new(),
        )
        .await
    }

    async fn put(&self, organisation: &str, theme: Value) -> Answer {
        let body = theme.to_string().into_bytes();
        self.send(Method::PUT, &theme_of(organisation), said(JSON), body)
            .await
    }

    async fn put_logo(&self, organisation: &str, kind: &str, content: Vec<u8>) -> Answer {
        let path = format!("{}/logo", theme_of(organisation));
        self.send(Method::PUT, &path, said(kind), content).await
    }

    async fn read(&self, organisation: &str) -> Answer {
        self.send(
            Method::GET,
            &theme_of(organisation),
            HeaderMap::new(),
            Vec::new(),
        )
        .await
    }

    async fn remove_logo(&self, organisation: &str) -> Answer {
        let path = format!("{}/logo", theme_of(organisation));
        self.send(Method::DELETE, &path, HeaderMap::new(), Vec::new())
            .await
    }
}

fn theme_of(organisation: &str) -> String {
    format!(
        "/api/hub/v1/organisations/{}/theme",
        organisation.replace('/', "%2F")
    )
}

fn said(kind: &str) -> HeaderMap {
    HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().unwrap())])
}

/// The beginning of a PNG of this size, which is as much as anybody looks at.
fn png(width: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend([0, 0, 0, 20, 8, 6, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

fn everything() -> Value {
    json!({
        "name": "Region Example",
        "colours": { "primary": "#0B5C8A", "background": "#eef4f8" },
        "welcome_title": { "da": "Velkommen", "en": "Welcome" },
        "welcome_text": { "da": "Godt, du er her." },
        "support_phone": "+45 00 00 00 00",
        "support_text": { "kl": "…" },
        "terms_url": "https://region.example/terms",
    })
}

/// What is shown where nobody said anything.
fn nothing() -> Value {
    json!({
        "name": "VDX", "logo_url": null, "colours": null, "welcome_title": null,
        "welcome_text": null, "support_phone": null, "support_text": null, "terms_url": null,
    })
}

both_engines! {
    async fn operators_change_every_theme_and_managers_those_within_their_reach(test: TestDb) {
        let rig = Rig::on(test).await;
        let cases = [
            (Caller::operator(&rig).await, [200, 200, 200, 200, 404]),
            (Caller::manager(&rig, ORGANISATION).await, [200, 200, 200, 403, 403]),
            (Caller::manager(&rig, "ward").await, [403, 200, 200, 403, 403]),
            (Caller::with(&rig, &[ApiRole::MeetingAdmin], Some(ORGANISATION)).await, [403; 5]),
            (Caller::stranger(&rig), [401; 5]),
        ];
        let organisations = [ORGANISATION, "ward", "ward/bed", "other", "nobody"];
        for (caller, statuses) in &cases {
            for (organisation, status) in organisations.iter().zip(statuses) {
                let answers = [
                    caller.put(organisation, json!({ "name": organisation })).await,
                    caller.put_logo(organisation, "image/png", png(10)).await,
                    caller.read(organisation).await,
                    caller.remove_logo(organisation).await,
                ];
                for (n, answer) in answers.iter().enumerate() {
                    assert_eq!(answer.status, *status, "{organisation} {n}: {}", answer.json());
                }
            }
        }
        for (caller, statuses) in &cases[3..] {
            let answer = caller.put(ORGANISATION, json!({ "name": 5 })).await;
            assert_eq!(answer.status, statuses[0], "who may not call learns nothing of the input");
        }
    }

    async fn what_an_organisation_has_not_comes_from_above(test: TestDb) {
        let rig = Rig::on(test).await;
        let operator = Caller::operator(&rig).await;
        let first = operator.read("ward/bed").await.good();
        assert_eq!((&first["shown"], &first["own_logo_url"]), (&nothing(), &Value::Null));

        operator.put(ORGANISATION, everything()).await.good();
        operator.put_logo(ORGANISATION, "image/png", png(10)).await.good();
        let text = json!({ "en": "Hello" });
        operator.put("ward", json!({ "welcome_text": text, "support_text": {} })).await.good();
        let bed = operator.put_logo("ward/bed", "image/png", png(20)).await.good();
        let shown = &bed["shown"];
        assert_eq!(shown["name"], "Region Example");
        let colours = json!({ "primary": "#0b5c8a", "on_primary": "#ffffff", "background": "#eef4f8" });
        assert_eq!(shown["colours"], colours);
        assert_eq!(shown["welcome_text"], text, "in all languages from one");
        assert_eq!(shown["support_text"], json!({ "kl": "…" }), "none of its own");
        let logo = shown["logo_url"].as_str().unwrap();
        assert!(logo.starts_with("/api/hub/v1/themes/ward%2Fbed/logo?v="), "{logo}");
        assert!(bed["own"].as_object().unwrap().values().all(Value::is_null), "{bed}");

        let ward = operator.read("ward").await.good();
        let logo = ward["shown"]["logo_url"].as_str().unwrap();
        assert!(logo.starts_with("/api/hub/v1/themes/region/logo?v="), "{logo}");
        assert_eq!(ward["own_logo_url"], Value::Null);
        // Folders are passed over, and what is beside has nothing to do with it.
        let clinic = operator.read("clinic").await.good();
        assert_eq!(clinic["shown"]["name"], "Region Example");
        assert_eq!(operator.read("other").await.good()["shown"], nothing());

        operator.put(ORGANISATION, json!({})).await.good();
        operator.remove_logo("ward/bed").await.good();
        operator.remove_logo(ORGANISATION).await.good();
        let bed = operator.read("ward/bed").await.good();
        let mut left = nothing();
        left["welcome_text"] = text;
        assert_eq!(bed["shown"], left);
    }

    async fn what_is_own_is_what_put_takes(test: TestDb) {
        let rig = Rig::on(test).await;
        let operator = Caller::operator(&rig).await;
        let put = operator.put("other", everything()).await.good();
        assert_eq!(put["own"]["terms_url"], "https://region.example/terms");
        assert_eq!(operator.put("other", put["own"].clone()).await.good(), put);
        assert_eq!(operator.read("other").await.good(), put);
    }

    async fn a_refusal_names_the_value(test: TestDb) {
        let rig = Rig::on(test).await;
        let operator = Caller::operator(&rig).await;
        let colours = |primary: &str| json!({ "colours": { "primary": primary, "background": "#ffffff" } });
        for (theme, field) in [
            (json!({ "name": "" }), "name: must have 1 to 100 characters"),
            (json!({ "name": "a".repeat(101) }), "name: "),
            (colours("red"), "colours.primary: must be a colour written as #rrggbb"),
            (json!({ "colours": { "primary": "#000000" } }), "colours: missing field `background`"),
            (json!({ "welcome_title": { "da": "a".repeat(201) } }), "welcome_title.da: must have 1 to 200"),
            (json!({ "welcome_text": { "da": "a".repeat(601) } }), "welcome_text.da: must have 1 to 600"),
            (json!({ "welcome_text": { "sv": "Hej" } }), "welcome_text.sv: unknown field"),
            (json!({ "support_phone": "call us" }), "support_phone: must have 3 to 20"),
            (json!({ "terms_url": "http://region.example" }), "terms_url: must begin with https://"),
            (json!({ "colors": {} }), "colors: unknown field"),
            (json!({ "logo_url": null }), "logo_url: unknown field"),
        ] {
            let answer = operator.put("other", theme.clone()).await;
            let message = answer.json()["message"].as_str().unwrap().to_owned();
            assert!(answer.status == 400 && message.starts_with(field), "{theme}: {message}");
        }
        assert_eq!(operator.read("other").await.good()["shown"], nothing());
    }

    async fn a_logo_is_shown_as_it_came_and_does_nothing_else(test: TestDb) {
        let rig = Rig::on(test).await;
        let (operator, anybody) = (Caller::operator(&rig).await, Caller::stranger(&rig));
        assert_eq!(anybody.get("themes/ward%2Fbed/logo").await.status, 404);
        let put = operator.put_logo("ward/bed", "image/png", png(10)).await.good();
        let url = put["own_logo_url"].as_str().unwrap();
        let get = async |path: &str, headers| anybody.send(Method::GET, path, headers, Vec::new()).await;

        let logo = get(url, HeaderMap::new()).await;
        assert_eq!((logo.status, &logo.body), (200, &png(10)));
        assert_eq!(logo.header("content-type"), "image/png");
        assert_eq!(logo.header("x-content-type-options"), "nosniff");
        assert_eq!(logo.header("cache-control"), "public, max-age=31536000, immutable");
        let policy = logo.header("content-security-policy");
        assert!(policy.contains("default-src 'none'; sandbox"), "{policy}");

        let tag: HeaderMap = HeaderMap::from_iter([(IF_NONE_MATCH, logo.headers["etag"].clone())]);
        let again = get(url, tag.clone()).await;
        assert_eq!((again.status, again.body.len()), (304, 0));
        let bare = url.split_once('?').unwrap().0;
        assert_eq!(get(bare, HeaderMap::new()).await.header("cache-control"), "no-cache");

        let other = operator.put_logo("ward/bed", "image/png", png(11)).await.good();
        assert_ne!(other["own_logo_url"], url);
        let old = get(url, tag).await;
        assert_eq!((old.status, old.header("cache-control")), (200, "no-cache"), "of another version");
    }

    async fn what_is_no_picture_is_no_logo(test: TestDb) {
        let rig = Rig::on(test).await;
        let operator = Caller::operator(&rig).await;
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>".to_vec();
        let mut large = png(10);
        large.resize(200_001, 0);
        for (kind, content, status) in [
            ("image/svg+xml", svg.clone(), 415),
            ("text/html", png(10), 415),
            ("image/png", svg, 400),
            ("image/jpeg", png(10), 400),
            ("image/png", Vec::new(), 400),
            ("image/png", png(2001), 400),
            ("image/png", large, 400),
        ] {
            let answer = operator.put_logo("other", kind, content).await;
            assert_eq!(answer.status, status, "{kind}: {}", answer.json());
            assert!(answer.json()["message"].is_string());
        }
        assert_eq!(operator.read("other").await.good()["own_logo_url"], Value::Null);
    }

    async fn a_link_carries_the_theme_in_every_state(test: TestDb) {
        let rig = Rig::on(test).await;
        Caller::operator(&rig).await.put(ORGANISATION, everything()).await.good();
        let anybody = Caller::stranger(&rig);
        let now = vdx_domain::Clock::now(&*rig.hub.clock);
        let at = |minutes: u64| (now + std::time::Duration::from_secs(60 * minutes)).to_string();
        let booked = rig.hub.book(json!({ "startTime": at(60), "endTime": at(120) })).await;
        let path = format!("links/{}", booked["shortId"].as_str().unwrap());
        for (state, minutes) in [("not_yet", 0), ("open", 60), ("over", 120)] {
            rig.hub.clock.advance(std::time::Duration::from_secs(60 * minutes));
            let link = anybody.get(&path).await.good();
            assert_eq!((&link["state"], &link["theme"]["name"]), (&json!(state), &json!("Region Example")));
        }
        let tomorrow = json!({ "startTime": at(3000), "endTime": at(3060) });
        let booked = rig.hub.book(tomorrow).await;
        let meeting = format!("/videoapi/v2/meetings/{}", booked["uuid"].as_str().unwrap());
        let all = Caller { hub: &rig.hub, token: Some(rig.hub.token().await) };
        let gone = all.send(Method::DELETE, &meeting, HeaderMap::new(), Vec::new()).await;
        assert!(StatusCode::from_u16(gone.status).unwrap().is_success());
        let link = anybody.get(&format!("links/{}", booked["shortId"].as_str().unwrap())).await.good();
        assert_eq!((&link["state"], &link["theme"]["support_phone"]), (&json!("cancelled"), &json!("+45 00 00 00 00")));
    }

    async fn an_address_of_nobody_looks_like_one_without_a_theme(test: TestDb) {
        let rig = Rig::on(test).await;
        let (operator, anybody) = (Caller::operator(&rig).await, Caller::stranger(&rig));
        rig.hub.add_room(NewRoom { alias: "clinic@rooms.example", ..NewRoom::default() }).await;
        let theme = async |address: &str| anybody.get(&format!("rooms/{address}/theme")).await.good();
        for address in ["clinic@rooms.example", "nobody@rooms.example", "no%20address", "%00"] {
            assert_eq!(theme(address).await, nothing(), "{address}");
        }
        operator.put(ORGANISATION, json!({ "name": "Region" })).await.good();
        operator.put("ward", json!({ "name": "Ward" })).await.good();
        assert_eq!(theme("CLINIC@rooms.example").await["name"], "Region");
        assert_eq!(theme("nobody@rooms.example").await, nothing());
        let now = vdx_domain::Clock::now(&*rig.hub.clock);
        let mut tx = rig.hub.db.begin().await.unwrap();
        let ward = vdx_store::organisations::group_of(&mut tx, &code("ward")).await.unwrap().unwrap();
        domains::add(&mut tx, "ward.example", ward, true, now).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(theme("nobody@ward.example").await["name"], "Ward", "of its domain");
    }

    async fn every_change_is_recorded_with_before_and_after(test: TestDb) {
        let rig = Rig::on(test).await;
        let manager = Caller::manager(&rig, "ward").await;
        manager.put("ward/bed", json!({ "name": "One" })).await.good();
        manager.put("ward/bed", json!({ "name": "Two" })).await.good();
        manager.put_logo("ward/bed", "image/png", png(10)).await.good();
        manager.put("other", json!({ "name": "No" })).await;
        let records = audit::of(&mut rig.hub.db.reader(), "ward/bed").await.unwrap();
        let told: Vec<Value> = records
            .iter()
            .filter(|record| record.resource == "theme")
            .map(|record| {
                assert_eq!((record.operation.as_str(), &record.organisation), ("update", &code("ward/bed")));
                assert_eq!(record.actor_organisation, Some(code("ward")));
                serde_json::from_str(&record.details).unwrap()
            })
            .collect();
        let names: Vec<[&Value; 2]> = told
            .iter()
            .map(|details| ["before", "after"].map(|when| &details[when]["members"]["name"]))
            .collect();
        let (none, one, two) = (Value::Null, json!("One"), json!("Two"));
        assert_eq!(names, [[&none, &one], [&one, &two], [&two, &two]]);
        assert!(told[2]["before"]["logoHash"].is_null() && told[2]["after"]["logoHash"].is_string());
        let others = audit::of(&mut rig.hub.db.reader(), "other").await.unwrap();
        assert!(others.iter().all(|record| record.resource != "theme"));
    }
}
