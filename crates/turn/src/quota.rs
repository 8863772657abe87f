//! How much may be had, by everybody together and by one user.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::task::AbortHandle;

/// Clients at once, over all transports.
const MAX_CLIENTS: u64 = 4096;
/// Clients that have not shown credentials; the oldest makes place.
const MAX_STRANGERS: usize = 512;
/// Allocations of one user: a browser makes one for each of its networks and
/// each of our addresses, and all of them again when its network changes.
const MAX_OF_ONE: u32 = 32;

/// What is taken.
#[derive(Debug, Default)]
pub(crate) struct Quota {
    clients: AtomicU64,
    allocations: AtomicU64,
    of_user: Mutex<HashMap<String, u32>>,
    strangers: Mutex<VecDeque<Stranger>>,
}

/// A client that is yet to prove itself.
#[derive(Debug)]
struct Stranger {
    is_proven: Arc<AtomicBool>,
    task: AbortHandle,
}

/// A client's place, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place(Arc<Quota>);

/// One allocation of a user, given back when dropped.
#[derive(Debug)]
pub(crate) struct Grant {
    quota: Arc<Quota>,
    user: String,
}

impl Quota {
    /// A place for one more client, where there is one.
    pub(crate) fn place(self: &Arc<Self>) -> Option<Place> {
        let before = self.clients.fetch_add(1, Ordering::Relaxed);
        let place = Place(Arc::clone(self));
        (before < MAX_CLIENTS).then_some(place)
    }

    /// Keeps an eye on a client until it has proven itself.
    pub(crate) fn watch(&self, is_proven: Arc<AtomicBool>, task: AbortHandle) {
        let mut strangers = self.strangers.lock();
        strangers.retain(|one| !one.is_proven.load(Ordering::Relaxed) && !one.task.is_finished());
        if strangers.len() >= MAX_STRANGERS
            && let Some(oldest) = strangers.pop_front()
        {
            oldest.task.abort();
        }
        strangers.push_back(Stranger { is_proven, task });
    }

    /// One allocation for `user`, where there is one left.
    pub(crate) fn grant(self: &Arc<Self>, user: &str) -> Option<Grant> {
        let mut of_user = self.of_user.lock();
        let taken = of_user.entry(user.to_owned()).or_default();
        if *taken >= MAX_OF_ONE {
            return None;
        }
        *taken += 1;
        self.allocations.fetch_add(1, Ordering::Relaxed);
        Some(Grant {
            quota: Arc::clone(self),
            user: user.to_owned(),
        })
    }

    /// Allocations now.
    pub(crate) fn allocations(&self) -> u64 {
        self.allocations.load(Ordering::Relaxed)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.clients.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        self.quota.allocations.fetch_sub(1, Ordering::Relaxed);
        let mut of_user = self.quota.of_user.lock();
        if let Some(taken) = of_user.get_mut(&self.user) {
            *taken -= 1;
            if *taken == 0 {
                of_user.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_user_does_not_take_all() {
        let quota = Arc::new(Quota::default());
        let taken: Vec<Grant> = (0..MAX_OF_ONE).filter_map(|_| quota.grant("one")).collect();
        assert_eq!(taken.len(), 32);
        assert!(quota.grant("one").is_none());
        assert!(quota.grant("another").is_some());
        drop(taken);
        assert!(quota.grant("one").is_some());
        assert_eq!(quota.allocations(), 0, "given back");
        assert!(quota.of_user.lock().is_empty());
    }

    #[test]
    fn there_is_an_end_of_places() {
        let quota = Arc::new(Quota::default());
        let places: Vec<Place> = (0..MAX_CLIENTS).filter_map(|_| quota.place()).collect();
        assert_eq!(places.len() as u64, MAX_CLIENTS);
        assert!(quota.place().is_none());
        drop(places);
        assert!(quota.place().is_some());
    }

    #[tokio::test]
    async fn the_oldest_stranger_makes_place_and_who_is_known_stays() {
        let quota = Quota::default();
        let join = |proven: bool| {
            let task = tokio::spawn(std::future::pending::<()>());
            quota.watch(Arc::new(AtomicBool::new(proven)), task.abort_handle());
            task
        };
        let known = join(true);
        let first = join(false);
        let _rest: Vec<_> = (0..MAX_STRANGERS).map(|_| join(false)).collect();
        assert!(first.await.unwrap_err().is_cancelled());
        assert!(!known.is_finished());
    }
}
