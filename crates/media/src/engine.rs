//! The handle by which the rest of the hub speaks to the media threads.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Instant;

use mio::Poll;
use parking_lot::Mutex;
use str0m::config::CryptoProvider;
use tokio::sync::oneshot;
use vdx_domain::{CallId, ConferenceId};
use vdx_mix::MixerThread;

use crate::call::CallSettings;
use crate::counters::{Lives, SharedCounters};
use crate::demux::Demux;
use crate::egress::keys;
use crate::switchboard::Switchboard;
use crate::types::{
    Assignment, CallOpened, CallRefused, Config, Counters, MediaEvent, OpenCall, Shown, StartError,
    ThreadLife,
};
use crate::udp::{self, UdpPort};
use crate::worker::{self, Command, Decision, EventSink, Mailbox, Parts, Worker};

/// The media engine: threads that forward packets, and the one port they share.
///
/// Cheap to clone. Dropping all clones stops the threads.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    mailboxes: Vec<Mailbox>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    counters: Arc<SharedCounters>,
    lives: Arc<Lives>,
    address: SocketAddr,
    settings: Arc<CallSettings>,
    max_calls: u64,
}

impl Engine {
    /// Opens the media port and starts the threads. `events` is called on them
    /// and must not block.
    ///
    /// # Errors
    /// The port is taken, no address can be announced, or threads or the
    /// certificate cannot be made.
    pub fn start(
        config: &Config,
        events: impl Fn(MediaEvent) + Send + Sync + 'static,
    ) -> Result<Self, StartError> {
        let listen_error = |source| StartError::Listen {
            address: config.listen,
            source,
        };
        let (first, address, listener) = open_port(config.listen).map_err(listen_error)?;
        let mut sockets = vec![first];
        for _ in 1..threads(config.threads) {
            sockets.push(udp::open(address).map_err(listen_error)?);
        }
        let settings = Arc::new(CallSettings {
            candidates: candidates(config, address)?,
            certificate: certificate()?,
            consent: config.consent_timeout,
            provider: Arc::new(keys::provider()),
            started: Instant::now(),
        });
        let counters = Arc::new(SharedCounters::default());
        let lives = Arc::new(Lives::new(sockets.len(), Instant::now()));
        let shared = Shares {
            settings: Arc::clone(&settings),
            counters: Arc::clone(&counters),
            lives: Arc::clone(&lives),
            events: Arc::new(events),
        };
        let (mailboxes, threads) =
            start_workers(sockets, listener, &shared).map_err(StartError::Threads)?;
        Ok(Self {
            shared: Arc::new(Shared {
                mailboxes,
                threads: Mutex::new(threads),
                counters,
                lives,
                address,
                settings,
                max_calls: config.max_calls as u64,
            }),
        })
    }

    /// The address listened on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// The addresses that clients are told, in ICE candidates.
    #[must_use]
    pub fn announced(&self) -> &[SocketAddr] {
        &self.shared.settings.candidates
    }

    /// What was counted since the start.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.shared.counters.read()
    }

    /// Signs of life of the media threads.
    #[must_use]
    pub fn threads(&self) -> Vec<ThreadLife> {
        self.shared.lives.read(Instant::now())
    }

    /// Waits until every media thread has answered; `false` when one is gone or
    /// has no room for the question. The caller says how long to wait.
    pub async fn is_alive(&self) -> bool {
        let mut answers = Vec::with_capacity(self.shared.mailboxes.len());
        for mailbox in &self.shared.mailboxes {
            let (reply, answer) = oneshot::channel();
            if mailbox.send(Command::AreYouThere(reply)).is_err() {
                return false;
            }
            answers.push(answer);
        }
        for answer in answers {
            if answer.await.is_err() {
                return false;
            }
        }
        true
    }

    /// Answers a participant's offer.
    ///
    /// # Errors
    /// See [`CallRefused`].
    pub async fn open_call(&self, asked: OpenCall) -> Result<CallOpened, CallRefused> {
        if self.shared.counters.calls.load(Ordering::Relaxed) >= self.shared.max_calls {
            return Err(CallRefused::Full);
        }
        let conference = asked.conference;
        self.ask(conference, |reply| Command::Open(Box::new(asked), reply))
            .await
    }

    /// Answers a further offer in a call that is open. The slots may be others
    /// than before.
    ///
    /// # Errors
    /// See [`CallRefused`].
    pub async fn change_call(
        &self,
        conference: ConferenceId,
        call: CallId,
        offer: String,
    ) -> Result<CallOpened, CallRefused> {
        self.ask(conference, |reply| Command::Change(call, offer, reply))
            .await
    }

    /// Says who is in whose slots; the complete table of a conference.
    pub fn assign(&self, conference: ConferenceId, table: Vec<Assignment>) {
        self.decide(conference, Decision::Assign(conference, table));
    }

    /// Notes how large a receiver shows the pictures in its slots. What is not
    /// named stays as it was; a slot that was never named is taken to show its
    /// picture as large as the number of pictures suggests.
    pub fn show(&self, conference: ConferenceId, call: CallId, shown: Vec<Shown>) {
        self.decide(conference, Decision::Show(call, shown));
    }

    /// Ends a call. Its [`MediaEvent::Closed`] follows.
    pub fn close_call(&self, conference: ConferenceId, call: CallId) {
        self.decide(conference, Decision::Close(call));
    }

    /// Ends all calls of a conference.
    pub fn close_conference(&self, conference: ConferenceId) {
        self.decide(conference, Decision::CloseConference(conference));
    }

    async fn ask(
        &self,
        conference: ConferenceId,
        command: impl FnOnce(oneshot::Sender<Result<CallOpened, CallRefused>>) -> Command,
    ) -> Result<CallOpened, CallRefused> {
        let (reply, answer) = oneshot::channel();
        let mailbox = self.mailbox(conference).ok_or(CallRefused::Failed)?;
        mailbox
            .send(command(reply))
            .map_err(|_| CallRefused::Full)?;
        answer.await.unwrap_or(Err(CallRefused::Failed))
    }

    fn decide(&self, conference: ConferenceId, decision: Decision) {
        if let Some(mailbox) = self.mailbox(conference) {
            mailbox.decide(decision);
        }
    }

    /// A conference stays on one thread, chosen by its id.
    fn mailbox(&self, conference: ConferenceId) -> Option<&Mailbox> {
        let workers = self.shared.mailboxes.len() as u128;
        let index = conference.0.as_u128().checked_rem(workers)?;
        self.shared.mailboxes.get(usize::try_from(index).ok()?)
    }

    /// Stops the threads; open calls end without notice.
    pub fn stop(&self) {
        self.shared.stop();
    }
}

impl Shared {
    fn stop(&self) {
        for mailbox in &self.mailboxes {
            mailbox.decide(Decision::Stop);
        }
        for thread in self.threads.lock().drain(..) {
            // A thread that failed has said so.
            let _ = thread.join();
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Ports tried when any will do.
const PORT_TRIES: usize = 16;

/// Opens UDP and TCP on one port. Port 0 means any that is free for both: the
/// kernel knows only of one at a time, so a few are tried.
fn open_port(
    listen: SocketAddr,
) -> std::io::Result<(std::net::UdpSocket, SocketAddr, mio::net::TcpListener)> {
    let mut tries = if listen.port() == 0 { PORT_TRIES } else { 1 };
    loop {
        tries -= 1;
        let socket = udp::open(listen)?;
        let address = socket.local_addr()?;
        match worker::listen(address) {
            Ok(listener) => return Ok((socket, address, listener)),
            Err(error) if tries == 0 => return Err(error),
            Err(_) => {}
        }
    }
}

fn threads(wanted: usize) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    match wanted {
        0 => processors.saturating_sub(1).max(1),
        wanted => wanted,
    }
}

/// What the workers share with each other and with the engine.
struct Shares {
    settings: Arc<CallSettings>,
    counters: Arc<SharedCounters>,
    lives: Arc<Lives>,
    events: EventSink,
}

fn start_workers(
    sockets: Vec<std::net::UdpSocket>,
    listener: mio::net::TcpListener,
    shared: &Shares,
) -> std::io::Result<(Vec<Mailbox>, Vec<JoinHandle<()>>)> {
    let demux = Arc::new(Demux::default());
    let mut mailboxes = Vec::new();
    let mut seats = Vec::new();
    for socket in sockets {
        let poll = Poll::new()?;
        let (mailbox, inbox) = Mailbox::new(&poll)?;
        mailboxes.push(mailbox);
        seats.push((socket, poll, inbox));
    }
    let mut listener = Some(listener);
    let mut threads = Vec::new();
    let mut mixing = Vec::new();
    for (index, (socket, poll, commands)) in seats.into_iter().enumerate() {
        let (mixer, thread) = start_mixer(index, mailboxes.get(index))?;
        mixing.push(thread);
        let worker = Worker::new(Parts {
            index,
            poll,
            udp: UdpPort::new(socket)?,
            listener: listener.take(),
            commands,
            mailboxes: mailboxes.clone(),
            switchboard: Switchboard::new(
                index,
                Arc::clone(&shared.settings),
                Arc::clone(&demux),
                Arc::clone(&shared.counters),
                mixer,
                Instant::now(),
            ),
            demux: Arc::clone(&demux),
            counters: Arc::clone(&shared.counters),
            lives: Arc::clone(&shared.lives),
            events: Arc::clone(&shared.events),
        })?;
        let name = format!("media-{index}");
        threads.push(
            std::thread::Builder::new()
                .name(name)
                .spawn(|| worker.run())?,
        );
    }
    // Joined after those who feed them, without whom they end.
    threads.extend(mixing);
    Ok((mailboxes, threads))
}

/// The thread that mixes for one worker, and gives it what it mixed.
fn start_mixer(
    index: usize,
    worker: Option<&Mailbox>,
) -> std::io::Result<(MixerThread, JoinHandle<()>)> {
    let worker = worker.cloned();
    MixerThread::start(format!("mixer-{index}"), move |mixed| {
        // A worker that does not keep up misses it; receivers conceal that.
        if let Some(worker) = &worker {
            let _ = worker.send(Command::Mixed(mixed));
        }
    })
}

fn certificate() -> Result<str0m::config::DtlsCert, StartError> {
    let provider: CryptoProvider = str0m::crypto::from_feature_flags();
    provider
        .dtls_provider
        .generate_certificate()
        .ok_or(StartError::Certificate)
}

/// The addresses browsers are told to send to.
fn candidates(config: &Config, listening: SocketAddr) -> Result<Vec<SocketAddr>, StartError> {
    let with_port = |address: SocketAddr| match address.port() {
        0 => SocketAddr::new(address.ip(), listening.port()),
        _ => address,
    };
    let addresses: Vec<SocketAddr> = if !config.announce.is_empty() {
        config.announce.iter().copied().map(with_port).collect()
    } else if listening.ip().is_unspecified() {
        interfaces(listening, config.loopback)
    } else {
        vec![listening]
    };
    if addresses.is_empty() {
        return Err(StartError::NoAddress);
    }
    Ok(addresses)
}

fn interfaces(listening: SocketAddr, loopback: bool) -> Vec<SocketAddr> {
    let usable = |ip: &IpAddr| {
        let family = listening.is_ipv6() || ip.is_ipv4();
        // Link-local IPv6 needs a zone, which a candidate cannot carry.
        let routable = match ip {
            IpAddr::V4(v4) => !v4.is_link_local(),
            IpAddr::V6(v6) => !v6.is_unicast_link_local(),
        };
        family && routable && (loopback || !ip.is_loopback())
    };
    let found = if_addrs::get_if_addrs().unwrap_or_default();
    let mut ips: Vec<IpAddr> = found.into_iter().map(|interface| interface.ip()).collect();
    ips.retain(usable);
    // The first candidate is what a browser tries first.
    ips.sort_by_key(|ip| (ip.is_loopback(), ip.is_ipv6()));
    ips.dedup();
    ips.into_iter()
        .map(|ip| SocketAddr::new(ip, listening.port()))
        .collect()
}

#[cfg(test)]
mod tests;
