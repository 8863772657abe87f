//! One client: its protocol machine, and a socket towards the hub for each
//! address it knows the hub by.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, timeout_at};
use turn_server_proto::api::{
    SocketAllocateError, TcpConnectError, TurnServerApi, TurnServerPollRet,
};
use turn_server_proto::server::TurnServer;
use turn_server_proto::stun::agent::Transmit;
use turn_server_proto::types::attribute::XorPeerAddress;
use turn_server_proto::types::message::{CHANNEL_BIND, CREATE_PERMISSION};
use turn_server_proto::types::stun::TransportType;
use turn_server_proto::types::stun::attribute::{ErrorCode, Username};
use turn_server_proto::types::stun::message::{
    IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageWrite as _, MessageWriteExt as _,
    MessageWriteVec,
};
use turn_server_proto::types::{AddressFamily, Instant as ProtocolInstant};

use crate::frames;
use crate::quota::{Grant, Place};
use crate::server::Shared;

/// Messages that wait for a client's task; more are lost.
pub(crate) const INBOX: usize = 256;
/// How long a client may take to show good credentials.
const STRANGER_TIMEOUT: Duration = Duration::from_secs(10);
/// Names one client may come with; a browser has one.
const MAX_NAMES: usize = 4;
/// The longest datagram of the hub.
const DATAGRAM: usize = 2048;
/// Pause after a socket's error, such as that the media port is closed.
const AFTER_AN_ERROR: Duration = Duration::from_millis(10);

/// What a client's task is told.
#[derive(Debug)]
pub(crate) enum Input {
    /// One message of the client.
    Client(Vec<u8>),
    /// A datagram of the hub, which the client knows by this address.
    Hub(SocketAddr, Vec<u8>),
    /// The client has closed its connection.
    Gone,
}

/// The way back to the client.
#[derive(Debug)]
pub(crate) enum Link {
    /// The socket it writes to, and its address as the socket has it.
    Udp(Arc<UdpSocket>, SocketAddr),
    /// To the task that writes its connection.
    Stream(mpsc::Sender<Vec<u8>>),
}

/// One client's stay.
pub(crate) struct Session {
    shared: Arc<Shared>,
    machine: TurnServer,
    /// The machine counts time from here.
    began: std::time::Instant,
    opened: Instant,
    client: SocketAddr,
    local: SocketAddr,
    link: Link,
    inbox: mpsc::Sender<Input>,
    /// Names made known to the machine.
    names: Vec<String>,
    /// The name in the request at hand. The machine asks for a socket only once
    /// that request has proven it.
    asking: Option<String>,
    /// Good credentials were shown.
    is_proven: Arc<AtomicBool>,
    /// Relayed addresses: what the client was told, and whose they count as.
    granted: HashMap<SocketAddr, Option<Grant>>,
    relays: HashMap<SocketAddr, Relay>,
    readers: JoinSet<()>,
    _place: Place,
}

/// A socket that is connected to the media port, and so hears nobody else.
#[derive(Debug)]
struct Relay {
    socket: Arc<UdpSocket>,
    reader: AbortHandle,
}

/// How a client comes in.
pub(crate) struct Arrival {
    pub(crate) client: SocketAddr,
    pub(crate) local: SocketAddr,
    pub(crate) link: Link,
    pub(crate) inbox: mpsc::Sender<Input>,
    pub(crate) place: Place,
    pub(crate) is_proven: Arc<AtomicBool>,
}

impl Session {
    pub(crate) fn new(shared: Arc<Shared>, arrival: Arrival) -> Self {
        // Streams are cut into messages before they come here, so that to the
        // machine every client is one of datagrams. TCP allocations (RFC 6062),
        // which a client on UDP cannot have, are thereby out of reach.
        let machine = TurnServer::new(TransportType::Udp, arrival.local, shared.realm.clone());
        Self {
            shared,
            machine,
            began: std::time::Instant::now(),
            opened: Instant::now(),
            client: arrival.client,
            local: arrival.local,
            link: arrival.link,
            inbox: arrival.inbox,
            names: Vec::new(),
            asking: None,
            is_proven: arrival.is_proven,
            granted: HashMap::new(),
            relays: HashMap::new(),
            readers: JoinSet::new(),
            _place: arrival.place,
        }
    }

    /// Until the client has gone, or has nothing allocated any more.
    pub(crate) async fn run(mut self, mut inputs: mpsc::Receiver<Input>) {
        let mut wake = self.opened + STRANGER_TIMEOUT;
        loop {
            match timeout_at(wake, inputs.recv()).await {
                Ok(None | Some(Input::Gone)) => return,
                Ok(Some(Input::Hub(hub, datagram))) => self.heard_from_hub(hub, datagram).await,
                Ok(Some(Input::Client(message))) => {
                    let is_request = message.first().is_some_and(|byte| *byte < 4);
                    self.heard_from_client(message).await;
                    if is_request {
                        wake = self.work().await;
                    }
                }
                Err(_) => wake = self.work().await,
            }
            if self.granted.is_empty() && self.opened.elapsed() >= STRANGER_TIMEOUT {
                return;
            }
        }
    }

    fn now(&self) -> ProtocolInstant {
        ProtocolInstant::from_std(self.began)
    }

    async fn heard_from_client(&mut self, message: Vec<u8>) {
        if let Ok(request) = Message::from_bytes(&message) {
            self.asking = self.introduce(&request);
            let name = self.asking.as_deref();
            if let Some(answer) = name.and_then(|name| self.refuse_elsewhere(&request, name)) {
                self.to_client(answer).await;
                return;
            }
        }
        let transmit = Transmit::new(message, TransportType::Udp, self.client, self.local);
        let Some(out) = self.machine.recv(transmit, self.now()) else {
            return;
        };
        let out = out.build();
        if out.to == self.client {
            self.to_client(out.data).await;
        } else {
            self.pass_to_hub(out.to, &out.data).await;
        }
    }

    async fn heard_from_hub(&mut self, hub: SocketAddr, datagram: Vec<u8>) {
        let relayed = (self.granted.keys())
            .find(|relayed| relayed.is_ipv4() == hub.is_ipv4())
            .copied();
        let Some(relayed) = relayed else { return };
        let transmit = Transmit::new(datagram, TransportType::Udp, hub, relayed);
        if let Some(out) = self.machine.recv(transmit, self.now()) {
            self.to_client(out.build().data).await;
        }
    }

    /// Makes the name in a request known to the machine, where its time has not
    /// ended; whether its bearer knows the password the machine finds out.
    fn introduce(&mut self, request: &Message<'_>) -> Option<String> {
        let name = request.attribute::<Username>().ok()?.username().to_owned();
        let password = self.shared.password_of(&name)?;
        if !self.names.contains(&name) {
            if self.names.len() >= MAX_NAMES {
                return None;
            }
            self.machine.add_user(name.clone(), password);
            self.names.push(name.clone());
        }
        Some(name)
    }

    /// The answer to a request for a way to anywhere but the hub.
    fn refuse_elsewhere(&self, request: &Message<'_>, name: &str) -> Option<Vec<u8>> {
        if ![CREATE_PERMISSION, CHANNEL_BIND].contains(&request.method()) {
            return None;
        }
        let mut peers = (0..).map_while(|n| request.nth_attribute::<XorPeerAddress>(n).ok());
        let id = request.transaction_id();
        if peers.all(|peer| self.shared.hub.is_at(peer.addr(id).ip())) {
            return None;
        }
        let password = self.shared.password_of(name)?;
        let realm = self.shared.realm.clone();
        let key = LongTermKeyCredentials::new(name.to_owned(), password, realm);
        let mut answer = Message::builder_error(request, MessageWriteVec::new());
        let error = ErrorCode::builder(ErrorCode::FORBIDDEN).build().ok()?;
        answer.add_attribute(&error).ok()?;
        answer
            .add_message_integrity(&key.into(), IntegrityAlgorithm::Sha1)
            .ok()?;
        Some(answer.finish())
    }

    /// Does what the machine wants done; says when it wants to be asked again.
    async fn work(&mut self) -> Instant {
        loop {
            let now = self.now();
            match self.machine.poll(now) {
                TurnServerPollRet::AllocateSocket {
                    transport,
                    listen_addr,
                    client_addr,
                    allocation_transport,
                    family,
                } => {
                    let relayed = self.allocate(family).await;
                    self.machine.allocated_socket(
                        transport,
                        listen_addr,
                        client_addr,
                        allocation_transport,
                        family,
                        relayed,
                        now,
                    );
                }
                TurnServerPollRet::SocketClose { listen_addr, .. } => self.release(listen_addr),
                TurnServerPollRet::TcpConnect {
                    relayed_addr,
                    peer_addr,
                    listen_addr,
                    client_addr,
                } => {
                    let refused = Err(TcpConnectError::Forbidden);
                    self.machine.tcp_connected(
                        relayed_addr,
                        peer_addr,
                        listen_addr,
                        client_addr,
                        refused,
                        now,
                    );
                }
                TurnServerPollRet::TcpClose { .. } => {}
                TurnServerPollRet::WaitUntil(at) => {
                    while let Some(out) = self.machine.poll_transmit(now) {
                        self.to_client(out.data).await;
                    }
                    // A machine that wants to be asked at once is not asked in a circle.
                    let wait = at.saturating_duration_since(now);
                    return Instant::now() + wait.max(Duration::from_millis(10));
                }
            }
        }
    }

    async fn allocate(&mut self, family: AddressFamily) -> Result<SocketAddr, SocketAllocateError> {
        let hub = self.shared.hub.of_family(family == AddressFamily::IPV4);
        let hub = hub.ok_or(SocketAllocateError::AddressFamilyNotSupported)?;
        let full = SocketAllocateError::InsufficientCapacity;
        let user = self.asking.as_deref().ok_or(full)?;
        let grant = self.shared.quota.grant(user).ok_or(full)?;
        let port = self.relay(hub).await.map_err(|_| full)?;
        // The hub's own address, with a port that no other client has: nobody but
        // the hub can send there, and the hub goes by where packets come from.
        let relayed = SocketAddr::new(hub.ip(), port.local_addr().map_err(|_| full)?.port());
        self.is_proven.store(true, Ordering::Relaxed);
        self.granted.insert(relayed, Some(grant));
        Ok(relayed)
    }

    fn release(&mut self, relayed: SocketAddr) {
        self.granted.remove(&relayed);
        let is_same = |hub: &SocketAddr| hub.is_ipv4() == relayed.is_ipv4();
        self.relays.retain(|hub, relay| {
            if is_same(hub) {
                relay.reader.abort();
            }
            !is_same(hub)
        });
    }

    async fn pass_to_hub(&mut self, hub: SocketAddr, datagram: &[u8]) {
        if let Ok(relay) = self.relay(hub).await {
            // What the media port does not take is lost, as on any path.
            let _ = relay.send(datagram).await;
        }
    }

    /// The socket for one of the hub's addresses: one for each, so that the
    /// hub's answer is known to come from the address the client wrote to.
    async fn relay(&mut self, hub: SocketAddr) -> io::Result<Arc<UdpSocket>> {
        if let Some(relay) = self.relays.get(&hub) {
            return Ok(Arc::clone(&relay.socket));
        }
        let target = self.shared.hub.target(hub);
        let target = target.ok_or(io::ErrorKind::PermissionDenied)?;
        let any: IpAddr = match target {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = Arc::new(UdpSocket::bind((any, 0)).await?);
        socket.connect(target).await?;
        let reader = read(Arc::clone(&socket), hub, self.inbox.clone());
        let relay = Relay {
            socket: Arc::clone(&socket),
            reader: self.readers.spawn(reader),
        };
        self.relays.insert(hub, relay);
        Ok(socket)
    }

    async fn to_client(&self, message: Vec<u8>) {
        // Either may lose it; both ends live with loss.
        match &self.link {
            Link::Udp(socket, address) => {
                let _ = socket.send_to(&message, address).await;
            }
            Link::Stream(writer) => {
                let _ = writer.try_send(frames::pad(message));
            }
        }
    }
}

/// Hands over what the hub sends; what comes faster than the client takes it is lost.
async fn read(socket: Arc<UdpSocket>, hub: SocketAddr, inbox: mpsc::Sender<Input>) {
    let mut buffer = vec![0; DATAGRAM];
    loop {
        match socket.recv(&mut buffer).await {
            Ok(length) => {
                let datagram = buffer.get(..length).unwrap_or_default().to_vec();
                let _ = inbox.try_send(Input::Hub(hub, datagram));
            }
            Err(_) => tokio::time::sleep(AFTER_AN_ERROR).await,
        }
    }
}
