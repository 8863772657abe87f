//! Streams: what is lost on the way TCP sends again, so a client sees a lost
//! packet as a pause in which nothing arrives.

use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use super::conditions::Conditions;
use super::{Link, MAX_CLIENTS, Network, Shared, State, count};

/// What is read at once: one segment, so that loss counts as it does for datagrams.
const SEGMENT: usize = 1400;
/// Segments on their way; then the sender has to wait, as for TCP's window.
const WINDOW: usize = 64;
/// How long a lost segment is away: the least a sender waits before it sends
/// again (Linux's TCP_RTO_MIN), or the way there and back.
const SENT_AGAIN: Duration = Duration::from_millis(200);

/// Accepts connections and joins each with one to the hub.
pub(super) async fn relay(listener: TcpListener, shared: Shared) {
    let mut tasks = JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else {
            // One connection that came to nothing, or too many open files.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        while tasks.try_join_next().is_some() {}
        if shared.state.borrow().network.tcp_blocked || tasks.len() >= MAX_CLIENTS {
            continue;
        }
        tasks.spawn(join(client, shared.clone()));
    }
}

/// Until one side closes, or TCP is blocked.
async fn join(client: TcpStream, shared: Shared) {
    let Ok(hub) = TcpStream::connect(shared.target).await else {
        return;
    };
    // Delay is this relay's alone to make.
    let _ = (client.set_nodelay(true), hub.set_nodelay(true));
    let (up, down) = shared.links();
    let (client_out, client_in) = client.into_split();
    let (hub_out, hub_in) = hub.into_split();
    let counters = &shared.counters;
    let (up_count, down_count) = (&counters.passed_up, &counters.passed_down);
    let mut state = shared.state.clone();
    tokio::select! {
        () = pump(client_out, hub_in, up, &shared, |network| network.up, || count(up_count)) => {}
        () = pump(hub_out, client_in, down, &shared, |network| network.down, || count(down_count)) => {}
        _ = state.wait_for(|state| state.network.tcp_blocked) => {}
    }
}

async fn pump(
    from: impl AsyncRead + Unpin,
    to: impl AsyncWrite + Unpin,
    link: Link,
    shared: &Shared,
    side: fn(&Network) -> Conditions,
    passed: impl Fn(),
) {
    let (segments, arriving) = mpsc::channel(WINDOW);
    let read = read(from, link, shared.state.clone(), side, segments);
    let write = write(to, shared.state.clone(), side, arriving, passed);
    tokio::join!(read, write);
}

/// Reads segments and says when each arrives.
async fn read(
    mut from: impl AsyncRead + Unpin,
    mut link: Link,
    state: watch::Receiver<State>,
    side: fn(&Network) -> Conditions,
    segments: mpsc::Sender<(Instant, Vec<u8>)>,
) {
    let mut buffer = vec![0; SEGMENT];
    let mut not_before = Instant::now();
    loop {
        let length = match from.read(&mut buffer).await {
            Ok(length) if length > 0 => length,
            _ => return,
        };
        let conditions = side(&state.borrow().network);
        let arrival = arrival(&mut link, &conditions, length);
        // A stream keeps its order.
        not_before = not_before.max(arrival);
        let segment = buffer.get(..length).unwrap_or_default().to_vec();
        if segments.send((not_before, segment)).await.is_err() {
            return;
        }
    }
}

/// When a segment arrives: after its delay, and later for each time it is lost.
fn arrival(link: &mut Link, conditions: &Conditions, length: usize) -> Instant {
    let now = Instant::now();
    let certain = Conditions {
        blackout: false,
        // The window takes the place of the queue.
        queue: u64::MAX / 16,
        ..*conditions
    };
    let again = SENT_AGAIN.max(2 * conditions.delay());
    let mut pause = Duration::ZERO;
    // Twenty losses of one segment in a row do not happen to who may be helped.
    for _ in 0..20 {
        if link.send(&certain, now, vec![0; length]) {
            break;
        }
        pause += again;
    }
    link.take_arrival().unwrap_or(now) + pause
}

/// Writes each segment when it has arrived; in a blackout none does.
async fn write(
    mut to: impl AsyncWrite + Unpin,
    mut state: watch::Receiver<State>,
    side: fn(&Network) -> Conditions,
    mut segments: mpsc::Receiver<(Instant, Vec<u8>)>,
    passed: impl Fn(),
) {
    while let Some((arrival, segment)) = segments.recv().await {
        sleep_until(arrival.into()).await;
        let lit = state.wait_for(|state| !side(&state.network).blackout);
        if lit.await.is_err() {
            return;
        }
        if to.write_all(&segment).await.is_err() {
            return;
        }
        passed();
    }
    // The other side closed: so does this one.
    let _ = to.shutdown().await;
}
