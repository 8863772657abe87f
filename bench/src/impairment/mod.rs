//! A bad network in front of the media port: a relay for UDP and TCP on one
//! port that loses, delays, reorders and holds back packets, each client's by
//! themselves, changeable while it runs and repeatable by a seed.
//!
//! Browsers and the load generator go through it when the hub announces its
//! address (`media.announce`). The kernel's own `netem` would do the same, where
//! it exists and one may use it.

mod conditions;
mod link;
mod tcp;
mod udp;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use conditions::{Conditions, Network};
pub use link::Link;

/// Ports tried when any will do: UDP and TCP must both be free.
const PORT_TRIES: usize = 16;
/// Clients at once; more get nothing through.
const MAX_CLIENTS: usize = 4096;
/// A client that sends nothing for so long is forgotten.
const CLIENT_GONE: Duration = Duration::from_secs(120);

/// A relay in front of `target`, until it is dropped.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    state: watch::Sender<State>,
    counters: Arc<Counters>,
    _tasks: JoinSet<()>,
}

/// What clients' tasks go by.
#[derive(Debug, Clone, Copy, Default)]
struct State {
    network: Network,
    /// Goes up when clients shall come from another port.
    rebinds: u64,
}

/// What every client's task shares.
#[derive(Debug, Clone)]
struct Shared {
    target: SocketAddr,
    seed: u64,
    state: watch::Receiver<State>,
    counters: Arc<Counters>,
}

#[derive(Debug, Default)]
struct Counters {
    clients: AtomicU64,
    passed_up: AtomicU64,
    passed_down: AtomicU64,
    lost_up: AtomicU64,
    lost_down: AtomicU64,
}

/// What a relay did since it was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// UDP addresses and TCP connections seen.
    pub clients: u64,
    /// Datagrams, or pieces of streams, that got to the hub.
    pub passed_up: u64,
    /// The same from the hub to clients.
    pub passed_down: u64,
    /// Datagrams of clients that did not get through.
    pub lost_up: u64,
    /// Datagrams of the hub that did not.
    pub lost_down: u64,
}

impl Relay {
    /// Relays between `listen` and `target`, on a tokio runtime. Port 0 is any
    /// that is free. The network is perfect until [`Relay::set`].
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start(listen: SocketAddr, target: SocketAddr, seed: u64) -> Result<Self> {
        let (socket, listener) = open(listen).await?;
        let address = socket.local_addr()?;
        let (state, receiver) = watch::channel(State::default());
        let counters = Arc::new(Counters::default());
        let shared = Shared {
            target,
            seed,
            state: receiver,
            counters: Arc::clone(&counters),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(udp::relay(socket, shared.clone()));
        tasks.spawn(tcp::relay(listener, shared));
        Ok(Self {
            address,
            state,
            counters,
            _tasks: tasks,
        })
    }

    /// Where clients come in.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes the network this from now on; what is on its way arrives as it
    /// would have.
    ///
    /// # Errors
    /// When a number means nothing; nothing changes then.
    pub fn set(&self, network: Network) -> Result<()> {
        network.check()?;
        self.state.send_modify(|state| state.network = network);
        Ok(())
    }

    /// Lets every client's UDP come from another port at the hub, as when a
    /// NAT forgets its table.
    pub fn rebind(&self) {
        self.state.send_modify(|state| state.rebinds += 1);
    }

    /// What was done since the start.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counters = &self.counters;
        Counts {
            clients: read(&counters.clients),
            passed_up: read(&counters.passed_up),
            passed_down: read(&counters.passed_down),
            lost_up: read(&counters.lost_up),
            lost_down: read(&counters.lost_down),
        }
    }
}

impl Shared {
    /// Both directions of a new client's path. The n-th client meets the same
    /// chance in every run.
    fn links(&self) -> (Link, Link) {
        let client = self.counters.clients.fetch_add(1, Ordering::Relaxed);
        let seed = self.seed.wrapping_add(client.wrapping_mul(2));
        (Link::new(seed), Link::new(seed.wrapping_add(1)))
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

async fn open(listen: SocketAddr) -> Result<(UdpSocket, TcpListener)> {
    let tries = if listen.port() == 0 { PORT_TRIES } else { 1 };
    for _ in 0..tries {
        let socket = UdpSocket::bind(listen)
            .await
            .with_context(|| format!("UDP on {listen}"))?;
        if let Ok(listener) = TcpListener::bind(socket.local_addr()?).await {
            return Ok((socket, listener));
        }
    }
    bail!("TCP on {listen} is taken")
}
