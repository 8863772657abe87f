//! Datagrams: each client has a socket of its own towards the hub.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use super::{CLIENT_GONE, Link, MAX_CLIENTS, Shared, State, count};

const DATAGRAM: usize = 65_535;
/// Datagrams that wait for a client's task; more are lost.
const INBOX: usize = 4096;

/// Hands each client's datagrams to its task.
pub(super) async fn relay(socket: UdpSocket, shared: Shared) {
    let socket = Arc::new(socket);
    let mut clients: HashMap<SocketAddr, mpsc::Sender<Vec<u8>>> = HashMap::new();
    let mut tasks = JoinSet::new();
    let mut buffer = vec![0; DATAGRAM];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else {
            // The word that an earlier datagram could not be delivered.
            continue;
        };
        while tasks.try_join_next().is_some() {}
        clients.retain(|_, inbox| !inbox.is_closed());
        if !clients.contains_key(&from) {
            if clients.len() >= MAX_CLIENTS {
                continue;
            }
            let (inbox, datagrams) = mpsc::channel(INBOX);
            clients.insert(from, inbox);
            let client = Client::new(from, Arc::clone(&socket), &shared).await;
            if let Ok(client) = client {
                tasks.spawn(client.run(datagrams));
            }
        }
        if let Some(inbox) = clients.get(&from) {
            // A client's task that does not keep up is a network that does not.
            let _ = inbox.try_send(buffer[..length].to_vec());
        }
    }
}

struct Client {
    address: SocketAddr,
    outside: Arc<UdpSocket>,
    inside: UdpSocket,
    up: Link,
    down: Link,
    shared: Shared,
}

impl Client {
    async fn new(
        address: SocketAddr,
        outside: Arc<UdpSocket>,
        shared: &Shared,
    ) -> io::Result<Self> {
        let (up, down) = shared.links();
        Ok(Self {
            address,
            outside,
            inside: towards(shared.target).await?,
            up,
            down,
            shared: shared.clone(),
        })
    }

    /// Until the client has been silent for long.
    async fn run(mut self, mut datagrams: mpsc::Receiver<Vec<u8>>) {
        let mut buffer = vec![0; DATAGRAM];
        let mut rebinds = self.state().rebinds;
        let mut heard = Instant::now();
        loop {
            let next = [self.up.next_arrival(), self.down.next_arrival()];
            let wake = next.into_iter().flatten().min();
            let wake = wake.unwrap_or(heard + CLIENT_GONE).min(heard + CLIENT_GONE);
            tokio::select! {
                datagram = datagrams.recv() => {
                    let Some(datagram) = datagram else { return };
                    heard = Instant::now();
                    self.heard_from_client(datagram);
                }
                Ok(length) = self.inside.recv(&mut buffer) => {
                    let datagram = buffer.get(..length).unwrap_or_default();
                    self.heard_from_hub(datagram.to_vec());
                }
                changed = self.shared.state.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let wanted = self.state().rebinds;
                    if wanted != rebinds && let Ok(inside) = towards(self.shared.target).await {
                        self.inside = inside;
                        rebinds = wanted;
                    }
                }
                () = sleep_until(wake.into()) => {}
            }
            self.deliver().await;
            if heard.elapsed() >= CLIENT_GONE {
                return;
            }
        }
    }

    fn state(&self) -> State {
        *self.shared.state.borrow()
    }

    fn heard_from_client(&mut self, datagram: Vec<u8>) {
        let network = self.state().network;
        if network.udp_blocked || !self.up.send(&network.up, Instant::now(), datagram) {
            count(&self.shared.counters.lost_up);
        }
    }

    fn heard_from_hub(&mut self, datagram: Vec<u8>) {
        let network = self.state().network;
        if network.udp_blocked || !self.down.send(&network.down, Instant::now(), datagram) {
            count(&self.shared.counters.lost_down);
        }
    }

    /// Sends what has arrived. What a socket does not take is lost, as on a line.
    async fn deliver(&mut self) {
        let now = Instant::now();
        while let Some(datagram) = self.up.receive(now) {
            let _ = self.inside.send(&datagram).await;
            count(&self.shared.counters.passed_up);
        }
        while let Some(datagram) = self.down.receive(now) {
            let _ = self.outside.send_to(&datagram, self.address).await;
            count(&self.shared.counters.passed_down);
        }
    }
}

async fn towards(target: SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = match target {
        SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
        SocketAddr::V6(_) => ([0u16; 8], 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(target).await?;
    Ok(socket)
}
