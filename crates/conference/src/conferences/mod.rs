//! The conferences of this node, with clocks, queues, media engine and database
//! around them.
//!
//! Each conference is behind a lock of its own that is held for the length of
//! one input and never across an `await`. What follows from an input (events,
//! slot tables, records) is handed on under that lock, so everybody learns things
//! in the order they happened; handing on never blocks.

mod calls;
mod connection_tests;
mod direct;
mod fault;
mod figures;
mod journal;
mod live;
mod media;
mod occupancy;
mod records;
mod revivals;
mod session;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;
use vdx_domain::{Clock, ConferenceId, LegEnd, Randomness, Room, RoomAddress, RoomKey};
use vdx_media::{Engine, ThreadLife};
use vdx_store::pin_tries::{self, PinTries};
use vdx_store::{Db, Error, live_conferences, standings};

use crate::admission::PinAnswer;
use crate::capacity::{Capacity, Limits};
use crate::door::{Answer, Door};
use crate::meter::Meter;
use crate::state::{Conference, Newcomer, Refused, Timers, Waiting};
use crate::token::{Claims, InvalidToken, Signer, Validity};
use crate::tries::{Used, WrongTries};

pub use calls::{CallAnswer, CallError, ShownPicture, SlotWishes, Way};
use connection_tests::TestRooms;
pub use connection_tests::{BegunTest, TEST_LIFETIME, TestRefused, TestTold};
use figures::QualityTotals;
pub use figures::{LiveCall, MonthFigures, ParticipantFigures, QualitySeconds};
use journal::{Entry, Journal};
use live::Live;
pub use live::{EventId, InvalidEventId, REPLAY, ToldEvent};
pub use media::{MediaEvents, MediaSink, media_channel};
use occupancy::RefusalCounts;
pub use occupancy::{Occupancy, Refusals};
use records::Job;
use revivals::{Revivals, Taken};
pub use session::{Issued, Session, Subscription};

/// How often conferences look at the time.
const TICK: Duration = Duration::from_secs(1);

/// Everything the conferences need.
pub struct Parts {
    /// The media engine.
    pub engine: Engine,
    /// What the engine tells: the other end of the sink it was started with.
    pub events: MediaEvents,
    /// Where call records are kept.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where secret addresses come from.
    pub randomness: Arc<dyn Randomness>,
    /// The installation's secret that signs tokens and tickets.
    pub key: [u8; 32],
    /// How long things may stay as they are.
    pub timers: Timers,
    /// How much this node may use.
    pub limits: Limits,
    /// By which days are counted.
    pub time_zone: TimeZone,
}

/// The live rooms of this node. Cheap to clone.
#[derive(Clone)]
pub struct Conferences(Arc<Inner>);

impl std::fmt::Debug for Conferences {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Conferences(…)")
    }
}

struct Inner {
    engine: Engine,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    timers: Timers,
    signer: Signer,
    door: Door,
    journal: Journal,
    /// Locked before a conference's own lock where both are needed.
    registry: Mutex<Registry>,
    /// Locked last.
    revivals: Mutex<Revivals>,
    records: mpsc::Sender<Job>,
    db: Db,
    /// Locked after a conference's own lock, for a moment.
    meter: Mutex<Meter>,
    capacity: Mutex<Capacity>,
    refusals: RefusalCounts,
    quality: QualityTotals,
    tests: Mutex<TestRooms>,
    /// Nobody new comes in.
    closing: AtomicBool,
}

#[derive(Default)]
struct Registry {
    by_room: HashMap<RoomKey, Arc<Live>>,
    by_id: HashMap<ConferenceId, Arc<Live>>,
}

/// How much is going on. Connection tests do not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Conferences somebody is in.
    pub conferences: usize,
    /// Participants in or waiting.
    pub participants: usize,
}

/// Somebody who was let in.
#[derive(Debug)]
pub struct Entered {
    /// What the participant does from here on.
    pub session: Session,
    /// The first token.
    pub issued: Issued,
    /// Not inside yet: no host has come, or the room is locked.
    pub waiting: bool,
    /// Its client is to try direct media.
    pub direct_media: bool,
}

impl Conferences {
    /// Starts, within a tokio runtime: the tasks that follow the media engine,
    /// the time, and the writing of call records. Wrong PINs tried before a
    /// restart still count, and who was in a conference then may come back.
    ///
    /// # Errors
    /// [`Error::Engine`] when the database cannot be read.
    pub async fn start(parts: Parts) -> Result<Self, Error> {
        let now = parts.clock.now();
        let tried = pin_tries::all(&mut parts.db.reader(), now).await?;
        let tried = tried
            .into_iter()
            .map(|tries| (tries.room, Used::until(tries.whole_again)));
        let mut reader = parts.db.reader();
        let revivals = Revivals::new(
            now,
            live_conferences::all(&mut reader).await?,
            live_conferences::departures(&mut reader, now).await?,
            standings::all(&mut reader).await?,
        );
        let (records, jobs) = mpsc::channel(records::QUEUE);
        let signer = Signer::new(&parts.key);
        let conferences = Self(Arc::new(Inner {
            engine: parts.engine,
            db: parts.db.clone(),
            meter: Mutex::new(Meter::new(parts.time_zone, parts.clock.now())),
            capacity: Mutex::new(Capacity::new(parts.limits)),
            refusals: RefusalCounts::default(),
            quality: QualityTotals::default(),
            tests: Mutex::default(),
            clock: parts.clock,
            randomness: parts.randomness,
            timers: parts.timers,
            door: Door::new(signer.clone(), WrongTries::restored(tried)),
            signer,
            journal: Journal::start(parts.db.clone()),
            registry: Mutex::default(),
            revivals: Mutex::new(revivals),
            records,
            closing: AtomicBool::new(false),
        }));
        tokio::spawn(records::write(parts.db, jobs));
        tokio::spawn(media::follow(Arc::downgrade(&conferences.0), parts.events));
        tokio::spawn(keep_time(Arc::downgrade(&conferences.0)));
        tokio::spawn(figures::keep_peaks(Arc::downgrade(&conferences.0)));
        tokio::spawn(connection_tests::forget_old(Arc::downgrade(&conferences.0)));
        Ok(conferences)
    }

    /// Whether somebody may enter a room, and as what. Wrong PINs are counted
    /// against the room and the address; after too many, PINs are refused unread.
    /// What a wrong PIN used up is on disk before the answer is known.
    pub async fn admit(
        &self,
        room: &Room,
        ticket: Option<&str>,
        pin: PinAnswer<'_>,
        address: IpAddr,
    ) -> Answer {
        let now = self.0.clock.now();
        let decided = self.0.door.admit(now, room, ticket, pin, address);
        if let Some(counted) = decided.counted {
            if counted.used_up {
                tracing::warn!(room = %room.key, "too many wrong PINs: PINs of this room are not read for a while");
            }
            let tries = PinTries {
                room: room.key,
                whole_again: counted.room.whole_again(),
            };
            self.0.journal.put(now, Entry::PinTries(tries));
            self.0.journal.written().await;
        }
        decided.answer
    }

    /// Lets somebody in whom [`Conferences::admit`] has found a role for.
    ///
    /// # Errors
    /// [`Refused::Full`], [`Refused::NoCapacity`], [`Refused::Closing`].
    pub fn enter(
        &self,
        room: Room,
        alias: RoomAddress,
        newcomer: Newcomer,
    ) -> Result<Entered, Refused> {
        if self.0.closing.load(Ordering::Relaxed) {
            return Err(self.0.refuse(Refused::Closing));
        }
        let now = self.0.clock.now();
        let key = room.key;
        let Newcomer {
            name,
            role,
            direct_chat,
            direct_media,
        } = newcomer.clone();
        let (live, joined) = {
            let mut registry = self.0.registry.lock();
            let begins = key.is_test() || !registry.is_anybody_in(key);
            if !self.0.has_room_for(begins) {
                return Err(self.0.refuse(Refused::NoCapacity));
            }
            let live = registry.of_room(now, &room, &self.0);
            let mut state = live.lock();
            let joined = state.conference.join(now, room, newcomer);
            let joined = joined.and_then(|joined| {
                let direct = state.conference.offers_direct(joined.participant)?;
                Ok((joined, direct))
            });
            self.0.carry_out(&mut state, now);
            drop(state);
            (live, joined)
        };
        let (joined, offers_direct) = joined.map_err(|refused| self.0.refuse(refused))?;
        let session = Session::new(
            self.clone(),
            live.clone(),
            Claims {
                participant: joined.participant,
                conference: live.id,
                room: key,
                alias,
                role,
                name,
                direct_chat,
                direct_media,
                joined_at: now,
                waiting: joined.waiting,
                expires_at: now,
            },
        );
        Ok(Entered {
            issued: session.issue(now, role, joined.waiting),
            session,
            waiting: joined.waiting,
            direct_media: offers_direct,
        })
    }

    /// The session of a participant's token, asked for at `alias`.
    ///
    /// # Errors
    /// [`InvalidToken`] when it is not ours, has expired, belongs to another
    /// address, or its participant is out.
    pub fn session(&self, token: &str, alias: &RoomAddress) -> Result<Session, InvalidToken> {
        let claims = self.0.signer.read_participant(self.0.clock.now(), token)?;
        if claims.alias.folded() != alias.folded() {
            return Err(InvalidToken);
        }
        let live = self
            .0
            .registry
            .lock()
            .by_id
            .get(&claims.conference)
            .cloned()
            .ok_or(InvalidToken)?;
        if !live.lock().conference.has(claims.participant) {
            return Err(InvalidToken);
        }
        Ok(Session::new(self.clone(), live, claims))
    }

    /// Whether a token is of somebody who was in the room at `alias` when the hub
    /// went down, and may come back.
    #[must_use]
    pub fn awaits(&self, token: &str, alias: &RoomAddress) -> bool {
        let now = self.0.clock.now();
        self.returning(now, token, alias)
            .is_some_and(|claims| self.0.revivals.lock().awaits(now, &claims))
    }

    fn returning(&self, now: Timestamp, token: &str, alias: &RoomAddress) -> Option<Claims> {
        let claims = self.0.signer.read_participant(now, token).ok()?;
        let is_good = claims.alias.folded() == alias.folded();
        (is_good && !self.0.closing.load(Ordering::Relaxed)).then_some(claims)
    }

    /// Lets somebody back into `room`, which is the one at `alias` now, who was in
    /// it when the hub went down: once, as whom the token says.
    ///
    /// # Errors
    /// [`InvalidToken`] when nobody of that name is awaited (any more).
    pub fn come_back(
        &self,
        token: &str,
        alias: &RoomAddress,
        room: Room,
    ) -> Result<Session, InvalidToken> {
        let now = self.0.clock.now();
        let claims = self.returning(now, token, alias).ok_or(InvalidToken)?;
        if claims.room != room.key {
            return Err(InvalidToken);
        }
        let live = {
            let mut registry = self.0.registry.lock();
            let taken = self.0.revivals.lock().take(now, &claims);
            if let Some(Taken { standing }) = taken {
                let live = registry.of_room(now, &room, &self.0);
                let mut state = live.lock();
                let back = state.conference.come_back(now, room, &claims, standing);
                self.0.carry_out(&mut state, now);
                drop(state);
                back.map_err(|_| InvalidToken)?;
                live
            } else {
                // Two of its requests came at the same time.
                let live = registry.by_id.get(&claims.conference).cloned();
                live.ok_or(InvalidToken)?
            }
        };
        if live.id != claims.conference || !live.lock().conference.has(claims.participant) {
            return Err(InvalidToken);
        }
        Ok(Session::new(self.clone(), live, claims))
    }

    /// Returns when what has happened so far would outlive a restart: who was put
    /// out stays out, and who was muted stays so.
    pub async fn kept(&self) {
        self.0.journal.written().await;
    }

    /// A meeting was changed at `changed_at` and ends then. If people are in its
    /// room on this node, the room closes at the new end, or at once when that is
    /// not ahead.
    pub fn move_end(&self, room: RoomKey, ends_at: Timestamp, changed_at: Option<Timestamp>) {
        let live = self.0.registry.lock().by_room.get(&room).cloned();
        if let Some(live) = live {
            let now = self.0.clock.now();
            let mut state = live.lock();
            state.conference.move_end(now, ends_at, changed_at);
            self.0.carry_out(&mut state, now);
        }
    }

    /// Who waits at the door of `room` now, the first first; at most `limit`. Only
    /// for those whom the door would let in as hosts.
    #[must_use]
    pub fn at_the_door(&self, room: RoomKey, limit: usize) -> Vec<Waiting> {
        let live = self.0.registry.lock().by_room.get(&room).cloned();
        live.map_or_else(Vec::new, |live| {
            live.lock().conference.at_the_door().take(limit).collect()
        })
    }

    /// A ticket: lets its holder into `room` as a guest without a PIN.
    #[must_use]
    pub fn ticket(&self, room: RoomKey, validity: Validity) -> String {
        self.0.signer.ticket(room, validity)
    }

    /// A host's ticket: lets its holder into `room` as a host without a PIN, at
    /// most until the room gets another host PIN.
    #[must_use]
    pub fn host_ticket(&self, room: &Room, validity: Validity) -> String {
        self.0.signer.host_ticket(room, validity)
    }

    /// Waits until the media engine has answered; `false` when it cannot. The
    /// caller says how long to wait.
    pub async fn is_media_alive(&self) -> bool {
        self.0.engine.is_alive().await
    }

    /// Signs of life of the media threads.
    #[must_use]
    pub fn media_threads(&self) -> Vec<ThreadLife> {
        self.0.engine.threads()
    }

    /// How much is going on.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for live in self.0.lives() {
            let state = live.lock();
            if !state.conference.room().key.is_test() {
                counts.conferences += 1;
                counts.participants += state.conference.participant_count();
            }
        }
        counts
    }

    /// From now on nobody new comes in; those inside stay.
    pub fn close_doors(&self) {
        self.0.closing.store(true, Ordering::Relaxed);
    }

    /// Puts everybody out and writes what there is to write, waiting at most
    /// `patience` for the media engine's last numbers and the database each.
    pub async fn shut_down(&self, patience: Duration) {
        let now = self.0.clock.now();
        for live in self.0.lives() {
            let mut state = live.lock();
            state.conference.disconnect_all(now, LegEnd::Shutdown);
            self.0.carry_out(&mut state, now);
        }
        let emptied = async {
            while !self.0.lives().is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
                self.0.sweep();
            }
        };
        if tokio::time::timeout(patience, emptied).await.is_err() {
            tracing::warn!("stopping without the last numbers of some calls");
        }
        let kept = async {
            self.flush().await;
            self.0.keep_peaks_now().await;
        };
        if tokio::time::timeout(patience, kept).await.is_err() {
            tracing::error!("stopping with call records unwritten");
        }
    }

    /// Returns when all call records handed over so far are written.
    pub async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.0.records.send(Job::Flush(done)).await.is_ok() {
            // An error means that the writer is gone, and nothing to wait for.
            written.await.unwrap_or(());
        }
    }
}

impl Registry {
    fn is_anybody_in(&self, room: RoomKey) -> bool {
        let live = self.by_room.get(&room);
        live.is_some_and(|live| live.lock().conference.participant_count() > 0)
    }

    fn of_room(&mut self, now: Timestamp, room: &Room, inner: &Inner) -> Arc<Live> {
        if let Some(live) = self.by_room.get(&room.key) {
            return live.clone();
        }
        let before = inner.revivals.lock().continue_in(now, room.key);
        let continues = before.is_some();
        let conference = Conference::continued(now, before, room.clone());
        let live = Arc::new(Live::new(conference.with_timers(inner.timers)));
        tracing::info!(conference = %live.id, room = %room.key, continues, "a conference begins");
        self.by_room.insert(room.key, live.clone());
        self.by_id.insert(live.id, live.clone());
        live
    }
}

impl Inner {
    fn lives(&self) -> Vec<Arc<Live>> {
        self.registry.lock().by_id.values().cloned().collect()
    }

    fn live(&self, id: ConferenceId) -> Option<Arc<Live>> {
        self.registry.lock().by_id.get(&id).cloned()
    }

    fn tick(&self) {
        let now = self.clock.now();
        for live in self.lives() {
            // A fault has been told and has ended its conference.
            let _ = self.input(&live, now, |state| state.conference.tick(now));
        }
        for forgotten in self.revivals.lock().expire(now) {
            self.journal.put(now, Entry::Over(forgotten));
        }
        self.sweep();
    }

    /// Drops the conferences nobody is in.
    fn sweep(&self) {
        let now = self.clock.now();
        let mut registry = self.registry.lock();
        let over: Vec<ConferenceId> = registry
            .by_id
            .values()
            .filter(|live| live.lock().conference.is_over())
            .map(|live| live.id)
            .collect();
        for id in over {
            if let Some(live) = registry.by_id.remove(&id) {
                let room = live.lock().conference.room().key;
                registry.by_room.remove(&room);
                self.revivals.lock().end(id);
                self.journal.put(now, Entry::Over(id));
                self.engine.close_conference(id);
                tracing::info!(conference = %id, %room, "a conference is over");
            }
        }
    }
}

/// Looks at the time until the conferences are gone.
async fn keep_time(inner: std::sync::Weak<Inner>) {
    let mut timer = tokio::time::interval(TICK);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        timer.tick().await;
        let Some(inner) = inner.upgrade() else { return };
        inner.tick();
    }
}
