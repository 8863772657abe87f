//! An organisation, a client, and a clock that stands still.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use vdx_accounts::{Accounts, ClientSecret, Settings, TrustedIssuer, hash_secret};
use vdx_domain::{ApiRole, ClientId, Clock, OrganisationCode, SystemRandomness};
use vdx_store::api_clients::{self, ApiClient};
use vdx_store::organisations::{self, GroupKind, NewOrganisation};
use vdx_store::testing::TestDb;

/// Seconds since the epoch at which a test begins.
pub(crate) const BEGIN: i64 = 1_800_000_000;

/// A clock set by hand.
pub(crate) struct HandClock(AtomicI64);

impl HandClock {
    pub(crate) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

pub(crate) struct Rig {
    pub(crate) test: TestDb,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) accounts: Accounts,
}

pub(crate) fn settings() -> Settings {
    Settings {
        issuer: "https://hub.example".to_owned(),
        token_lifetime: Settings::TOKEN_LIFETIME,
        trusted_issuers: Vec::new(),
    }
}

impl Rig {
    pub(crate) async fn new(test: TestDb) -> Self {
        Self::trusting(test, Vec::new()).await
    }

    pub(crate) async fn trusting(test: TestDb, trusted_issuers: Vec<TrustedIssuer>) -> Self {
        let clock = Arc::new(HandClock(AtomicI64::new(BEGIN)));
        let accounts = open(
            &test,
            &clock,
            Settings {
                trusted_issuers,
                ..settings()
            },
        )
        .await;
        let mut tx = test.db.begin().await.unwrap();
        let new = NewOrganisation {
            code: &OrganisationCode("region".to_owned()),
            name: "Region",
            kind: GroupKind::Region,
            parent_group: None,
            pool_size: None,
            allow_custom_uri_without_domain: false,
        };
        organisations::add(&mut tx, new, clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        Self {
            test,
            clock,
            accounts,
        }
    }

    /// A client with these roles; gives id and secret.
    pub(crate) async fn client(
        &self,
        roles: &[ApiRole],
        identity: Option<(&str, &str)>,
    ) -> (ClientId, String) {
        let secret = ClientSecret::draw(&SystemRandomness);
        let client = ApiClient {
            id: ClientId::generate(),
            name: "test".to_owned(),
            secret_hash: hash_secret(secret.reveal(), &SystemRandomness),
            organisation: identity
                .map(|(organisation, _)| OrganisationCode(organisation.to_owned())),
            email: identity.map(|(_, email)| email.to_owned()),
            roles: roles.iter().copied().collect::<BTreeSet<_>>(),
            active: true,
        };
        let mut tx = self.test.db.begin().await.unwrap();
        api_clients::add(&mut tx, &client, self.clock.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        (client.id, secret.reveal().to_owned())
    }

    /// A token of a client with these roles in the one organisation.
    pub(crate) async fn token(&self, roles: &[ApiRole]) -> String {
        let (id, secret) = self
            .client(roles, Some(("region", "a@region.example")))
            .await;
        self.accounts
            .client_token(&id.to_string(), &secret)
            .await
            .unwrap()
            .access_token
    }
}

pub(crate) async fn open(test: &TestDb, clock: &Arc<HandClock>, settings: Settings) -> Accounts {
    let clock: Arc<dyn Clock> = clock.clone();
    Accounts::open(
        test.db.clone(),
        &test.sealer,
        settings,
        clock,
        &SystemRandomness,
    )
    .await
    .unwrap()
}
