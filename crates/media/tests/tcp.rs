//! Media over TCP (RFC 6544), for networks that let no UDP through.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use str0m::change::SdpAnswer;
use str0m::media::{Direction, MediaKind};
use str0m::net::{Protocol, Receive, TcpType};
use str0m::{Candidate, Event, Input, Output, Rtc};
use vdx_domain::{CallId, ConferenceId, VmrQuality};
use vdx_media::{Config, Engine, OpenCall};

const PATIENCE: Duration = Duration::from_secs(30);

const IPV4: &str = "127.0.0.1:0";

fn engine(listen: &str, threads: usize) -> Result<Engine> {
    let config = Config {
        listen: listen.parse()?,
        announce: Vec::new(),
        loopback: true,
        threads,
        max_calls: 100,
        consent_timeout: Duration::from_secs(20),
    };
    Ok(Engine::start(&config, |_| ())?)
}

/// A call over a connection of its own.
struct Connected {
    conference: ConferenceId,
    call: CallId,
    stream: TcpStream,
}

/// Joins over a TCP connection and runs until DTLS is through.
async fn connect_over_tcp(engine: &Engine) -> Result<Connected> {
    let mut stream = TcpStream::connect(engine.address())?;
    stream.set_nonblocking(true)?;
    let (local, remote) = (stream.local_addr()?, stream.peer_addr()?);
    let mut rtc = Rtc::builder().set_rtp_mode(true).build(Instant::now());
    let candidate = Candidate::builder()
        .tcp()
        .host(local)
        .tcptype(TcpType::Active);
    rtc.add_local_candidate(candidate.build()?);
    let mut change = rtc.sdp_api();
    change.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
    let (offer, pending) = change.apply().context("an offer")?;
    let (conference, call) = (ConferenceId::generate(), CallId::generate());
    let opened = engine
        .open_call(OpenCall {
            conference,
            call,
            offer: offer.to_sdp_string(),
            video_slots: 1,
            audio_slots: 1,
            quality: VmrQuality::Hd,
        })
        .await?;
    let answer = SdpAnswer::from_sdp_string(&opened.answer)?;
    rtc.sdp_api().accept_answer(pending, answer)?;

    let deadline = Instant::now() + PATIENCE;
    let mut inbound = Vec::new();
    loop {
        ensure!(Instant::now() < deadline, "never connected");
        let until = loop {
            match rtc.poll_output()? {
                Output::Timeout(at) => break at,
                Output::Transmit(transmit) if transmit.proto == Protocol::Tcp => {
                    let length = u16::try_from(transmit.contents.len())?;
                    stream.write_all(&length.to_be_bytes())?;
                    stream.write_all(&transmit.contents)?;
                }
                Output::Event(Event::Connected) => {
                    return Ok(Connected {
                        conference,
                        call,
                        stream,
                    });
                }
                Output::Transmit(_) | Output::Event(_) => {}
            }
        };
        if let Some(packet) = framed(&mut inbound) {
            let receive = Receive::new(Protocol::Tcp, remote, local, &packet)?;
            rtc.handle_input(Input::Receive(Instant::now(), receive))?;
            continue;
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk) {
            Ok(0) => bail!("the hub closed the connection"),
            Ok(length) => inbound.extend_from_slice(&chunk[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let pause = until.saturating_duration_since(Instant::now());
                tokio::time::sleep(pause.min(Duration::from_millis(2))).await;
                rtc.handle_input(Input::Timeout(Instant::now()))?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Takes one packet off its frame (RFC 4571).
fn framed(inbound: &mut Vec<u8>) -> Option<Vec<u8>> {
    let [high, low, rest @ ..] = &inbound[..] else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    let packet = rest.get(..length)?.to_vec();
    inbound.drain(..2 + length);
    Some(packet)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_connects_over_tcp_whichever_thread_owns_it() -> Result<()> {
    // Conferences are spread over the threads by their ids; connections are
    // all accepted by the first, so some of these are handed over.
    let engine = engine(IPV4, 3)?;
    for _ in 0..9 {
        connect_over_tcp(&engine).await?;
    }
    ensure!(engine.counters().faults == 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_silent_connections_keep_nobody_out() -> Result<()> {
    let engine = engine(IPV4, 1)?;
    let address = engine.address();
    let idle: Vec<TcpStream> = (0..1000)
        .filter_map(|_| TcpStream::connect_timeout(&address, PATIENCE).ok())
        .collect();
    ensure!(
        idle.len() > 500,
        "only {} connections came about",
        idle.len()
    );
    connect_over_tcp(&engine).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_over_tcp_is_cut_off() -> Result<()> {
    let engine = engine(IPV4, 1)?;
    let mut stream = TcpStream::connect(engine.address())?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n")?;
    let mut answer = Vec::new();
    // Closed, with or without a reset; never an answer.
    let _ = stream.read_to_end(&mut answer);
    ensure!(answer.is_empty());
    connect_over_tcp(&engine).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_whose_first_packet_no_call_takes_is_cut_off() -> Result<()> {
    let engine = engine(IPV4, 1)?;
    let mut stream = TcpStream::connect(engine.address())?;
    stream.set_read_timeout(Some(PATIENCE))?;
    // Of an RTP packet's length, and more behind it.
    stream.write_all(&[&[0, 12][..], &[0x80; 12], &[0, 12]].concat())?;
    let closed = stream.read(&mut [0; 1]);
    let waited = |error: &std::io::Error| error.kind() == ErrorKind::WouldBlock;
    ensure!(!closed.as_ref().is_err_and(waited), "{closed:?}");
    ensure!(closed.unwrap_or_default() == 0, "it was answered");
    ensure!(engine.counters().datagrams_unknown == 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_ends_with_its_call() -> Result<()> {
    let engine = engine(IPV4, 1)?;
    let mut connected = connect_over_tcp(&engine).await?;
    engine.close_call(connected.conference, connected.call);
    connected.stream.set_nonblocking(false)?;
    connected.stream.set_read_timeout(Some(PATIENCE))?;
    let mut rest = Vec::new();
    match connected.stream.read_to_end(&mut rest) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => bail!("it is still open"),
        // Closed, with or without a reset.
        _ => Ok(()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_connects_over_tcp_and_ipv6() -> Result<()> {
    if std::net::UdpSocket::bind("[::1]:0").is_err() {
        eprintln!("skipped: this machine has no IPv6");
        return Ok(());
    }
    connect_over_tcp(&engine("[::1]:0", 1)?).await?;
    Ok(())
}
