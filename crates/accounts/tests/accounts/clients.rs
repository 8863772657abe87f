//! Getting tokens with id and secret.

use vdx_accounts::TokenRefused;
use vdx_domain::{ApiRole, ClientId};
use vdx_store::{api_clients, both_engines};

use crate::rig::{Rig, open, settings};

both_engines! {
    async fn the_right_secret_gets_a_token_and_a_wrong_one_does_not(test: TestDb) {
        let rig = Rig::new(test).await;
        let (id, secret) = rig
            .client(&[ApiRole::MeetingUser], Some(("region", "a@region.example")))
            .await;
        let id = id.to_string();
        let issued = rig.accounts.client_token(&id, &secret).await.unwrap();
        assert_eq!(issued.lifetime.as_secs(), 600);
        let unknown = ClientId::generate().to_string();
        for (id, secret) in [
            (id.as_str(), ""),
            (id.as_str(), "wrong"),
            (unknown.as_str(), secret.as_str()),
            ("no id", secret.as_str()),
            ("", ""),
        ] {
            let refused = rig.accounts.client_token(id, secret).await.unwrap_err();
            assert!(matches!(refused, TokenRefused::InvalidClient), "{id} {refused:?}");
        }
    }

    async fn a_client_that_is_shut_out_gets_none(test: TestDb) {
        let rig = Rig::new(test).await;
        let (id, secret) = rig
            .client(&[ApiRole::MeetingUser], Some(("region", "a@region.example")))
            .await;
        let mut tx = rig.test.db.begin().await.unwrap();
        api_clients::set_active(&mut tx, id, false).await.unwrap();
        tx.commit().await.unwrap();
        let refused = rig.accounts.client_token(&id.to_string(), &secret).await;
        assert!(matches!(refused, Err(TokenRefused::InvalidClient)));
    }

    async fn the_keys_of_an_installation_stay_the_same(test: TestDb) {
        let rig = Rig::new(test).await;
        let token = rig.token(&[ApiRole::MeetingUser]).await;
        let again = open(&rig.test, &rig.clock, settings()).await;
        assert_eq!(again.ticket_key(), rig.accounts.ticket_key());
        assert_eq!(again.jwks(), rig.accounts.jwks());
        assert!(again.caller(&token).await.is_ok());
        assert_ne!(again.ticket_key(), [0; 32]);
    }

    async fn nothing_secret_is_in_the_database_in_clear(test: TestDb) {
        let rig = Rig::new(test).await;
        let (_, secret) = rig
            .client(&[ApiRole::MeetingUser], Some(("region", "a@region.example")))
            .await;
        let ticket_key = rig.accounts.ticket_key();
        rig.test.db.close().await;
        for file in std::fs::read_dir(rig.test.folder.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            for clear in [secret.as_bytes(), ticket_key.as_slice(), b"PRIVATE KEY"] {
                assert!(!bytes.windows(clear.len()).any(|window| window == clear));
            }
        }
    }
}
