//! One media thread: its sockets, its switchboard, and the wire between.

mod decisions;
mod links;
mod pace;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token, Waker};
use parking_lot::Mutex;
use tokio::sync::oneshot;
use vdx_domain::CallId;
use vdx_mix::Mixed;

use crate::accounts::Accounts;
use crate::counters::{Lives, SharedCounters, count};
use crate::demux::{Demux, Owner, Peer, Transport};
use crate::switchboard::{HOUSEKEEPING, Switchboard};
use crate::tcp::TcpLink;
use crate::types::{CallOpened, CallRefused, MediaEvent, OpenCall};
use crate::udp::{Segments, UdpPort};

pub(crate) use decisions::{Decision, Decisions};
pub(crate) use links::listen;
use links::queue;
use pace::Pace;

const UDP: Token = Token(0);
const WAKE: Token = Token(1);
const LISTENER: Token = Token(2);
const FIRST_LINK: usize = 16;
/// Batches taken from the UDP socket before anything else gets a turn.
const UDP_BATCHES: usize = 8;
/// How often a thread tells what it has used of processors.
const ACCOUNTS: Duration = Duration::from_secs(1);
/// Commands that may wait for a worker.
const MAILBOX: usize = 4096;
/// Commands, and decisions, taken before packets get a turn.
const COMMANDS: usize = 64;

/// What a worker is asked or given. What it has no room for is refused, or lost
/// as on a network; what must not be lost is a [`Decision`].
pub(crate) enum Command {
    Open(
        Box<OpenCall>,
        oneshot::Sender<Result<CallOpened, CallRefused>>,
    ),
    Change(
        CallId,
        String,
        oneshot::Sender<Result<CallOpened, CallRefused>>,
    ),
    /// What was mixed for a room.
    Mixed(Mixed),
    /// Answered by a thread that does its work.
    AreYouThere(oneshot::Sender<()>),
    /// Datagrams that reached another worker's socket.
    Deliver(Vec<Stray>),
    /// A connection whose call lives here; what it brought is still to be read.
    Adopt(Box<TcpLink>),
}

/// A datagram for another worker.
pub(crate) struct Stray {
    call: CallId,
    peer: Peer,
    local: Option<IpAddr>,
    bytes: Vec<u8>,
}

/// How others reach a worker.
#[derive(Clone)]
pub(crate) struct Mailbox {
    commands: SyncSender<Command>,
    decisions: Arc<Mutex<Decisions>>,
    waker: Arc<Waker>,
}

impl Mailbox {
    /// The mailbox of a worker that waits with this poll, and its inside.
    pub(crate) fn new(poll: &Poll) -> io::Result<(Self, Receiver<Command>)> {
        let (commands, inbox) = sync_channel(MAILBOX);
        let mailbox = Self {
            commands,
            decisions: Arc::default(),
            waker: Arc::new(Waker::new(poll.registry(), WAKE)?),
        };
        Ok((mailbox, inbox))
    }

    /// Tells what was decided. Nothing of it gets lost.
    pub(crate) fn decide(&self, decision: Decision) {
        self.decisions.lock().note(decision);
        // As below.
        let _ = self.waker.wake();
    }

    /// Hands over a command; gives it back when the worker has too many.
    pub(crate) fn send(&self, command: Command) -> Result<(), Command> {
        use std::sync::mpsc::TrySendError;
        match self.commands.try_send(command) {
            Ok(()) => {
                // A worker that cannot be woken looks at its mail within a tenth of a second.
                let _ = self.waker.wake();
                Ok(())
            }
            Err(TrySendError::Full(command) | TrySendError::Disconnected(command)) => Err(command),
        }
    }
}

/// Where a worker's events go.
pub(crate) type EventSink = Arc<dyn Fn(MediaEvent) + Send + Sync>;

/// What a worker is made of.
pub(crate) struct Parts {
    pub(crate) index: usize,
    pub(crate) poll: Poll,
    pub(crate) udp: UdpPort,
    /// The first worker accepts connections for all.
    pub(crate) listener: Option<TcpListener>,
    pub(crate) commands: Receiver<Command>,
    /// Of all workers, this one's in its place.
    pub(crate) mailboxes: Vec<Mailbox>,
    pub(crate) switchboard: Switchboard,
    pub(crate) demux: Arc<Demux>,
    pub(crate) counters: Arc<SharedCounters>,
    pub(crate) lives: Arc<Lives>,
    pub(crate) events: EventSink,
}

/// One media thread.
pub(crate) struct Worker {
    parts: Parts,
    /// Whose packets come from where, as this worker has learned it.
    routes: HashMap<Peer, CallId>,
    links: HashMap<Token, TcpLink>,
    link_of: HashMap<SocketAddr, Token>,
    /// Connections in line to be read.
    unread: VecDeque<Token>,
    next_link: usize,
    pace: Pace,
    /// More connections may wait to be accepted.
    acceptable: bool,
    udp_readable: bool,
    udp_blocked: bool,
    stopping: bool,
    accounts: Option<Accounts>,
    next_accounts: Instant,
}

impl Worker {
    pub(crate) fn new(mut parts: Parts) -> io::Result<Self> {
        let both = Interest::READABLE | Interest::WRITABLE;
        parts
            .poll
            .registry()
            .register(parts.udp.source(), UDP, both)?;
        if let Some(listener) = &mut parts.listener {
            parts
                .poll
                .registry()
                .register(listener, LISTENER, Interest::READABLE)?;
        }
        Ok(Self {
            parts,
            routes: HashMap::new(),
            links: HashMap::new(),
            link_of: HashMap::new(),
            unread: VecDeque::new(),
            next_link: FIRST_LINK,
            pace: Pace::default(),
            acceptable: false,
            udp_readable: true,
            udp_blocked: false,
            stopping: false,
            accounts: None,
            next_accounts: Instant::now(),
        })
    }

    /// Runs until told to stop.
    pub(crate) fn run(mut self) {
        let mut events = Events::with_capacity(256);
        // Of the thread that runs, which is not the one that made the worker.
        self.accounts = Accounts::of_this_thread();
        while !self.stopping {
            // Calls guard themselves; this guards the rest, so that one bad
            // packet cannot end the thread and with it every room on it.
            if catch_unwind(AssertUnwindSafe(|| self.turn(&mut events))).is_err() {
                count(&self.parts.counters.faults);
                tracing::error!("a media thread recovered from a fault");
            }
        }
    }

    fn turn(&mut self, events: &mut Events) {
        let timeout = self.rest();
        if let Err(error) = self.parts.poll.poll(events, Some(timeout)) {
            if error.kind() != io::ErrorKind::Interrupted {
                tracing::error!(%error, "waiting for packets failed");
                std::thread::sleep(Duration::from_millis(10));
            }
            return;
        }
        let ready: Vec<(Token, bool)> = events
            .iter()
            .map(|event| (event.token(), event.is_readable()))
            .collect();
        for (token, readable) in ready {
            match token {
                UDP => self.udp_readable |= readable,
                LISTENER => self.acceptable = true,
                WAKE => {}
                link => self.link_is_ready(link),
            }
        }
        self.read_commands();
        self.carry_out_decisions();
        if self.acceptable {
            self.accept();
        }
        self.read_links();
        let now = Instant::now();
        self.pace.looked(self.udp_readable, now);
        self.read_udp();
        let now = Instant::now();
        self.show_life(now);
        self.parts.switchboard.settle(now);
        self.parts.switchboard.run_timers(now);
        self.drop_strangers(now);
        self.send();
        self.forget_addresses();
        for event in self.parts.switchboard.events.drain(..) {
            (self.parts.events)(event);
        }
    }

    fn show_life(&mut self, now: Instant) {
        let (lives, index) = (&self.parts.lives, self.parts.index);
        lives.seen(index, now);
        if now >= self.next_accounts {
            self.next_accounts = now + ACCOUNTS;
            if let Some((cpu, waited)) = self.accounts.as_ref().and_then(Accounts::read) {
                lives.used(index, cpu, waited);
            }
        }
    }

    /// Sleeps where packets come by themselves; else gives how long to wait for them.
    fn rest(&self) -> Duration {
        match self.pace.sleep().filter(|_| !self.udp_readable) {
            Some(time) => {
                std::thread::sleep(time);
                Duration::ZERO
            }
            None => self.patience(Instant::now()),
        }
    }

    /// How long the worker may sleep.
    fn patience(&self, now: Instant) -> Duration {
        if self.udp_readable || self.acceptable || !self.unread.is_empty() {
            return Duration::ZERO;
        }
        let next = self.parts.switchboard.next_timer();
        let until = next.map_or(HOUSEKEEPING, |at| at.saturating_duration_since(now));
        let most = if self.udp_blocked {
            Duration::from_millis(1)
        } else {
            HOUSEKEEPING
        };
        // The kernel counts whole milliseconds; less would spin.
        until.clamp(Duration::ZERO, most)
    }

    fn read_commands(&mut self) {
        for _ in 0..COMMANDS {
            match self.parts.commands.try_recv() {
                Ok(command) => self.obey(command),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.stopping = true;
                    return;
                }
            }
        }
        self.come_back_at_once();
    }

    fn carry_out_decisions(&mut self) {
        let Some(own) = self.parts.mailboxes.get(self.parts.index) else {
            return;
        };
        let decisions = Arc::clone(&own.decisions);
        for _ in 0..COMMANDS {
            let decision = decisions.lock().next();
            match decision {
                Some(decision) => self.carry_out(decision),
                None => return,
            }
        }
        self.come_back_at_once();
    }

    /// More is waiting.
    fn come_back_at_once(&self) {
        if let Some(own) = self.parts.mailboxes.get(self.parts.index) {
            // A worker that cannot be woken looks at its mail within a tenth of a second.
            let _ = own.waker.wake();
        }
    }

    fn carry_out(&mut self, decision: Decision) {
        let now = Instant::now();
        let board = &mut self.parts.switchboard;
        match decision {
            Decision::Stop => self.stopping = true,
            Decision::CloseConference(conference) => board.close_conference(conference, now),
            Decision::Close(id) => board.close(id, now),
            Decision::Assign(conference, table) => board.assign(conference, table, now),
            Decision::Show(id, shown) => board.show(id, &shown, now),
        }
    }

    fn obey(&mut self, command: Command) {
        let now = Instant::now();
        let board = &mut self.parts.switchboard;
        match command {
            Command::Open(asked, reply) => {
                let id = asked.call;
                let opened = board.open(&asked, now);
                // Nobody waits for the answer any more: the call is not wanted.
                if let Err(Ok(_)) = reply.send(opened) {
                    board.close(id, now);
                }
            }
            Command::Change(id, offer, reply) => {
                let _ = reply.send(board.change(id, &offer, now));
            }
            Command::Mixed(mixed) => board.mixed(&mixed, now),
            Command::AreYouThere(reply) => {
                let _ = reply.send(());
            }
            Command::Deliver(strays) => {
                for stray in strays {
                    board.receive(stray.call, stray.peer, stray.local, &stray.bytes, now);
                }
            }
            Command::Adopt(link) => self.adopt(*link),
        }
    }

    fn read_udp(&mut self) {
        if !self.udp_readable {
            return;
        }
        let mut strays: HashMap<usize, Vec<Stray>> = HashMap::new();
        for _ in 0..UDP_BATCHES {
            let now = Instant::now();
            let Parts {
                udp,
                switchboard,
                demux,
                counters,
                index,
                ..
            } = &mut self.parts;
            let routes = &mut self.routes;
            let result = udp.receive(|source, local, bytes| {
                let peer = Peer {
                    transport: Transport::Udp,
                    address: source,
                };
                match route(routes, demux, *index, peer, bytes) {
                    Some(owner) if owner.worker == *index => {
                        if switchboard.receive(owner.call, peer, local, bytes, now) {
                            routes.insert(peer, owner.call);
                        }
                    }
                    Some(owner) => strays.entry(owner.worker).or_default().push(Stray {
                        call: owner.call,
                        peer,
                        local,
                        bytes: bytes.to_vec(),
                    }),
                    None => count(&counters.datagrams_unknown),
                }
            });
            match result {
                Ok(true) => {}
                Ok(false) => {
                    self.udp_readable = false;
                    break;
                }
                // An earlier datagram could not be delivered (ICMP): not ours to mind.
                Err(_) => break,
            }
        }
        for (worker, strays) in strays {
            self.hand_over(worker, Command::Deliver(strays));
        }
    }

    fn hand_over(&self, worker: usize, command: Command) {
        let lost = match self.parts.mailboxes.get(worker).map(|to| to.send(command)) {
            Some(Err(Command::Deliver(strays))) => strays.len() as u64,
            Some(Ok(())) => 0,
            Some(Err(_)) | None => 1,
        };
        let dropped = &self.parts.counters.datagrams_dropped;
        dropped.fetch_add(lost, Ordering::Relaxed);
    }

    /// Forgets the addresses of calls that are over or have left them, now that
    /// what was left to say is said; their connections end.
    fn forget_addresses(&mut self) {
        let vacated = std::mem::take(&mut self.parts.switchboard.vacated);
        for (peer, call) in vacated {
            // It may be another call's by now.
            if self.routes.get(&peer).is_some_and(|owner| *owner != call) {
                continue;
            }
            self.routes.remove(&peer);
            let link = self.link_of.get(&peer.address);
            if let Some(token) = link.copied().filter(|_| peer.transport == Transport::Tcp) {
                self.drop_link(token);
            }
        }
    }

    /// Sends what the switchboard has, and notes whether the kernel took it all.
    fn send(&mut self) {
        let mut touched = Vec::new();
        let Parts {
            udp,
            switchboard,
            counters,
            ..
        } = &mut self.parts;
        let (links, link_of) = (&mut self.links, &self.link_of);
        let longest = udp.longest_train();
        switchboard.send(|outbox| {
            for run in outbox.runs(longest) {
                let (peer, source) = run.way;
                match peer.transport {
                    Transport::Udp => udp.send(
                        Segments {
                            destination: peer.address,
                            source,
                            segment: run.segment,
                            bytes: run.bytes,
                        },
                        counters,
                    ),
                    Transport::Tcp => {
                        let token = link_of.get(&peer.address).copied();
                        let mut link = token.and_then(|token| links.get_mut(&token));
                        for datagram in run.bytes.chunks(run.segment) {
                            queue(link.as_deref_mut(), datagram, counters);
                        }
                        touched.extend(token);
                    }
                }
            }
        });
        self.udp_blocked = self.parts.udp.flush(&self.parts.counters);
        touched.sort_unstable();
        touched.dedup();
        for token in touched {
            if self
                .links
                .get_mut(&token)
                .is_some_and(|link| link.flush().is_err())
            {
                self.drop_link(token);
            }
        }
    }
}

/// Whose packet it is: by what this worker has learned, else by what all know.
fn route(
    routes: &HashMap<Peer, CallId>,
    demux: &Demux,
    index: usize,
    peer: Peer,
    bytes: &[u8],
) -> Option<Owner> {
    // A check may announce that the address is another call's now.
    let learned = routes
        .get(&peer)
        .filter(|_| !crate::demux::looks_like_stun(bytes));
    match learned {
        Some(call) => Some(Owner {
            worker: index,
            call: *call,
        }),
        None => demux.owner(peer, bytes),
    }
}

#[cfg(test)]
mod tests;
