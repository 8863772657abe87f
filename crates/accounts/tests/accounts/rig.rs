//! An organisation, a client, and a clock that stands still.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use uuid::Uuid;
use vdx_accounts::registry::{self, RegistryError};
use vdx_accounts::{
    API_ROLES, Accounts, Caller, CallerRefused, Credentials, Grant, Settings, TokenRefused,
    TokenRequest, TrustedIssuer,
};
use vdx_domain::{Agent, ApiRole, ClientId, Clock, OrganisationCode, SystemRandomness};
use vdx_store::api_clients::{self, ApiClient};
use vdx_store::organisations::{self, GroupKind, NewOrganisation};
use vdx_store::testing::TestDb;

/// From where a test asks.
pub(crate) const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Seconds since the epoch at which a test begins.
pub(crate) const BEGIN: i64 = 1_800_000_000;

/// The hub's own name, and an operation of it.
pub(crate) const HUB: &str = "https://hub.example";
pub(crate) const MEETINGS: &str = "https://hub.example/videoapi/v2/meetings";

/// A clock set by hand.
pub(crate) struct HandClock(AtomicI64);

impl HandClock {
    pub(crate) fn at(second: i64) -> Self {
        Self(AtomicI64::new(second))
    }

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
        apis: vec![format!("{HUB}/videoapi")],
        audiences: vec!["https://other.example".to_owned()],
        ..Settings::new(HUB.to_owned())
    }
}

impl Rig {
    pub(crate) async fn new(test: TestDb) -> Self {
        Self::trusting(test, Vec::new()).await
    }

    pub(crate) async fn trusting(test: TestDb, trusted_issuers: Vec<TrustedIssuer>) -> Self {
        let settings = Settings {
            trusted_issuers,
            ..settings()
        };
        Self::with(test, settings).await
    }

    pub(crate) async fn with(test: TestDb, settings: Settings) -> Self {
        let clock = Arc::new(HandClock::at(BEGIN));
        let accounts = open(&test, &clock, settings).await;
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
        let client = ApiClient {
            id: ClientId::generate(),
            name: "test".to_owned(),
            organisation: identity
                .map(|(organisation, _)| OrganisationCode(organisation.to_owned())),
            email: identity.map(|(_, email)| email.to_owned()),
            roles: roles.iter().copied().collect::<BTreeSet<_>>(),
            active: true,
            public: false,
            keys: None,
        };
        let mut tx = self.test.db.begin().await.unwrap();
        api_clients::add(&mut tx, &client, self.clock.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let (_, secret) = self.secret(client.id, None).await.unwrap();
        (client.id, secret)
    }

    /// A client of the one organisation that may book.
    pub(crate) async fn booker(&self) -> (ClientId, String) {
        let identity = Some(("region", "a@region.example"));
        self.client(&[ApiRole::MeetingUser], identity).await
    }

    /// A further secret of a client.
    pub(crate) async fn secret(
        &self,
        client: ClientId,
        expires_at: Option<Timestamp>,
    ) -> Result<(Uuid, String), RegistryError> {
        let mut tx = self.test.db.begin().await.unwrap();
        let now = self.clock.now();
        let (random, agent) = (&SystemRandomness, &operator());
        let added = registry::add_secret(&mut tx, client, expires_at, random, agent, now);
        let (id, secret) = added.await?;
        tx.commit().await.unwrap();
        Ok((id, secret.reveal().to_owned()))
    }

    /// Asks for a token with what a client shows.
    pub(crate) async fn ask(
        &self,
        credentials: Credentials,
        resource: Option<&str>,
    ) -> Result<String, TokenRefused> {
        let request = TokenRequest {
            credentials,
            grant: Grant::ClientCredentials,
            resource: resource.map(str::to_owned),
            address: HERE,
        };
        let issued = self.accounts.token(&request).await?;
        assert_eq!(issued.lifetime, Settings::TOKEN_LIFETIME);
        assert!(issued.refresh_token.is_none() && issued.id_token.is_none());
        Ok(issued.access_token)
    }

    /// Asks with id and secret.
    pub(crate) async fn ask_with(&self, id: &str, secret: &str) -> Result<String, TokenRefused> {
        self.ask(shown(id, secret), None).await
    }

    /// A token of a client with these roles in the one organisation.
    pub(crate) async fn token(&self, roles: &[ApiRole]) -> String {
        let identity = Some(("region", "a@region.example"));
        let (id, secret) = self.client(roles, identity).await;
        self.ask_with(&id.to_string(), &secret).await.unwrap()
    }

    /// Who calls an operation of the booking API with this token.
    pub(crate) async fn caller(&self, token: &str) -> Result<Caller, CallerRefused> {
        self.accounts.caller(token, MEETINGS, &API_ROLES).await
    }
}

/// Who changes the register.
pub(crate) fn operator() -> Agent {
    Agent::hub("test")
}

/// Id and secret as they are shown.
pub(crate) fn shown(id: &str, secret: &str) -> Credentials {
    Credentials::Secret {
        id: id.to_owned(),
        secret: secret.to_owned(),
    }
}

pub(crate) async fn open(test: &TestDb, clock: &Arc<HandClock>, settings: Settings) -> Accounts {
    let clock: Arc<dyn Clock> = clock.clone();
    Accounts::open(
        test.db.clone(),
        &test.sealer,
        settings,
        clock,
        Arc::new(SystemRandomness),
    )
    .await
    .unwrap()
}
