//! Many at the same time.

use serde_json::json;
use vdx_store::both_engines;
use vdx_testkit::ORGANISATION;

use crate::rig::Rig;

both_engines! {
    async fn of_many_who_make_the_same_organisation_one_does(test: TestDb) {
        let rig = Rig::on(test).await;
        let admin = rig.admin(ORGANISATION).await;
        let calls = (0..12).map(|number| {
            let parent = if number % 2 == 0 { "ward" } else { "clinic" };
            let (path, admin) = (format!("/v2/organisation/{parent}"), &admin);
            async move { admin.post(&path, json!({ "code": "same" })).await }
        });
        let answers = futures::future::join_all(calls).await;
        let made = answers.iter().filter(|answer| answer.status == 200).count();
        let refused = answers.iter().filter(|answer| answer.status == 400).count();
        assert_eq!((made, refused), (1, 11));
        let codes = admin.get("/v2/organisation/region/descendants").await.good();
        assert_eq!(codes.as_array().unwrap().len(), 5);
    }

    async fn of_many_who_take_the_same_history_key_one_does(test: TestDb) {
        let rig = Rig::on(test).await;
        let admin = rig.admin(ORGANISATION).await;
        let organisations = ["region", "ward", "ward%2Fbed", "clinic"];
        let calls = organisations.map(|code| {
            let path = format!("/v2/organisation/{code}");
            let admin = &admin;
            async move { admin.put(&path, json!({ "historyApiKey": "same" })).await }
        });
        let answers = futures::future::join_all(calls).await;
        let kept = answers.iter().filter(|answer| answer.status == 200).count();
        let refused = answers.iter().filter(|answer| answer.status == 400).count();
        assert_eq!((kept, refused), (1, 3));
    }
}
