//! A fault in one conference ends that conference and touches no other.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use jiff::Timestamp;

use super::Inner;
use super::journal::Entry;
use super::live::{Live, State};

/// What was thrown, with nothing left to do but to pass it on.
pub(super) struct Fault(Box<dyn std::any::Any + Send>);

impl Fault {
    /// Throws on what was caught, for the caller's own edge to answer.
    pub(super) fn rethrow(self) -> ! {
        resume_unwind(self.0)
    }
}

impl Inner {
    /// Gives a conference an input and carries out what follows. What it throws
    /// ends the conference: half of a change may have been made.
    pub(super) fn input<T>(
        &self,
        live: &Arc<Live>,
        now: Timestamp,
        input: impl FnOnce(&mut State) -> T,
    ) -> Result<T, Fault> {
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            let mut state = live.lock();
            let answer = input(&mut state);
            self.carry_out(&mut state, now);
            answer
        }));
        attempt.map_err(|thrown| {
            self.abandon(live, now);
            Fault(thrown)
        })
    }

    /// Everybody is out and finds out by the end of its events; whoever comes
    /// again finds a new conference.
    fn abandon(&self, live: &Arc<Live>, now: Timestamp) {
        tracing::error!(conference = %live.id, "a conference was ended by a fault");
        let mut registry = self.registry.lock();
        registry.by_id.remove(&live.id);
        registry.by_room.retain(|_, other| other.id != live.id);
        drop(registry);
        live.lock().end_all_events();
        self.engine.close_conference(live.id);
        self.revivals.lock().end(live.id);
        self.journal.put(now, Entry::Over(live.id));
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use jiff::tz::TimeZone;
    use tokio::time::{Duration, timeout};
    use vdx_domain::{ParticipantRole, Room, SystemClock, SystemRandomness};
    use vdx_media::{Config, Engine};
    use vdx_store::{DatabaseUrl, Db};

    use super::super::{Conferences, Entered, Parts, media_channel};
    use crate::DisplayName;
    use crate::capacity::Limits;
    use crate::state::{Newcomer, Timers};
    use crate::testing::room;

    struct Rig {
        conferences: Conferences,
        engine: Engine,
        _folder: tempfile::TempDir,
    }

    impl Rig {
        async fn start() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let url = format!("sqlite://{}", folder.path().join("vdx.db").display());
            let url = DatabaseUrl::parse(&url, folder.path()).unwrap();
            let (sink, events) = media_channel();
            let config = Config {
                listen: (Ipv4Addr::LOCALHOST, 0).into(),
                announce: Vec::new(),
                loopback: true,
                threads: 1,
                max_calls: 10,
                consent_timeout: Duration::from_secs(20),
            };
            let engine = Engine::start(&config, move |event| sink.put(event)).unwrap();
            let parts = Parts {
                engine: engine.clone(),
                events,
                db: Db::open(&url, &SystemClock).await.unwrap(),
                clock: std::sync::Arc::new(SystemClock),
                randomness: std::sync::Arc::new(SystemRandomness),
                key: [7; 32],
                timers: Timers::default(),
                limits: Limits::default(),
                time_zone: TimeZone::UTC,
            };
            Self {
                conferences: Conferences::start(parts).await.unwrap(),
                engine,
                _folder: folder,
            }
        }

        fn enter(&self, room: &Room) -> Entered {
            let newcomer = Newcomer {
                name: DisplayName::parse("A").unwrap(),
                role: ParticipantRole::Host,
                direct_chat: false,
                direct_media: false,
            };
            self.conferences
                .enter(room.clone(), room.address.clone(), newcomer)
                .unwrap()
        }

        fn is_good(&self, entered: &Entered, room: &Room) -> bool {
            let session = self
                .conferences
                .session(&entered.issued.token, &room.address);
            session.is_ok()
        }
    }

    impl Drop for Rig {
        fn drop(&mut self) {
            self.engine.stop();
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_fault_in_one_conference_leaves_the_others_and_the_time_running() {
        let rig = Rig::start().await;
        let (bad, good) = (room(), room());
        let (lost, stays) = (rig.enter(&bad), rig.enter(&good));
        let mut told = lost.session.subscribe(None).unwrap();
        let inner = &rig.conferences.0;
        let fault = inner.input(&lost.session.live, inner.clock.now(), |_| {
            panic!("a fault made by this test");
        });
        assert!(fault.is_err());

        assert!(!rig.is_good(&lost, &bad) && rig.is_good(&stays, &good));
        assert!(stays.session.roster().is_ok());
        let end = async { while told.next().await.is_some() {} };
        timeout(Duration::from_secs(60), end)
            .await
            .expect("the events end");
        drop(told);
        inner.tick();
        assert_eq!(rig.conferences.counts().conferences, 1);
        let again = rig.enter(&bad);
        assert!(rig.is_good(&again, &bad));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_does_not_read_its_events_is_cut_off_and_the_others_are_told() {
        let rig = Rig::start().await;
        let room = room();
        let (deaf, hears) = (rig.enter(&room), rig.enter(&room));
        // Each does no more than one may.
        let acts = 3 * super::super::live::QUEUE;
        let most = crate::state::ACT_BURST as usize;
        let actors: Vec<_> = (0..acts.div_ceil(most)).map(|_| rig.enter(&room)).collect();
        let mut unread = deaf.session.subscribe(None).unwrap();
        let mut read = hears.session.subscribe(None).unwrap();
        for n in 0..acts {
            let (actor, off) = (&actors[n / most].session, n % 2 == 0);
            let muted = actor.mute(actor.participant(), crate::state::Mute::Audio, off);
            muted.unwrap();
            timeout(Duration::from_secs(60), read.next())
                .await
                .expect("it is told")
                .unwrap();
        }
        let mut left = 0;
        while timeout(Duration::from_secs(60), unread.next())
            .await
            .expect("an end")
            .is_some()
        {
            left += 1;
        }
        assert!(left <= super::super::live::QUEUE, "{left} events were kept");
    }
}
