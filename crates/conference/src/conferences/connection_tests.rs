//! Connection tests: a room of its own for one visitor, for as long as a test
//! takes, and what the visitor's page found, for those who help.

use std::collections::HashMap;
use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::time::MissedTickBehavior;
use vdx_domain::{Randomness, Room, RoomAddress, RoomKey, TestReference};
use vdx_store::connection_tests::{self, ConnectionTest};
use vdx_store::{Db, Error};

use super::{Conferences, Inner};
use crate::token::Validity;

/// How long the room of a test is open.
pub const TEST_LIFETIME: SignedDuration = SignedDuration::from_secs(120);

/// How long what was found may still be told, from the beginning of the test:
/// whoever has a bad network needs several tries.
const TELL_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// Most tests at once. A test sends and receives about 2 Mbit/s for ten seconds.
const MAX_TESTS: usize = 50;

/// References drawn until one is free; a taken one is a chance of one in
/// thousands.
const DRAWS: usize = 8;

/// How long a test is kept.
const KEEP: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How often it is looked for tests that were kept long enough.
const FORGET_EVERY: Duration = Duration::from_secs(3600);

/// A test that began.
pub struct BegunTest {
    /// What it is looked up by.
    pub reference: TestReference,
    /// The address of its room: whoever knows it is in.
    pub address: RoomAddress,
    /// Proves that what was found is told by the page that tested.
    pub ticket: String,
}

/// Why no test begins.
#[derive(Debug, thiserror::Error)]
pub enum TestRefused {
    /// Too many at once, or the node is nearly full, or it stops.
    #[error("no test can be made now")]
    Busy,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Error),
}

/// What became of results that were told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestTold {
    /// They are kept, or were before.
    Kept,
    /// Others were told before.
    Different,
    /// There is no such test, or it was not the teller's.
    Unknown,
}

/// The rooms of tests that are open, by their addresses in lower case.
#[derive(Debug, Default)]
pub(super) struct TestRooms(HashMap<String, Room>);

impl TestRooms {
    /// Opens the room; `false` when there are too many.
    fn open(&mut self, now: Timestamp, room: Room) -> bool {
        self.0.retain(|_, room| is_open(room, now));
        if self.0.len() >= MAX_TESTS {
            return false;
        }
        self.0.insert(room.address.folded(), room);
        true
    }

    fn at(&self, now: Timestamp, address: &RoomAddress) -> Option<Room> {
        let room = self.0.get(&address.folded());
        room.filter(|room| is_open(room, now)).cloned()
    }

    /// The test is over: others may begin.
    fn close(&mut self, reference: TestReference) {
        self.0
            .retain(|_, room| room.key != RoomKey::Test(reference));
    }
}

fn is_open(room: &Room, now: Timestamp) -> bool {
    room.ends_at.is_some_and(|end| now < end)
}

impl Conferences {
    /// Begins a test: a room, a reference, and a row that says so.
    ///
    /// # Errors
    /// [`TestRefused`].
    pub async fn begin_test(&self) -> Result<BegunTest, TestRefused> {
        let inner = &self.0;
        let now = inner.clock.now();
        // A test counts as one that begins a conference: meetings go first.
        if inner.closing.load(Ordering::Relaxed) || !inner.has_room_for(true) {
            return Err(TestRefused::Busy);
        }
        let reference = inner.keep_new_test(now).await?;
        let address = test_address(&*inner.randomness);
        let ends_at = now.saturating_add(TEST_LIFETIME).unwrap_or(now);
        let room = Room::of_test(reference, address.clone(), ends_at);
        if !inner.tests.lock().open(now, room) {
            return Err(TestRefused::Busy);
        }
        let until = now.saturating_add(TELL_WITHIN).unwrap_or(now);
        Ok(BegunTest {
            reference,
            address,
            ticket: self.ticket(RoomKey::Test(reference), Validity::Until(until)),
        })
    }

    /// The room of the test at this address, while it is open.
    #[must_use]
    pub fn test_room(&self, address: &RoomAddress) -> Option<Room> {
        self.0.tests.lock().at(self.0.clock.now(), address)
    }

    /// The page that tested tells what it found. With this the test is over.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub async fn tell_test(
        &self,
        reference: TestReference,
        ticket: &str,
        results: &Value,
    ) -> Result<TestTold, Error> {
        let (inner, now) = (&self.0, self.0.clock.now());
        let room = RoomKey::Test(reference);
        if !inner.signer.is_ticket(now, room, ticket) {
            return Ok(TestTold::Unknown);
        }
        inner.tests.lock().close(reference);
        let mut tx = inner.db.begin().await?;
        let kept = connection_tests::tell(&mut tx, reference, results).await?;
        let before = connection_tests::find(&mut tx, reference).await?;
        tx.commit().await?;
        Ok(match before {
            _ if kept => TestTold::Kept,
            // Its answer got lost on the way.
            Some(test) if test.results.as_ref() == Some(results) => TestTold::Kept,
            Some(_) => TestTold::Different,
            None => TestTold::Unknown,
        })
    }

    /// The test of this reference.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub async fn test(&self, reference: TestReference) -> Result<Option<ConnectionTest>, Error> {
        connection_tests::find(&mut self.0.db.reader(), reference).await
    }
}

impl Inner {
    /// Writes that a test begins, under a reference that is free.
    async fn keep_new_test(&self, now: Timestamp) -> Result<TestReference, Error> {
        let mut last = Error::Duplicate;
        for _ in 0..DRAWS {
            let reference = TestReference::draw(&*self.randomness);
            let mut tx = self.db.begin().await?;
            match connection_tests::begin(&mut tx, reference, now).await {
                Ok(()) => {
                    tx.commit().await?;
                    return Ok(reference);
                }
                Err(Error::Duplicate) => last = Error::Duplicate,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }
}

/// An address that nobody guesses, and that no room has.
fn test_address(randomness: &dyn Randomness) -> RoomAddress {
    let mut secret = [0; 16];
    randomness.fill(&mut secret);
    let secret = u128::from_le_bytes(secret);
    #[expect(
        clippy::expect_used,
        reason = "letters, dashes and 32 digits are an address"
    )]
    format!("connection-test-{secret:032x}")
        .parse()
        .expect("it is an address")
}

/// Forgets tests that were kept long enough, until the conferences are gone.
pub(super) async fn forget_old(inner: Weak<Inner>) {
    let mut timer = tokio::time::interval(FORGET_EVERY);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        timer.tick().await;
        let Some(inner) = inner.upgrade() else { return };
        let limit = inner.clock.now().saturating_sub(KEEP);
        if let Err(error) = forget(&inner.db, limit.unwrap_or(Timestamp::MIN)).await {
            tracing::warn!(%error, "old connection tests are not removed yet");
        }
    }
}

async fn forget(db: &Db, limit: Timestamp) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    connection_tests::forget(&mut tx, limit).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;
    use vdx_domain::SystemRandomness;

    fn room(ends_at: Timestamp) -> Room {
        let reference = TestReference::draw(&SystemRandomness);
        Room::of_test(reference, test_address(&SystemRandomness), ends_at)
    }

    #[test]
    fn a_room_is_open_until_its_end_or_until_its_test_is_over() {
        let mut rooms = TestRooms::default();
        let (first, second) = (room(at(120)), room(at(130)));
        assert!(rooms.open(at(0), first.clone()));
        assert!(rooms.open(at(10), second.clone()));
        assert_eq!(rooms.at(at(119), &first.address), Some(first.clone()));
        assert_eq!(rooms.at(at(120), &first.address), None);
        let RoomKey::Test(reference) = second.key else {
            panic!("it is a test's");
        };
        rooms.close(reference);
        assert_eq!(rooms.at(at(120), &second.address), None);
    }

    #[test]
    fn there_are_so_many_at_once_and_no_more() {
        let mut rooms = TestRooms::default();
        for _ in 0..MAX_TESTS {
            assert!(rooms.open(at(0), room(at(120))));
        }
        assert!(!rooms.open(at(119), room(at(239))));
        assert!(rooms.open(at(120), room(at(240))), "the others are over");
    }
}
