//! The sockets clients come in at.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use vdx_domain::Clock;

use crate::credentials::SharedSecret;
use crate::frames::Frames;
use crate::hub_port::HubPort;
use crate::quota::Quota;
use crate::session::{Arrival, INBOX, Input, Link, Session};

/// Asked of the kernel for the socket of all clients on UDP.
const SOCKET_BUFFER: usize = 4 << 20;
/// Ports tried when any will do.
const PORT_TRIES: usize = 16;
/// How long a client may take for the TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Messages that wait for a slow connection; more are lost. A third of a megabyte.
const OUTBOX: usize = 256;
/// Bytes that are written to a connection at once.
const WRITE: usize = 16 << 10;
/// Pause after a socket's error.
const AFTER_AN_ERROR: Duration = Duration::from_millis(10);

/// How TURN is served.
pub struct Settings {
    /// For UDP and TCP; `None` = neither.
    pub listen: Option<SocketAddr>,
    /// For TLS, with its certificate; `None` = no TLS.
    pub tls: Option<(SocketAddr, Arc<ServerConfig>)>,
    /// Proves credentials.
    pub secret: SharedSecret,
    /// Told to clients that ask for credentials (RFC 8489 section 9.2).
    pub realm: String,
    /// The one place relays lead to.
    pub hub: HubPort,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Why TURN did not start.
#[derive(Debug, thiserror::Error)]
#[error("the TURN address {address} cannot be opened: {source}")]
pub struct StartError {
    address: SocketAddr,
    source: io::Error,
}

/// What all clients share.
pub(crate) struct Shared {
    secret: SharedSecret,
    clock: Arc<dyn Clock>,
    pub(crate) realm: String,
    pub(crate) hub: HubPort,
    pub(crate) quota: Arc<Quota>,
}

impl Shared {
    /// The password of a name whose time has not ended.
    pub(crate) fn password_of(&self, name: &str) -> Option<String> {
        self.secret.password_of(name, self.clock.now())
    }
}

/// TURN, served until it is dropped.
pub struct Turn {
    address: Option<SocketAddr>,
    tls_address: Option<SocketAddr>,
    quota: Arc<Quota>,
    _tasks: JoinSet<()>,
}

impl Turn {
    /// Opens the sockets, on a tokio runtime.
    ///
    /// # Errors
    /// When an address is taken.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        let quota = Arc::new(Quota::default());
        let shared = Arc::new(Shared {
            secret: settings.secret,
            clock: settings.clock,
            realm: settings.realm,
            hub: settings.hub,
            quota: Arc::clone(&quota),
        });
        let mut turn = Self {
            address: None,
            tls_address: None,
            quota,
            _tasks: JoinSet::new(),
        };
        let failed = |address| move |source| StartError { address, source };
        if let Some(address) = settings.listen {
            turn.serve_plain(address, &shared)
                .await
                .map_err(failed(address))?;
        }
        if let Some((address, tls)) = settings.tls {
            turn.serve_tls(address, tls, shared)
                .await
                .map_err(failed(address))?;
        }
        Ok(turn)
    }

    /// Where UDP and TCP are served.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Where TLS is served.
    #[must_use]
    pub fn tls_address(&self) -> Option<SocketAddr> {
        self.tls_address
    }

    /// Allocations now.
    #[must_use]
    pub fn allocations(&self) -> u64 {
        self.quota.allocations()
    }

    /// Something to read [`Turn::allocations`] with later.
    pub fn gauge(&self) -> impl Fn() -> u64 + Send + Sync + use<> {
        let quota = Arc::clone(&self.quota);
        move || quota.allocations()
    }

    async fn serve_plain(&mut self, address: SocketAddr, shared: &Arc<Shared>) -> io::Result<()> {
        let (socket, bound, listener) = open_port(address).await?;
        let buffers = socket2::SockRef::from(&socket);
        // What the kernel grants is enough to run; more rides out bursts.
        let _ = buffers.set_recv_buffer_size(SOCKET_BUFFER);
        let _ = buffers.set_send_buffer_size(SOCKET_BUFFER);
        self.address = Some(bound);
        self._tasks
            .spawn(serve_udp(socket, bound, Arc::clone(shared)));
        self._tasks
            .spawn(serve_tcp(listener, None, bound, Arc::clone(shared)));
        Ok(())
    }

    async fn serve_tls(
        &mut self,
        address: SocketAddr,
        tls: Arc<ServerConfig>,
        shared: Arc<Shared>,
    ) -> io::Result<()> {
        let listener = TcpListener::bind(address).await?;
        let bound = listener.local_addr()?;
        self.tls_address = Some(bound);
        let acceptor = Some(TlsAcceptor::from(tls));
        self._tasks
            .spawn(serve_tcp(listener, acceptor, bound, shared));
        Ok(())
    }
}

/// Opens UDP and TCP on one port. Port 0 means any that is free for both: the
/// kernel knows only of one at a time, so a few are tried.
async fn open_port(listen: SocketAddr) -> io::Result<(UdpSocket, SocketAddr, TcpListener)> {
    let mut tries = if listen.port() == 0 { PORT_TRIES } else { 1 };
    loop {
        tries -= 1;
        let socket = UdpSocket::bind(listen).await?;
        let address = socket.local_addr()?;
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok((socket, address, listener)),
            Err(error) if tries == 0 => return Err(error),
            Err(_) => {}
        }
    }
}

/// Hands each client's datagrams to its task.
async fn serve_udp(socket: UdpSocket, local: SocketAddr, shared: Arc<Shared>) {
    let socket = Arc::new(socket);
    let mut clients: HashMap<SocketAddr, mpsc::Sender<Input>> = HashMap::new();
    let mut tasks = JoinSet::new();
    let mut buffer = vec![0; 4096];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else {
            tokio::time::sleep(AFTER_AN_ERROR).await;
            continue;
        };
        let message = buffer.get(..length).unwrap_or_default();
        let known = clients.get(&from).filter(|inbox| !inbox.is_closed());
        if let Some(inbox) = known {
            let _ = inbox.try_send(Input::Client(message.to_vec()));
            continue;
        }
        if !begins(message) {
            continue;
        }
        while tasks.try_join_next().is_some() {}
        clients.retain(|_, inbox| !inbox.is_closed());
        let Some(place) = shared.quota.place() else {
            continue;
        };
        let (inbox, inputs) = mpsc::channel(INBOX);
        let _ = inbox.try_send(Input::Client(message.to_vec()));
        clients.insert(from, inbox.clone());
        let is_proven = Arc::new(AtomicBool::new(false));
        let session = Session::new(
            Arc::clone(&shared),
            Arrival {
                client: canonical(from),
                local: canonical(local),
                link: Link::Udp(Arc::clone(&socket), from),
                inbox,
                place,
                is_proven: Arc::clone(&is_proven),
            },
        );
        shared
            .quota
            .watch(is_proven, tasks.spawn(session.run(inputs)));
    }
}

/// A stranger's first datagram asks for an allocation, or for its own address;
/// anything else costs no memory.
fn begins(datagram: &[u8]) -> bool {
    matches!(datagram, [0, 1 | 3, ..])
}

async fn serve_tcp(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    local: SocketAddr,
    shared: Arc<Shared>,
) {
    let mut tasks = JoinSet::new();
    loop {
        let Ok((stream, client)) = listener.accept().await else {
            tokio::time::sleep(AFTER_AN_ERROR).await;
            continue;
        };
        while tasks.try_join_next().is_some() {}
        let Some(place) = shared.quota.place() else {
            continue;
        };
        let (inbox, inputs) = mpsc::channel(INBOX);
        let (writer, outbox) = mpsc::channel(OUTBOX);
        let is_proven = Arc::new(AtomicBool::new(false));
        let session = Session::new(
            Arc::clone(&shared),
            Arrival {
                client: canonical(client),
                local: canonical(local),
                link: Link::Stream(writer),
                inbox: inbox.clone(),
                place,
                is_proven: Arc::clone(&is_proven),
            },
        );
        let tls = tls.clone();
        let task = tasks.spawn(async move {
            let wire = wire(stream, tls, inbox, outbox);
            // The session ends with the connection, and the connection with it.
            tokio::select! {
                () = wire => {}
                () = session.run(inputs) => {}
            }
        });
        shared.quota.watch(is_proven, task);
    }
}

/// Reads and writes a connection until it ends.
async fn wire(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    inbox: mpsc::Sender<Input>,
    outbox: mpsc::Receiver<Vec<u8>>,
) {
    // Media waits for nothing.
    let _ = stream.set_nodelay(true);
    match tls {
        None => {
            let (read, write) = stream.into_split();
            carry(read, write, inbox, outbox).await;
        }
        Some(acceptor) => {
            if let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await {
                let (read, write) = tokio::io::split(stream);
                carry(read, write, inbox, outbox).await;
            }
        }
    }
}

async fn carry(
    read: impl AsyncRead + Unpin,
    write: impl AsyncWrite + Unpin,
    inbox: mpsc::Sender<Input>,
    outbox: mpsc::Receiver<Vec<u8>>,
) {
    tokio::select! {
        () = read_messages(read, inbox) => {}
        () = write_messages(write, outbox) => {}
    }
}

/// Until the client closes, or sends what is no TURN. A client that sends more
/// than its task takes waits.
async fn read_messages(mut stream: impl AsyncRead + Unpin, inbox: mpsc::Sender<Input>) {
    let mut frames = Frames::default();
    let mut buffer = vec![0; 8192];
    loop {
        match stream.read(&mut buffer).await {
            Ok(length) if length > 0 => frames.add(buffer.get(..length).unwrap_or_default()),
            _ => break,
        }
        loop {
            match frames.next() {
                Ok(None) => break,
                Ok(Some(message)) => {
                    if inbox.send(Input::Client(message)).await.is_err() {
                        return;
                    }
                }
                Err(_) => return,
            }
        }
    }
    let _ = inbox.send(Input::Gone).await;
}

/// Writes what there is together: one TLS record, one segment.
async fn write_messages(mut stream: impl AsyncWrite + Unpin, mut outbox: mpsc::Receiver<Vec<u8>>) {
    while let Some(mut bytes) = outbox.recv().await {
        while bytes.len() < WRITE
            && let Ok(more) = outbox.try_recv()
        {
            bytes.extend_from_slice(&more);
        }
        if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
