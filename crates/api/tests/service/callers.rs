//! Who is let in at the booking API.

use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use vdx_domain::ApiRole;
use vdx_store::both_engines;
use vdx_testkit::TestHub;

fn info(hub: &TestHub) -> RequestBuilder {
    hub.http.get(format!("{}/videoapi/v2/info", hub.url))
}

both_engines! {
    async fn nobody_without_a_good_token(test: TestDb) {
        let hub = TestHub::on(test).await;
        let token = hub.token().await;
        for request in [
            info(&hub),
            info(&hub).bearer_auth("rubbish"),
            info(&hub).bearer_auth(format!("{token}x")),
            info(&hub).basic_auth("a", Some("b")),
            info(&hub).header("authorization", "Bearer"),
        ] {
            let reply = request.send().await.unwrap();
            assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
            assert_eq!(reply.headers()["www-authenticate"], "Bearer");
            let body: Value = reply.json().await.unwrap();
            assert_eq!(body["status"], 401);
            assert_eq!(body["path"], "/videoapi/v2/info");
            assert!(body["detailed_error_code"].is_string());
        }
    }

    async fn a_token_without_a_role_of_the_api_is_nobodys(test: TestDb) {
        let hub = TestHub::on(test).await;
        let token = hub
            .token_with(&[ApiRole::ManagementAdmin, ApiRole::Operator])
            .await;
        let reply = info(&hub).bearer_auth(token).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
    }

    async fn a_mere_provisioner_needs_no_organisation(test: TestDb) {
        let hub = TestHub::on(test).await;
        for (role, status) in [
            (ApiRole::MeetingProvisioner, StatusCode::OK),
            (ApiRole::MeetingProvisionerUser, StatusCode::UNAUTHORIZED),
        ] {
            let client = hub.add_client(&[role], None).await;
            let token = hub.token_of(&client).await;
            let reply = info(&hub).bearer_auth(token).send().await.unwrap();
            assert_eq!(reply.status(), status, "{role}");
        }
    }

    async fn a_token_ends(test: TestDb) {
        let hub = TestHub::on(test).await;
        let token = hub.token().await;
        hub.clock.advance(vdx_accounts::Settings::TOKEN_LIFETIME);
        let reply = info(&hub).bearer_auth(token).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
    }

    async fn who_may_not_call_learns_nothing_of_the_input(test: TestDb) {
        let hub = TestHub::on(test).await;
        let meetings = hub.http.post(format!("{}/videoapi/v2/meetings", hub.url));
        let reply = meetings.body("{").send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
    }
}
