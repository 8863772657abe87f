//! v1: what it has otherwise than v2.

use serde_json::json;
use vdx_store::both_engines;
use vdx_testkit::ORGANISATION;

use crate::rig::{Rig, everything};

both_engines! {
    async fn an_organisation_has_five_members(test: TestDb) {
        let rig = Rig::on(test).await;
        let admin = rig.admin(ORGANISATION).await;
        admin
            .put("/v2/organisation/ward", everything())
            .await
            .good();
        for path in ["/organisation/ward", "/organisation?organisationCode=ward"] {
            assert_eq!(
                admin.get(path).await.good(),
                json!({
                    "code": "ward",
                    "name": "ward",
                    "poolSize": 7,
                    "smsSenderName": "Sender",
                    "smsCallbackUrl": "https://callback.example/%reference%?status=%status%",
                })
            );
        }
    }

    async fn a_creation_takes_code_and_name_alone(test: TestDb) {
        let rig = Rig::on(test).await;
        let admin = rig.admin(ORGANISATION).await;
        let mut body = everything();
        body["code"] = json!("first");
        body["name"] = json!("First");
        let made = admin.post("/organisation/ward", body).await.good();
        let expected = |code: &str, name: &str| json!({ "code": code, "name": name, "poolSize": 0, "smsSenderName": null, "smsCallbackUrl": null });
        assert_eq!(made, expected("first", "First"));
        let made = admin
            .post(
                "/organisation?parent_code=first",
                json!({ "code": "second" }),
            )
            .await
            .good();
        assert_eq!(made, expected("second", "second"));
        assert_eq!(
            admin.get("/v2/organisation/first").await.good()["poolSize"],
            json!(null)
        );
        for (body, status) in [
            (json!({}), 400),
            (json!({ "code": "" }), 400),
            (json!({ "code": "ward" }), 400),
        ] {
            assert_eq!(
                admin.post("/organisation/ward", body).await.failed().0,
                status
            );
        }
    }
}
