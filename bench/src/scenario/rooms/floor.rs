//! What no server can go below: the packets of one sender to 500 receivers,
//! sealed and handed to the kernel in batches, and nothing else.

use std::io::{ErrorKind, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use quinn_udp::{RecvMeta, Transmit, UdpSocketState};

use crate::figure::{Figure, median};
use crate::process::{processor_time_of, stay_on_as};

/// As in the case `one_to_500`.
const RECEIVERS: usize = 500;
const FRAMES_A_SECOND: u32 = 10;
const PACKETS_A_FRAME: usize = 2;
/// RTP header with its extensions, payload, and the seal's tag.
const HEADER: usize = 20;
const PAYLOAD: usize = 940;
const TAG: usize = 16;

/// Measures the floor on `core`.
///
/// # Errors
/// When sockets or threads cannot be had.
pub(super) fn measure(
    core: Option<usize>,
    windows: usize,
    window: Duration,
) -> Result<Vec<Figure>> {
    let stop = Arc::new(AtomicBool::new(false));
    let sockets: Vec<UdpSocket> = (0..RECEIVERS).map(|_| receiver()).collect::<Result<_>>()?;
    let addresses: Vec<SocketAddr> = sockets
        .iter()
        .map(UdpSocket::local_addr)
        .collect::<std::io::Result<_>>()?;
    let reader = thread::spawn({
        let stop = Arc::clone(&stop);
        move || drain(&sockets, &stop)
    });
    let sender = thread::spawn(move || -> Result<Vec<f64>> {
        if let Some(core) = core {
            stay_on_as(Path::new("/proc/thread-self"), &[core])?;
        }
        let mut sender = Sender::new(addresses)?;
        (0..windows).map(|_| sender.window(window)).collect()
    });
    let costs = sender.join().map_err(|_| anyhow!("the sender failed"))?;
    stop.store(true, Ordering::Relaxed);
    reader
        .join()
        .map_err(|_| anyhow!("the receiver failed"))??;
    let costs = costs?;
    let mut figures = vec![Figure::new(
        "rooms.floor.cpu_per_packet",
        median(&costs),
        "us",
    )];
    figures.extend(
        Figure::with_noise("rooms.floor.cpu_per_packet", &costs, "us")
            .into_iter()
            .skip(1),
    );
    Ok(figures)
}

fn receiver() -> Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Empties the sockets, which costs the receiving side's core alone.
fn drain(sockets: &[UdpSocket], stop: &AtomicBool) -> Result<()> {
    let states: Vec<UdpSocketState> = sockets
        .iter()
        .map(|socket| UdpSocketState::new(socket.into()))
        .collect::<std::io::Result<_>>()?;
    let mut buffer = vec![0; 1 << 16];
    while !stop.load(Ordering::Relaxed) {
        for (socket, state) in sockets.iter().zip(&states) {
            let mut metas = [RecvMeta::default()];
            let mut slices = [IoSliceMut::new(&mut buffer)];
            match state.recv(socket.into(), &mut slices, &mut metas) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

struct Sender {
    socket: UdpSocket,
    state: UdpSocketState,
    receivers: Vec<(SocketAddr, LessSafeKey)>,
    payload: Vec<u8>,
    sequence: u64,
    train: Vec<u8>,
}

impl Sender {
    fn new(addresses: Vec<SocketAddr>) -> Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let state = UdpSocketState::new((&socket).into())?;
        let key = |number: usize| -> Result<LessSafeKey> {
            let mut bytes = [7; 32];
            bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
            let key = UnboundKey::new(&AES_256_GCM, &bytes)
                .ok()
                .context("a key")?;
            Ok(LessSafeKey::new(key))
        };
        let receivers = addresses
            .into_iter()
            .enumerate()
            .map(|(number, address)| Ok((address, key(number)?)))
            .collect::<Result<_>>()?;
        Ok(Self {
            socket,
            state,
            receivers,
            payload: vec![0x55; PAYLOAD],
            sequence: 0,
            train: Vec::new(),
        })
    }

    /// Microseconds a packet over one window.
    fn window(&mut self, length: Duration) -> Result<f64> {
        let me = Path::new("/proc/thread-self");
        let begun = Instant::now();
        let (before, first) = (processor_time_of(me)?, self.sequence);
        for frame in 1.. {
            self.frame()?;
            let due = begun + Duration::from_secs(1) * frame / FRAMES_A_SECOND;
            if due >= begun + length {
                break;
            }
            thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        let spent = processor_time_of(me)?.saturating_sub(before);
        let packets = (self.sequence - first) * RECEIVERS as u64;
        Ok(spent.as_secs_f64() * 1e6 / packets as f64)
    }

    fn frame(&mut self) -> Result<()> {
        for (address, key) in &self.receivers {
            self.train.clear();
            for packet in 0..PACKETS_A_FRAME as u64 {
                seal(&mut self.train, key, self.sequence + packet, &self.payload)?;
            }
            self.state.try_send(
                (&self.socket).into(),
                &Transmit {
                    destination: *address,
                    ecn: None,
                    contents: &self.train,
                    segment_size: Some(HEADER + PAYLOAD + TAG),
                    src_ip: None,
                },
            )?;
        }
        self.sequence += PACKETS_A_FRAME as u64;
        Ok(())
    }
}

/// Appends a packet to the train, sealed as SRTP does it (RFC 7714).
fn seal(train: &mut Vec<u8>, key: &LessSafeKey, sequence: u64, payload: &[u8]) -> Result<()> {
    let at = train.len();
    train.resize(at + HEADER, 0x80);
    train.extend_from_slice(payload);
    let (header, body) = train
        .get_mut(at..)
        .and_then(|packet| packet.split_at_mut_checked(HEADER))
        .context("a packet")?;
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&sequence.to_be_bytes());
    let nonce = Nonce::assume_unique_for_key(nonce);
    let tag = key
        .seal_in_place_separate_tag(nonce, Aad::from(&*header), body)
        .map_err(|_| anyhow!("sealing failed"))?;
    train.extend_from_slice(tag.as_ref());
    Ok(())
}
