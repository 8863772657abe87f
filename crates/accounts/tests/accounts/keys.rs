//! The keys that sign: kept, and followed by new ones without a gap.

use vdx_accounts::{API_ROLES, Accounts, CallerRefused};
use vdx_domain::ApiRole;
use vdx_store::both_engines;

use crate::rig::{BEGIN, MEETINGS, Rig, open, settings};

const DAY: i64 = 24 * 3600;

async fn published(accounts: &Accounts) -> Vec<String> {
    let keys = accounts.jwks().await.keys;
    keys.into_iter()
        .map(|key| key.common.key_id.unwrap())
        .collect()
}

fn signed_by(token: &str) -> String {
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

both_engines! {
    async fn the_keys_of_an_installation_stay_the_same(test: TestDb) {
        let rig = Rig::new(test).await;
        let token = rig.token(&[ApiRole::MeetingUser]).await;
        let again = open(&rig.test, &rig.clock, settings()).await;
        assert_eq!(again.ticket_key(), rig.accounts.ticket_key());
        assert_eq!(again.jwks().await, rig.accounts.jwks().await);
        assert!(again.caller(&token, MEETINGS, &API_ROLES).await.is_ok());
        assert_ne!(again.ticket_key(), [0; 32]);
    }

    async fn programs_that_start_together_have_one_key(test: TestDb) {
        let rig = Rig::new(test).await;
        let mut tx = rig.test.db.begin().await.unwrap();
        vdx_store::Connection::sql(&mut tx, "DELETE FROM signing_keys").execute().await.unwrap();
        tx.commit().await.unwrap();
        let (one, two) = tokio::join!(
            open(&rig.test, &rig.clock, settings()),
            open(&rig.test, &rig.clock, settings()),
        );
        assert_eq!(published(&one).await.len(), 1);
        assert_eq!(published(&one).await, published(&two).await);
    }

    /// A month in the life of two nodes.
    async fn a_key_is_published_before_it_signs_and_kept_until_its_tokens_end(test: TestDb) {
        let rig = Rig::new(test).await;
        let (client, secret) = rig.booker().await;
        let id = client.to_string();
        let other = open(&rig.test, &rig.clock, settings()).await;
        let first = published(&rig.accounts).await;
        rig.clock.forward(29 * DAY - 1);
        rig.accounts.upkeep().await.unwrap();
        assert_eq!(published(&rig.accounts).await, first);

        rig.clock.forward(1);
        rig.accounts.upkeep().await.unwrap();
        other.upkeep().await.unwrap();
        let both = published(&rig.accounts).await;
        assert_eq!(both.len(), 2);
        assert_eq!(published(&other).await, both, "the other node makes none of its own");
        let token = rig.ask_with(&id, &secret).await.unwrap();
        assert_eq!(signed_by(&token), first[0]);

        rig.clock.forward(DAY - 1);
        let last = rig.ask_with(&id, &secret).await.unwrap();
        assert_eq!(signed_by(&last), first[0]);
        rig.clock.forward(1);
        let token = rig.ask_with(&id, &secret).await.unwrap();
        assert_eq!(signed_by(&token), both[1]);
        for token in [&last, &token] {
            assert!(other.caller(token, MEETINGS, &API_ROLES).await.is_ok());
        }

        rig.clock.forward(600 + 3599);
        rig.accounts.upkeep().await.unwrap();
        assert_eq!(published(&rig.accounts).await, both);
        rig.clock.forward(1);
        assert_eq!(published(&rig.accounts).await, both[1..], "over, though not yet removed");
        rig.accounts.upkeep().await.unwrap();
        assert_eq!(published(&open(&rig.test, &rig.clock, settings()).await).await, both[1..]);
    }

    async fn the_operator_can_change_keys(test: TestDb) {
        let rig = Rig::new(test).await;
        let (client, secret) = rig.booker().await;
        let id = client.to_string();
        let (next, from) = rig.accounts.rotate_keys().await.unwrap();
        assert_eq!(from.as_second(), BEGIN + DAY);
        assert_eq!(rig.accounts.rotate_keys().await.unwrap(), (next.clone(), from));
        assert_eq!(published(&rig.accounts).await.len(), 2);
        rig.clock.forward(DAY);
        let token = rig.ask_with(&id, &secret).await.unwrap();
        assert_eq!(signed_by(&token), next);
    }

    async fn after_a_breach_no_token_counts(test: TestDb) {
        let rig = Rig::new(test).await;
        let (client, secret) = rig.booker().await;
        let id = client.to_string();
        let token = rig.ask_with(&id, &secret).await.unwrap();
        // The operator's call is another process.
        let new = open(&rig.test, &rig.clock, settings()).await.replace_keys().await.unwrap();
        rig.clock.forward(60);
        let refused = rig.caller(&token).await.unwrap_err();
        assert!(matches!(refused, CallerRefused::InvalidToken(_)), "{refused}");
        assert_eq!(published(&rig.accounts).await, [new]);
        let token = rig.ask_with(&id, &secret).await.unwrap();
        assert!(rig.caller(&token).await.is_ok());
    }

    async fn a_key_of_another_node_is_learned_from_its_first_token(test: TestDb) {
        let rig = Rig::new(test).await;
        let (client, secret) = rig.booker().await;
        let id = client.to_string();
        let other = open(&rig.test, &rig.clock, settings()).await;
        rig.accounts.replace_keys().await.unwrap();
        let token = rig.ask_with(&id, &secret).await.unwrap();
        rig.clock.forward(1);
        assert!(other.caller(&token, MEETINGS, &API_ROLES).await.is_ok());
    }
}
