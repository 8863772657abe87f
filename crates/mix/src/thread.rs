//! The thread that mixes. It is none of those that forward: encoding takes
//! hundreds of times as long as forwarding a packet, and a room in which all
//! talk at once must hold up no other.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel,
};
use std::thread::JoinHandle;
use std::time::Instant;

use vdx_domain::{CallId, ConferenceId};

use crate::mixer::Mixer;
use crate::types::{Mixed, Packet, Tune};

/// What may wait for the mixing thread; more is dropped. Two seconds of 40 voices.
const FEEDS: usize = 4096;

/// What the thread is told.
#[derive(Debug)]
enum Feed {
    Tune(Box<Tune>),
    Packet(ConferenceId, CallId, Packet),
}

/// The way to a mixing thread, which ends when this is dropped.
#[derive(Debug)]
pub struct MixerThread {
    feeds: SyncSender<Feed>,
}

/// The thread has no room for more, or is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the mixing thread does not keep up")]
pub struct Overrun;

impl MixerThread {
    /// Starts a thread. `deliver` is called on it with every frame and must not
    /// block.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        name: String,
        deliver: impl FnMut(Mixed) + Send + 'static,
    ) -> io::Result<(Self, JoinHandle<()>)> {
        let (feeds, inbox) = sync_channel(FEEDS);
        let thread = std::thread::Builder::new()
            .name(name)
            .spawn(move || run(&inbox, deliver))?;
        Ok((Self { feeds }, thread))
    }

    /// The way to no thread: all it is told is refused with [`Overrun`]. For
    /// rigs in which nothing is mixed.
    #[must_use]
    pub fn absent() -> Self {
        Self {
            feeds: sync_channel(0).0,
        }
    }

    /// Says what a room wants mixed from now on.
    ///
    /// # Errors
    /// [`Overrun`]: nothing has changed.
    pub fn tune(&self, tune: Tune) -> Result<(), Overrun> {
        self.feed(Feed::Tune(Box::new(tune)))
    }

    /// Hands over a packet of a voice that is in a mix.
    ///
    /// # Errors
    /// [`Overrun`]: the packet is lost.
    pub fn hear(&self, room: ConferenceId, voice: CallId, packet: Packet) -> Result<(), Overrun> {
        self.feed(Feed::Packet(room, voice, packet))
    }

    fn feed(&self, feed: Feed) -> Result<(), Overrun> {
        match self.feeds.try_send(feed) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(Overrun),
        }
    }
}

fn run(inbox: &Receiver<Feed>, mut deliver: impl FnMut(Mixed)) {
    let mut mixer = Mixer::default();
    while let Some(feed) = wait(inbox, &mixer) {
        if let Some(feed) = feed {
            guarded(&mut mixer, |mixer| take(mixer, feed));
        }
        loop {
            match inbox.try_recv() {
                Ok(feed) => guarded(&mut mixer, |mixer| take(mixer, feed)),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return,
            }
        }
        let now = Instant::now();
        while let Some(room) = mixer.due(now) {
            let mixed = catch_unwind(AssertUnwindSafe(|| mixer.mix(room, now)));
            match mixed {
                Ok(Some(mixed)) => deliver(mixed),
                Ok(None) => {}
                Err(_) => {
                    tracing::error!(%room, "the mixing of a room was ended by a fault");
                    mixer.forget(room);
                }
            }
        }
    }
}

/// Waits for a feed, or until a room is due. `None` when nobody feeds any more.
fn wait(inbox: &Receiver<Feed>, mixer: &Mixer) -> Option<Option<Feed>> {
    let Some(due) = mixer.next_due() else {
        return inbox.recv().ok().map(Some);
    };
    match inbox.recv_timeout(due.saturating_duration_since(Instant::now())) {
        Ok(feed) => Some(Some(feed)),
        Err(RecvTimeoutError::Timeout) => Some(None),
        Err(RecvTimeoutError::Disconnected) => None,
    }
}

fn take(mixer: &mut Mixer, feed: Feed) {
    match feed {
        Feed::Tune(tune) => mixer.tune(*tune),
        Feed::Packet(room, voice, packet) => mixer.hear(room, voice, packet),
    }
}

/// A fault in what one room sent must not end the thread.
fn guarded(mixer: &mut Mixer, work: impl FnOnce(&mut Mixer)) {
    if catch_unwind(AssertUnwindSafe(|| work(mixer))).is_err() {
        tracing::error!("the mixing thread recovered from a fault");
    }
}
