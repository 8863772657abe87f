//! Parts of the tree.

use serde_json::json;
use vdx_store::both_engines;
use vdx_testkit::ORGANISATION;

use crate::rig::{Rig, everything, words};

both_engines! {
    async fn the_way_down_and_what_is_below(test: TestDb) {
        let rig = Rig::on(test).await;
        let admin = rig.admin(ORGANISATION).await;
        let (country, folder) = (rig.country, rig.folder);
        let down = format!("{country}(region(ward(ward/bed())))");
        for path in [
            "/v2/organisationtree/ward%2Fbed",
            "/v2/organisationtree?organisationCode=ward/bed",
            "/organisationtree/ward%2Fbed",
            "/organisationtree?organisationCode=ward/bed",
        ] {
            assert_eq!(words(&admin.get(path).await.good()), down, "{path}");
        }
        let to_folder = admin.get(&format!("/v2/organisationtree?groupId={folder}")).await.good();
        assert_eq!(words(&to_folder), format!("{country}(region({folder}()))"));

        let below = format!("region({folder}(clinic()) ward(ward/bed()))");
        for path in ["/v2/organisationtree-children", "/v1/organisationtree-children"] {
            let tree = admin.get(&format!("{path}?organisationCode=region")).await.good();
            assert_eq!(words(&tree), below, "{path}");
        }
        let tree = admin.get(&format!("/v2/organisationtree-children?groupId={folder}")).await.good();
        assert_eq!(words(&tree), format!("{folder}(clinic())"));
        let group = &tree["children"][0]["groupId"];
        let clinic = admin.get(&format!("/v2/organisationtree-children?groupId={group}")).await.good();
        assert_eq!(words(&clinic), "clinic()");

        let codes = admin.get("/v2/organisation/region/descendants").await.good();
        let codes: Vec<&str> = codes.as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["region", "ward", "ward/bed", "clinic"]);
    }

    async fn a_node_shows_what_it_is_and_no_key(test: TestDb) {
        let rig = Rig::on(test).await;
        let admin = rig.admin(ORGANISATION).await;
        admin.put("/v2/organisation/ward", everything()).await.good();
        let tree = admin.get("/v2/organisationtree-children?organisationCode=ward").await.good();
        assert_eq!(
            tree,
            json!({
                "code": "ward",
                "name": "ward",
                "poolSize": 7,
                "smsSenderName": "Sender",
                "smsCallbackUrl": "https://callback.example/%reference%?status=%status%",
                "groupId": tree["groupId"],
                "deviceWebhookEndpoint": "https://hook.example/devices",
                "children": [{
                    "code": "ward/bed",
                    "name": "ward/bed",
                    "poolSize": 0,
                    "smsSenderName": null,
                    "smsCallbackUrl": null,
                    "groupId": tree["children"][0]["groupId"],
                    "deviceWebhookEndpoint": null,
                    "children": [],
                }],
            })
        );
    }

    async fn addresses_that_are_called_stay_with_their_organisation(test: TestDb) {
        let rig = Rig::on(test).await;
        rig.admin(ORGANISATION).await.put("/v2/organisation/region", everything()).await.good();
        for (home, shown) in [(ORGANISATION, true), ("ward", false)] {
            let admin = rig.admin(home).await;
            let tree = admin.get("/v2/organisationtree/ward").await.good();
            let region = &tree["children"][0];
            assert_eq!(region["code"], "region");
            assert_eq!(region["smsSenderName"], "Sender");
            for member in ["smsCallbackUrl", "deviceWebhookEndpoint"] {
                assert_eq!(region[member].is_string(), shown, "{home} {member}");
            }
        }
    }

    async fn a_node_is_named_in_one_way(test: TestDb) {
        let rig = Rig::on(test).await;
        let admin = rig.admin(ORGANISATION).await;
        for path in [
            "/v2/organisationtree",
            "/v2/organisationtree-children",
            "/organisationtree",
        ] {
            for query in [
                "",
                "?groupId=1&organisationCode=region",
                "?groupId=x",
                "?groupId=99999999999",
            ] {
                let answer = admin.get(&format!("{path}{query}")).await;
                assert_eq!(answer.failed().0, 400, "{path}{query}");
            }
        }
    }
}
