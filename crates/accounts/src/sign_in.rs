//! People who sign in with a password, and the browsers they are signed in.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;
use uuid::Uuid;
use vdx_domain::{Agent, ApiRole, ClientId};
use vdx_store::client_uris::{self, Purpose};
use vdx_store::users::User;
use vdx_store::{sessions, users};

pub use vdx_store::sessions::Session;

use crate::decision::{Decision, GrantKind};
use crate::password::{hash_password, password_matches};
use crate::throttle::{Throttle, network};
use crate::{Accounts, Error, opaque};

/// How long a session lasts at most: a working day.
pub(crate) const SESSION: SignedDuration = SignedDuration::from_hours(12);
/// How long it lasts without being used.
const IDLE: SignedDuration = SignedDuration::from_hours(2);
/// How exactly it is remembered when it was used.
const USE_IS_NEWS: SignedDuration = SignedDuration::from_mins(1);
/// Passwords checked at a time; each takes 19 MiB and some ten milliseconds.
const CHECKS: usize = 4;
/// How long an attempt waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest user name that is looked at, in bytes.
const MAX_NAME: usize = 200;

/// An attempt to sign in.
pub struct SignIn {
    /// The name, as typed.
    pub username: String,
    /// The password, as typed.
    pub password: String,
    /// From where.
    pub address: IpAddr,
    /// The note the browser keeps from an earlier time.
    pub note: Option<String>,
    /// The session that is open in the browser.
    pub session: Option<Session>,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignIn(…)")
    }
}

/// Somebody who is signed in, at a page of the hub itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The person as the audit trail tells them.
    pub agent: Agent,
    /// All their roles.
    pub roles: BTreeSet<ApiRole>,
}

/// Somebody has signed in.
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The secret by which the browser shows it.
    pub secret: String,
    /// A note for the browser to keep beyond the session.
    pub note: String,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignedIn(…)")
    }
}

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInRefused {
    /// No such user, another password, or shut out: which of them is not told.
    #[error("the user name or the password is wrong")]
    Wrong,
    /// Too many attempts; how long to wait.
    #[error("too many attempts")]
    Wait(Duration),
    /// Too many people sign in at this moment.
    #[error("the hub is busy")]
    Busy,
    /// The hub failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// What an id token says to the page for signing out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignOutHint {
    /// The app that shows it.
    pub client: ClientId,
    /// The session.
    pub session: Uuid,
}

/// Slows down those who try passwords, without keeping out whom they belong to:
/// nobody is shut out for longer than an interval, and strangers from all over
/// the world who try one name slow down each other, but not a browser in which
/// its owner signed in before.
pub(crate) struct SignInLimits {
    /// One name from one network.
    name_here: Throttle,
    /// All names from one network; it may be a whole hospital's.
    here: Throttle,
    /// One name, from browsers that are not known.
    name_anywhere: Throttle,
    /// One name in one browser that is known.
    name_known: Throttle,
    checks: Semaphore,
}

impl SignInLimits {
    pub(crate) fn new() -> Self {
        let seconds = SignedDuration::from_secs;
        Self {
            name_here: Throttle::new(10, seconds(30)),
            here: Throttle::new(100, seconds(3)),
            name_anywhere: Throttle::new(50, seconds(60)),
            name_known: Throttle::new(10, seconds(30)),
            checks: Semaphore::new(CHECKS),
        }
    }

    /// Counts an attempt as if it were wrong.
    fn take(&self, attempt: &Attempt<'_>, now: Timestamp) -> Result<(), Duration> {
        let Attempt {
            name,
            network,
            browser,
        } = *attempt;
        match browser {
            Some(browser) => self.name_known.take((name, browser), now),
            None => {
                self.here.take(network, now)?;
                self.name_here.take((name, network), now)?;
                self.name_anywhere.take(name, now)
            }
        }
    }

    /// It was right.
    fn give_back(&self, attempt: &Attempt<'_>) {
        let Attempt {
            name,
            network,
            browser,
        } = *attempt;
        match browser {
            Some(browser) => self.name_known.give_back((name, browser)),
            None => {
                self.here.give_back(network);
                self.name_here.give_back((name, network));
                self.name_anywhere.give_back(name);
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Attempt<'a> {
    name: &'a str,
    network: u128,
    browser: Option<[u8; 16]>,
}

/// The hash of a password nobody has: names that do not exist take as long as
/// those that do.
static NOBODYS: LazyLock<String> =
    LazyLock::new(|| hash_password(&Uuid::new_v4().to_string()).unwrap_or_default());

/// Does the slow part of it before anybody waits for it.
pub(crate) fn prepare() {
    LazyLock::force(&NOBODYS);
}

impl Accounts {
    /// Signs somebody in.
    ///
    /// # Errors
    /// See [`SignInRefused`].
    pub async fn sign_in(&self, sign_in: &SignIn) -> Result<SignedIn, SignInRefused> {
        let mut decision = Decision::new(GrantKind::SignIn, sign_in.address);
        let outcome = self.try_sign_in(sign_in, &mut decision).await;
        let reason = outcome.as_ref().err().and_then(|refused| match refused {
            SignInRefused::Failed(_) => None,
            refused => Some(refused.to_string()),
        });
        if outcome.is_ok() || reason.is_some() {
            self.decided(&decision, reason.as_deref()).await?;
        }
        outcome
    }

    async fn try_sign_in(
        &self,
        sign_in: &SignIn,
        decision: &mut Decision,
    ) -> Result<SignedIn, SignInRefused> {
        let now = self.0.clock.now();
        let name = sign_in.username.trim();
        let user = self.user_named(name).await?;
        decision.user(user.as_ref());
        let browser = user.as_ref().zip(sign_in.note.as_ref());
        let attempt = Attempt {
            name,
            network: network(sign_in.address),
            browser: browser.and_then(|(user, note)| self.0.browsers.number(note, user.id)),
        };
        let limits = &self.0.sign_in_limits;
        limits.take(&attempt, now).map_err(SignInRefused::Wait)?;
        let right = self.is_password(user.as_ref(), &sign_in.password).await?;
        let user = user.filter(|user| right && user.active);
        let user = user.ok_or(SignInRefused::Wrong)?;
        limits.give_back(&attempt);
        Ok(self
            .open_session(&user, sign_in.session.as_ref(), now)
            .await?)
    }

    async fn user_named(&self, name: &str) -> Result<Option<User>, Error> {
        // What cannot be a name is looked up as one that does not exist.
        let name = match name {
            name if name.len() <= MAX_NAME && !name.contains(char::is_control) => name,
            _ => "",
        };
        Ok(users::by_username(&mut self.0.db.reader(), name).await?)
    }

    /// Whether it is the user's password; as slow where there is no user.
    async fn is_password(&self, user: Option<&User>, attempt: &str) -> Result<bool, SignInRefused> {
        let hash = user.map_or_else(|| NOBODYS.clone(), |user| user.password_hash.clone());
        let attempt = attempt.to_owned();
        let turn = tokio::time::timeout(PATIENCE, self.0.sign_in_limits.checks.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(SignInRefused::Busy);
        };
        tokio::task::spawn_blocking(move || password_matches(&hash, &attempt))
            .await
            .map_err(|_| SignInRefused::Busy)
    }

    /// The same session under a new secret where the same person signed in
    /// once more; otherwise a new one, in the place of the other person's.
    async fn open_session(
        &self,
        user: &User,
        open: Option<&Session>,
        now: Timestamp,
    ) -> Result<SignedIn, Error> {
        let randomness = self.0.randomness.as_ref();
        let secret = opaque::draw(randomness);
        let same = open.filter(|open| open.user == user.id);
        let session = Session {
            id: same.map_or_else(Uuid::new_v4, |same| same.id),
            user: user.id,
            signed_in_at: now,
            seen_at: now,
            expires_at: now + SESSION,
        };
        let mut tx = self.0.db.begin().await?;
        match open {
            Some(open) if same.is_none() => sessions::end(&mut tx, open.id).await?,
            Some(open) => sessions::remove(&mut tx, open.id).await?,
            None => {}
        }
        sessions::add(&mut tx, &session, &opaque::hash(&secret)).await?;
        tx.commit().await?;
        Ok(SignedIn {
            session,
            secret,
            note: self.0.browsers.note(user.id, randomness),
        })
    }

    /// The session a browser shows this secret for, if it still lasts.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn session(&self, secret: &str) -> Result<Option<Session>, Error> {
        let now = self.0.clock.now();
        let hash = opaque::hash(secret);
        let session = sessions::by_secret(&mut self.0.db.reader(), &hash).await?;
        let lasts = |session: &Session| {
            now < session.expires_at && now.duration_since(session.seen_at) < IDLE
        };
        let Some(session) = session.filter(lasts) else {
            return Ok(None);
        };
        if now.duration_since(session.seen_at) >= USE_IS_NEWS {
            let mut tx = self.0.db.begin().await?;
            sessions::seen(&mut tx, session.id, now).await?;
            tx.commit().await?;
        }
        Ok(Some(session))
    }

    /// Who is signed in with this session, at this address; `None` when they
    /// may not sign in any more.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn person(
        &self,
        session: &Session,
        address: IpAddr,
    ) -> Result<Option<Person>, Error> {
        let user = users::by_id(&mut self.0.db.reader(), session.user).await?;
        Ok(user.filter(|user| user.active).map(|user| Person {
            agent: Agent {
                id: format!("user:{}", user.id),
                email: Some(user.email),
                organisation: Some(user.organisation),
                address: Some(address),
            },
            roles: user.roles,
        }))
    }

    /// Signs a browser out: its session ends, and everything that was given to
    /// clients in it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn sign_out(&self, session: Uuid) -> Result<(), Error> {
        let mut tx = self.0.db.begin().await?;
        sessions::end(&mut tx, session).await?;
        Ok(tx.commit().await?)
    }

    /// Which session of which app an id token of this hub is from, ended or not.
    pub async fn sign_out_hint(&self, id_token: &str) -> Option<SignOutHint> {
        let now = self.0.clock.now();
        let (client, session) = self.0.tokens.session_of_id_token(id_token, now).await?;
        Some(SignOutHint { client, session })
    }

    /// Whether people may be sent to this address of an app after signing out.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn is_sign_out_target(&self, client: ClientId, uri: &str) -> Result<bool, Error> {
        let mut reader = self.0.db.reader();
        let uris = client_uris::of(&mut reader, client, Purpose::Logout).await?;
        Ok(uris.iter().any(|one| one == uri))
    }

    /// A random text for a browser to keep while a form is open in it.
    #[must_use]
    pub fn form_cookie(&self) -> String {
        opaque::draw(self.0.randomness.as_ref())
    }

    /// What a form must hold that is made for the browser with this cookie.
    #[must_use]
    pub fn form_token(&self, cookie: &str) -> String {
        self.0.browsers.form_token(cookie)
    }

    /// Whether a form was made for the browser with this cookie, so that no
    /// other page filled it in.
    #[must_use]
    pub fn is_form_token(&self, cookie: &str, token: &str) -> bool {
        self.0.browsers.is_form_token(cookie, token)
    }
}
