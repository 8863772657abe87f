//! The job that hands messages to the gateway, tells organisations what became
//! of them, and forgets whom they went to.
//!
//! One node does it at a time, by lease. Beyond that each message is held while
//! it is written that it will be sent, so that two nodes that both believe they
//! have the lease do not send it twice.

use std::future::Future;
use std::time::Duration;

use futures::future::Shared;
use futures::{FutureExt as _, StreamExt as _, stream};
use jiff::Timestamp;
use vdx_domain::SmsId;
use vdx_store::leases::Lease;
use vdx_store::organisations;
use vdx_store::sms::callbacks::{self, Callback};
use vdx_store::sms::{self, Message};

use crate::callback::{self, NotTold};
use crate::gateway::{Answer, Found, Outgoing};
use crate::journey::{self, Finding, Step};
use crate::{Error, PhoneNumber, Sms};

/// Messages and call-backs taken up at a time.
const BATCH: u32 = 100;
/// Of them at once: gateways allow some tens of connections.
const AT_ONCE: usize = 8;
/// How long messages stand still after the node that sent them died. A batch
/// takes longer at worst, which the hold on each message is for.
const LEASE: Duration = Duration::from_secs(30);
/// Longest sleep: another node may have written a message, or a pause may be over.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);
/// Pause after a failure of the database.
const PAUSE: Duration = Duration::from_secs(2);
/// Between two looks for what is to be forgotten.
const BETWEEN_FORGETTING: Duration = Duration::from_secs(3600);
/// Between two countings of what waits, for those who watch the hub.
const BETWEEN_COUNTS: Duration = Duration::from_secs(5);
/// Messages forgotten at a time.
const FORGOTTEN_AT_ONCE: u32 = 1000;
/// A call-back that was begun and never ended is tried again after this.
const CALLBACK_WITHIN: Duration = Duration::from_secs(60);

/// When what is done now and then is due again.
struct Chores {
    count_at: Timestamp,
    forget_at: Timestamp,
}

impl Default for Chores {
    fn default() -> Self {
        Self {
            count_at: Timestamp::MIN,
            forget_at: Timestamp::MIN,
        }
    }
}

impl Sms {
    /// Sends messages until `shutdown` is done; those that are being handed over
    /// then are waited for, and no other is begun.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let lease = Lease::new("sms", LEASE);
        let mut chores = Chores::default();
        let mut shutdown = shutdown.shared();
        loop {
            let worked = async {
                let done = self.work(&lease, &shutdown).await?;
                self.do_chores(&mut chores).await?;
                Ok::<_, Error>(done)
            };
            let pause = match worked.await {
                Ok(0) => LONGEST_SLEEP,
                Ok(_) => Duration::ZERO,
                Err(error) => {
                    tracing::warn!(%error, "text messages wait for the database; trying again");
                    PAUSE
                }
            };
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                () = self.0.bell.notified(), if pause == LONGEST_SLEEP => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        if let Err(error) = lease.release(self.db()).await {
            tracing::debug!(%error, "the lease of text messages runs out by itself");
        }
    }

    /// Takes up what is due; gives how much it was.
    async fn work<S>(&self, lease: &Lease, shutdown: &Shared<S>) -> Result<usize, Error>
    where
        S: Future<Output = ()>,
    {
        let now = self.now();
        let mut reader = self.db().reader();
        let messages = sms::due(&mut reader, now, BATCH).await?;
        let untold = callbacks::due(&mut reader, now, BATCH).await?;
        let due = messages.len() + untold.len();
        if due == 0 || !lease.hold(self.db(), now).await? {
            return Ok(0);
        }
        let mut failed = None;
        let messages = stream::iter(messages).take_until(shutdown.clone());
        let sending = messages.map(async |id| self.take_up(id).await);
        let mut sending = std::pin::pin!(sending.buffer_unordered(AT_ONCE));
        while let Some(outcome) = sending.next().await {
            failed = failed.or(outcome.err());
        }
        let untold = stream::iter(untold).take_until(shutdown.clone());
        let telling = untold.map(async |callback| self.tell(&callback).await);
        let mut telling = std::pin::pin!(telling.buffer_unordered(AT_ONCE));
        while let Some(outcome) = telling.next().await {
            failed = failed.or(outcome.err());
        }
        failed.map_or(Ok(due), Err)
    }

    async fn do_chores(&self, chores: &mut Chores) -> Result<(), Error> {
        let now = self.now();
        if now >= chores.count_at {
            let waiting = sms::waiting(&mut self.db().reader()).await?;
            self.0.counters.waiting(waiting);
            chores.count_at = journey::later(now, BETWEEN_COUNTS);
        }
        if now >= chores.forget_at {
            self.forget().await?;
            chores.forget_at = journey::later(now, BETWEEN_FORGETTING);
        }
        Ok(())
    }

    async fn take_up(&self, id: SmsId) -> Result<(), Error> {
        let mut tx = self.db().begin().await?;
        let Some(message) = sms::find_and_hold(&mut tx, self.sealer(), id).await? else {
            return Ok(());
        };
        let mut progress = message.progress.clone();
        let gateway = self.0.gateway.name();
        let expires_at = message.summary.expires_at;
        let step = journey::take_up(&mut progress, expires_at, gateway, self.now());
        self.keep(tx, &message, &progress).await?;
        let message = Message {
            progress,
            ..message
        };
        match step {
            Step::Send => self.hand_over(message).await,
            Step::FindOut => self.find_out(message).await,
            Step::Nothing => Ok(()),
        }
    }

    async fn hand_over(&self, message: Message) -> Result<(), Error> {
        let (id, since) = (message.summary.id, message.progress.in_flight_since);
        let (Some(since), Some(outgoing)) = (since, self.outgoing(message)) else {
            return Ok(());
        };
        self.0.counters.attempt();
        let answer = self.0.gateway.send(&outgoing).await;
        if let Answer::NotNow { code, .. } = &answer {
            let gateway = self.0.gateway.name();
            tracing::warn!(gateway, code = code.as_deref(), message = %id, "not taken; trying again");
        }
        let mut tx = self.db().begin().await?;
        let Some(message) = sms::find_and_hold(&mut tx, self.sealer(), id).await? else {
            return Ok(());
        };
        let mut progress = message.progress.clone();
        journey::answered(&mut progress, since, answer, self.randomness(), self.now());
        self.keep(tx, &message, &progress).await
    }

    async fn find_out(&self, message: Message) -> Result<(), Error> {
        let id = message.summary.id;
        // Another gateway than the one that was asked knows nothing of it.
        let finding = if message.progress.gateway == self.0.gateway.name() {
            match self.outgoing(message) {
                Some(outgoing) => self.look_for(&outgoing).await?,
                None => Finding::CannotTell,
            }
        } else {
            Finding::CannotTell
        };
        let mut tx = self.db().begin().await?;
        let Some(message) = sms::find_and_hold(&mut tx, self.sealer(), id).await? else {
            return Ok(());
        };
        let mut progress = message.progress.clone();
        journey::found(&mut progress, finding, self.now());
        self.keep(tx, &message, &progress).await
    }

    /// Of the messages that may be this one, the first that is no other.
    async fn look_for(&self, outgoing: &Outgoing) -> Result<Finding, Error> {
        let candidates = match self.0.gateway.find(outgoing).await {
            Found::Candidates(candidates) => candidates,
            Found::NoAnswer => return Ok(Finding::NoAnswer),
            Found::CannotTell => return Ok(Finding::CannotTell),
        };
        let mut reader = self.db().reader();
        for candidate in candidates {
            if !sms::has_reference(&mut reader, self.0.gateway.name(), &candidate).await? {
                return Ok(Finding::There(candidate));
            }
        }
        Ok(Finding::NotThere)
    }

    /// What the gateway gets to see; `None` when the message was forgotten.
    fn outgoing(&self, message: Message) -> Option<Outgoing> {
        let now = self.now();
        let (summary, progress) = (message.summary, message.progress);
        Some(Outgoing {
            id: summary.id,
            to: PhoneNumber::from_store(message.recipient?),
            text: message.text?,
            encoding: summary.encoding,
            sender: summary.sender,
            valid_for: Duration::try_from(summary.expires_at.duration_since(now))
                .unwrap_or_default(),
            report_url: self.report_url(&progress.gateway, summary.id),
            handed_over_at: progress.in_flight_since.unwrap_or(now),
        })
    }

    async fn tell(&self, callback: &Callback) -> Result<(), Error> {
        let mut tx = self.db().begin().await?;
        let until = journey::later(self.now(), CALLBACK_WITHIN);
        if !callbacks::take(&mut tx, callback, until).await? {
            return Ok(());
        }
        let organisation = organisations::by_code(&mut tx, &callback.organisation).await?;
        tx.commit().await?;
        let url = organisation.and_then(|organisation| organisation.sms_callback_url);
        let told = match url {
            Some(url) => {
                self.0
                    .caller
                    .tell(&url, callback.message, callback.status)
                    .await
            }
            // The organisation does not want to know any more.
            None => Ok(()),
        };
        let mut tx = self.db().begin().await?;
        match told {
            Ok(()) => callbacks::remove(&mut tx, callback.id).await?,
            Err(why) => self.put_off(&mut tx, callback, why).await?,
        }
        tx.commit().await?;
        Ok(())
    }

    async fn put_off(
        &self,
        tx: &mut vdx_store::Tx,
        callback: &Callback,
        why: NotTold,
    ) -> Result<(), Error> {
        let attempts = callback.attempts + 1;
        // An address that leads nowhere leads nowhere later.
        let is_hopeless = matches!(why, NotTold::NoAddress | NotTold::Private);
        if is_hopeless || attempts >= callback::MAX_ATTEMPTS {
            tracing::warn!(
                organisation = %callback.organisation,
                message = %callback.message,
                %why,
                "an organisation's address for text messages was not told"
            );
            self.0.counters.untold();
            return Ok(callbacks::remove(tx, callback.id).await?);
        }
        let pause = journey::pause(
            attempts,
            callback::FIRST_PAUSE,
            callback::LONGEST_PAUSE,
            self.randomness(),
        );
        let next = journey::later(self.now(), pause);
        Ok(callbacks::postpone(tx, callback.id, next).await?)
    }

    /// Empties what is personal in old messages.
    async fn forget(&self) -> Result<(), Error> {
        let before = self
            .now()
            .saturating_sub(self.settings().keep)
            .unwrap_or(Timestamp::MIN);
        loop {
            let mut tx = self.db().begin().await?;
            let forgotten = sms::forget_before(&mut tx, before, FORGOTTEN_AT_ONCE).await?;
            tx.commit().await?;
            if forgotten < u64::from(FORGOTTEN_AT_ONCE) {
                return Ok(());
            }
        }
    }
}
