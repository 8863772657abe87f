//! What is accepted and what is refused, and what it leaves behind.

use reqwest::Method;
use serde_json::{Value, json};
use vdx_domain::AuditOperation;
use vdx_store::{audit, both_engines};
use vdx_testkit::ORGANISATION;

use crate::rig::{Rig, everything};

both_engines! {
    async fn an_organisation_is_made_with_all_it_can_have(test: TestDb) {
        let rig = Rig::on(test).await;
        let admin = rig.admin(ORGANISATION).await;
        let mut body = everything();
        body["code"] = json!("new/one");
        body["name"] = json!("Ny æske");
        let made = admin.post("/v2/organisation/ward", body).await.good();
        assert_eq!(
            made,
            json!({
                "groupId": made["groupId"],
                "code": "new/one",
                "name": "Ny æske",
                "poolSize": 7,
                "smsSenderName": "Sender",
                "allowCustomUriWithoutDomain": true,
                "smsCallbackUrl": "https://callback.example/%reference%?status=%status%",
                "deviceWebhookEndpoint": "https://hook.example/devices",
            })
        );
        for path in ["/v2/organisation/new%2Fone", "/v2/organisation?organisationCode=new/one"] {
            assert_eq!(admin.get(path).await.good(), made, "{path}");
        }
        let records = audit::of(&mut rig.hub.db.reader(), "new/one").await.unwrap();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].operation, AuditOperation::Create.as_str());
        assert!(!records[0].details.contains("history-key") && !records[0].details.contains("webhook-key"));
    }

    async fn what_is_left_out_is_not_set(test: TestDb) {
        let rig = Rig::on(test).await;
        let admin = rig.admin(ORGANISATION).await;
        let bare = |code: &str, made: &Value| {
            json!({
                "groupId": made["groupId"],
                "code": code,
                "name": code,
                "poolSize": null,
                "smsSenderName": null,
                "allowCustomUriWithoutDomain": false,
                "smsCallbackUrl": null,
                "deviceWebhookEndpoint": null,
            })
        };
        let made = admin.post("/v2/organisation?parent_code=region", json!({ "code": "a" })).await.good();
        assert_eq!(made, bare("a", &made));
        let empty = json!({ "code": "b", "name": "", "smsSenderName": "", "smsCallbackUrl": null });
        let made = admin.post("/v2/organisation/a", empty).await.good();
        assert_eq!(made, bare("b", &made));
        // A PUT puts all of it in the place of all that was there.
        admin.put("/v2/organisation/b", everything()).await.good();
        let key = json!({ "api_key": "history-key", "api_key_type": "history" });
        admin.post("/v2/organisation-tree-for-api-key", key.clone()).await.good();
        let changed = admin.put("/v2/organisation/b", json!({ "code": "x", "name": "x" })).await.good();
        assert_eq!(changed, bare("b", &made));
        let gone = admin.post("/v2/organisation-tree-for-api-key", key).await;
        assert_eq!(gone.failed().0, 404);
        let records = audit::of(&mut rig.hub.db.reader(), "b").await.unwrap();
        let done: Vec<&str> = records.iter().map(|record| record.operation.as_str()).collect();
        assert_eq!(done, ["create", "update", "update"]);
    }

    async fn nothing_is_left_of_what_is_refused(test: TestDb) {
        let rig = Rig::on(test).await;
        let admin = rig.admin(ORGANISATION).await;
        admin.put("/v2/organisation/ward", everything()).await.good();
        let answer = admin.post("/v2/organisation/ward", json!({ "code": "ward" })).await;
        assert_eq!(answer.failed(), (400, "code: there is an organisation with this code already"));
        // The history key leads to one organisation.
        let mut taken = everything();
        taken["code"] = json!("second");
        let answer = admin.post("/v2/organisation/ward", taken).await;
        assert_eq!(answer.failed(), (400, "historyApiKey: must be another"));
        assert_eq!(admin.get("/v2/organisation/second").await.failed().0, 404);
        let answer = admin.put("/v2/organisation/clinic", everything()).await;
        assert_eq!(answer.failed().0, 400);
        assert_eq!(admin.get("/v2/organisation/clinic").await.good()["poolSize"], json!(null));
        let codes = admin.get("/v2/organisation/region/descendants").await.good();
        assert_eq!(codes.as_array().unwrap().len(), 4);
    }

    async fn values_are_accepted_up_to_their_limit(test: TestDb) {
        let rig = Rig::on(test).await;
        let admin = rig.admin(ORGANISATION).await;
        let url = |length: usize| format!("https://{}", "a".repeat(length - 8));
        let cases = [
            ("code", json!("æ".repeat(250)), json!("a".repeat(251))),
            ("code", json!(" a "), json!("")),
            ("code", json!("b\u{80}"), json!("a\nb")),
            ("code", json!("c"), json!(null)),
            ("code", json!("d"), json!(5)),
            ("name", json!("æ".repeat(100)), json!("a".repeat(101))),
            ("name", json!("a\tb"), json!("a\u{0}")),
            ("poolSize", json!(0), json!(-1)),
            ("poolSize", json!(10_000), json!(10_001)),
            ("poolSize", json!(1), json!(1.5)),
            ("poolSize", json!(null), json!(2_147_483_648_u32)),
            (
                "smsSenderName",
                json!("æ".repeat(11)),
                json!("a".repeat(12)),
            ),
            ("smsCallbackUrl", json!(url(100)), json!(url(101))),
            ("smsCallbackUrl", json!("http://a"), json!("javascript:x")),
            ("deviceWebhookEndpoint", json!(url(100)), json!(url(101))),
            (
                "deviceWebhookEndpointKey",
                json!("a".repeat(100)),
                json!("a".repeat(101)),
            ),
            (
                "historyApiKey",
                json!("a".repeat(36)),
                json!("a".repeat(37)),
            ),
            ("allowCustomUriWithoutDomain", json!(true), json!("true")),
        ];
        for (number, (field, good, bad)) in cases.into_iter().enumerate() {
            let with = |value: Value| {
                let mut body = json!({ "code": format!("case-{number}") });
                body[field] = value;
                body
            };
            let refused = admin
                .post("/v2/organisation/region", with(bad.clone()))
                .await;
            let (status, text) = refused.failed();
            assert_eq!(status, 400, "{field}: {bad}");
            assert!(text.contains(field) || field == "code", "{text}");
            admin
                .post("/v2/organisation/region", with(good.clone()))
                .await
                .good();
            if field != "code" && field != "name" {
                let path = format!("/v2/organisation/case-{number}");
                assert_eq!(admin.put(&path, with(bad)).await.failed().0, 400);
                admin.put(&path, with(good)).await.good();
            }
        }
    }

    async fn the_tree_grows_only_so_deep(test: TestDb) {
        let rig = Rig::on(test).await;
        let admin = rig.admin(ORGANISATION).await;
        let mut parent = "region".to_owned();
        // The folder above and the organisation itself are two levels.
        for level in 3..=32 {
            let code = format!("level-{level}");
            let path = format!("/v2/organisation/{parent}");
            admin.post(&path, json!({ "code": code })).await.good();
            parent = code;
        }
        let refused = admin
            .post(
                &format!("/v2/organisation/{parent}"),
                json!({ "code": "deep" }),
            )
            .await;
        assert_eq!(refused.failed().0, 400);
        assert_eq!(admin.get("/v2/organisation/deep").await.failed().0, 404);
        let tree = admin
            .get(&format!("/v2/organisationtree/{parent}"))
            .await
            .good();
        let depth = std::iter::successors(Some(&tree), |node| node["children"].get(0)).count();
        assert_eq!(depth, 32);
    }

    async fn what_is_no_call_of_the_api_is_refused_in_its_shape(test: TestDb) {
        let rig = Rig::on(test).await;
        let admin = rig.admin(ORGANISATION).await;
        for body in ["", "{", "[]", "null", "{\"code\":\"a\"} {}"] {
            let answer = admin
                .call(
                    Method::POST,
                    "/v2/organisation/region",
                    Some(body.to_owned()),
                )
                .await;
            assert_eq!(answer.failed().0, 400, "{body}");
        }
        for (method, path, status) in [
            (Method::GET, "/v2/organisation", 400),
            (Method::POST, "/v2/organisation", 400),
            (Method::GET, "/v2/organisation/%ff", 400),
            (Method::GET, "/v2/nothing", 404),
            (Method::GET, "/nothing", 404),
            (Method::DELETE, "/v2/organisation/ward", 405),
            (Method::PUT, "/organisation/ward", 405),
        ] {
            let answer = admin.call(method.clone(), path, None).await;
            let found = answer.failed().0;
            assert_eq!(found, status, "{method} {path}");
        }
    }
}
