//! Who may call what.

use serde_json::json;
use vdx_domain::ApiRole::{
    self, MeetingAdmin, MeetingPlanner, MeetingProvisioner, MeetingProvisionerUser, MeetingUser,
};
use vdx_store::both_engines;
use vdx_testkit::TestHub;

use crate::rig::{Api, add_organisation, answer};

both_engines! {
    async fn without_a_good_token_nothing_is_told(test: TestDb) {
        let hub = TestHub::on(test).await;
        let url = format!("{}/videoapi/v2/meetings", hub.url);
        // The body is no meeting, and that is not told to strangers.
        let requests = [
            hub.http.post(&url).body("{"),
            hub.http.post(&url).body("{").bearer_auth("x.y.z"),
            hub.http.get(format!("{url}/nonsense")),
            hub.http.get(format!("{}/videoapi/v2/info", hub.url)),
        ];
        for request in requests {
            assert_eq!(answer(request).await.failed(), (401, "11"));
        }
    }

    async fn each_operation_has_its_roles(test: TestDb) {
        let hub = TestHub::on(test).await;
        let all = [
            MeetingAdmin,
            MeetingUser,
            MeetingPlanner,
            MeetingProvisioner,
            MeetingProvisionerUser,
        ];
        for role in all {
            let api = Api::with(&hub, &[role]).await;
            let info = api.get("/info").await;
            assert_eq!(
                (info.status.as_u16(), info.media_type.as_str()),
                (200, "application/json")
            );
            assert!(info.body["info"][0]["key"].is_string());

            let booked = api.book(json!({})).await;
            if role == MeetingProvisioner {
                assert_eq!(booked.failed(), (403, "11"));
                assert!(booked.body["detailed_error"].is_null());
                assert_eq!(
                    api.delete(&format!("/meetings/{}", uuid::Uuid::nil()))
                        .await
                        .failed(),
                    (403, "11")
                );
                continue;
            }
            let path = format!("/meetings/{}", booked.good()["uuid"].as_str().unwrap());
            api.get(&path).await.good();
            api.get(&path.replace("meetings", "scheduling-info"))
                .await
                .good();
            assert_eq!(api.delete(&path).await.status.as_u16(), 204);
        }
    }

    async fn roles_are_checked_before_the_body(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingProvisioner]).await;
        assert_eq!(api.post("{".to_owned()).await.failed(), (403, "11"));
    }

    async fn meetings_stay_in_their_organisation(test: TestDb) {
        let hub = TestHub::on(test).await;
        add_organisation(&hub, "practice").await;
        let mine = Api::with(&hub, &[MeetingUser]).await;
        let meeting = mine.book(json!({})).await.good();
        let uuid = meeting["uuid"].as_str().unwrap();
        let (meeting, room) = (
            format!("/meetings/{uuid}"),
            format!("/scheduling-info/{uuid}"),
        );

        type Identity = Option<(&'static str, &'static str)>;
        let table: [(Identity, ApiRole, u16, u16); 5] = [
            (Some(("region", "other@example.org")), MeetingUser, 403, 200),
            (
                Some(("region", "other@example.org")),
                MeetingPlanner,
                200,
                200,
            ),
            (Some(("practice", "me@example.org")), MeetingAdmin, 403, 403),
            (
                Some(("practice", "me@example.org")),
                MeetingProvisionerUser,
                403,
                200,
            ),
            (None, MeetingProvisioner, 403, 200),
        ];
        for (identity, role, sees_meeting, sees_room) in table {
            let api = Api::of(&hub, identity, &[role]).await;
            assert_eq!(
                api.get(&meeting).await.status.as_u16(),
                sees_meeting,
                "{role}"
            );
            assert_eq!(api.get(&room).await.status.as_u16(), sees_room, "{role}");
            if sees_meeting == 403 {
                assert_eq!(api.delete(&meeting).await.failed(), (403, "11"));
            }
        }
    }
}
