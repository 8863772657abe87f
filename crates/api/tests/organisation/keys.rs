//! Keys: found by, and never shown.

use serde_json::json;
use vdx_store::{Connection as _, Error, FromRow, Row, both_engines};
use vdx_testkit::ORGANISATION;

use crate::rig::{Rig, everything, words};

struct Stored(String);

impl FromRow for Stored {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let columns = [
            "history_api_key_sealed",
            "history_api_key_hash",
            "device_webhook_endpoint_key_sealed",
        ];
        let texts: Result<Vec<String>, Error> =
            columns.iter().map(|column| row.get(column)).collect();
        Ok(Self(texts?.join(" ")))
    }
}

both_engines! {
    async fn a_history_key_opens_the_tree_of_its_organisation(test: TestDb) {
        let rig = Rig::on(test).await;
        let admin = rig.admin(ORGANISATION).await;
        admin.put("/v2/organisation/ward", everything()).await.good();
        for path in ["/v2/organisation-tree-for-api-key", "/v1/organisation-tree-for-api-key"] {
            let ask = async |key: &str, kind: &str| {
                admin.post(path, json!({ "api_key": key, "api_key_type": kind })).await
            };
            assert_eq!(words(&ask("history-key", "history").await.good()), "ward(ward/bed())");
            assert_eq!(ask("History-key", "history").await.failed().0, 404);
            assert_eq!(ask("webhook-key", "history").await.failed().0, 404);
            assert_eq!(ask("", "history").await.failed().0, 400);
            assert_eq!(ask("history-key", "other").await.failed().0, 400);
            assert_eq!(admin.post(path, json!({ "api_key": "x" })).await.failed().0, 400);
        }
    }

    async fn keys_are_neither_shown_nor_kept_open(test: TestDb) {
        let rig = Rig::on(test).await;
        let admin = rig.admin(ORGANISATION).await;
        let key = json!({ "api_key": "history-key", "api_key_type": "history" });
        let mut new = everything();
        new["code"] = json!("keeper");
        let mut answers = vec![admin.post("/v2/organisation/region", new).await.good()];
        answers.push(admin.put("/v2/organisation/keeper", everything()).await.good());
        for path in [
            "/v2/organisation/keeper",
            "/v2/organisationtree/keeper",
            "/v2/organisationtree-children?organisationCode=region",
            "/organisation/keeper",
            "/organisationtree/keeper",
            "/v1/organisationtree-children?organisationCode=region",
        ] {
            answers.push(admin.get(path).await.good());
        }
        for path in ["/v2/organisation-tree-for-api-key", "/v1/organisation-tree-for-api-key"] {
            answers.push(admin.post(path, key.clone()).await.good());
        }
        for answer in answers {
            let text = answer.to_string();
            assert!(!text.contains("history-key") && !text.contains("webhook-key"), "{text}");
            assert!(!text.contains("EndpointKey"), "{text}");
        }
        let Stored(text) = rig
            .hub
            .db
            .reader()
            .sql("SELECT * FROM organisations WHERE code = 'keeper'")
            .one()
            .await
            .unwrap();
        assert!(!text.contains("history-key") && !text.contains("webhook-key"), "{text}");
    }
}
