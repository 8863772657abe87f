//! The whole hub under fire, as a process of its own: while two people talk,
//! others send what no hub can use, to every port it has. It must refuse
//! clearly or keep silent, go on answering, and lose no packet of the talk.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpStream, UdpSocket};
use vdx_bench::hostile::{Datagrams, Descriptions, worst_descriptions};
use vdx_bench::process::{Home, HubProcess};
use vdx_bench::scenario::forward::Crowd;
use vdx_bench::signalling::hub::{Granted, Room};
use vdx_bench::signalling::{Person, Role};
use vdx_bench::{Endpoint, Plan, all_well};

/// Two people in a room of a hub.
struct Talk {
    process: HubProcess,
    crowd: Crowd,
}

/// The hub's own counts.
#[derive(Debug)]
struct Counts {
    forwarded: f64,
    dropped: f64,
    faults: f64,
    /// Datagrams that never reached the hub.
    unread: u64,
}

impl Talk {
    async fn begin() -> Result<Self> {
        Self::begin_with(|_| ()).await
    }

    async fn begin_with(change: impl FnOnce(&mut Home)) -> Result<Self> {
        let mut home = Home::new(Path::new(env!("CARGO_BIN_EXE_vdx")))?;
        change(&mut home);
        let process = HubProcess::start(home).await?;
        let crowd = Crowd::gather(&process, 1, Plan::CONSULTATION).await?;
        Ok(Self { process, crowd })
    }

    async fn counts(&self) -> Result<Counts> {
        let metric = async |name: &str| -> Result<f64> {
            let name = format!("vdx_media_{name}_total");
            let value = self.process.hub().metric(&name).await?;
            value.with_context(|| format!("/metrics has no {name}"))
        };
        Ok(Counts {
            forwarded: metric("packets_forwarded").await?,
            dropped: metric("datagrams_dropped").await?,
            faults: metric("faults").await?,
            unread: self.process.datagrams_dropped()?,
        })
    }

    /// Runs `fire` and shows that hub and talk went on unharmed. What `fire`
    /// gives is kept until then.
    async fn goes_on_during<T>(&mut self, fire: impl AsyncFnOnce(&Self) -> Result<T>) -> Result<T> {
        let before = self.counts().await?;
        self.crowd.generator.next_window().await?;
        let kept = fire(self).await?;
        // Whatever the fire's aftermath is, it falls into the window.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let report = self.crowd.generator.report().await?;
        let after = self.counts().await?;

        ensure!(
            self.process.is_running()?,
            "the hub is gone:\n{}",
            self.process.log_end()
        );
        let hub = self.process.hub();
        let ready = hub.http().get(hub.url("/readyz")?).send().await?;
        ensure!(ready.status() == StatusCode::OK, "{}", ready.status());
        all_well(&report.endpoints)?;
        ensure!(after.faults == before.faults, "{after:?}");
        ensure!(after.dropped == before.dropped, "{after:?}");
        // A flooded machine may be too slow for the picture, and then the hub lets
        // it rest; what goes out is whole, and sound is never left out.
        let went = after.forwarded - before.forwarded;
        ensure!(went > 100.0, "{went} forwarded");
        ensure!(
            report.rtp().missing == 0,
            "lost on the way out: {:?}",
            report.rtp()
        );
        let unread = after.unread - before.unread;
        let sound = report.sound();
        ensure!(
            sound.received > 50 && sound.missing <= unread,
            "{sound:?} with {unread} datagrams that did not reach the hub"
        );
        Ok(kept)
    }

    /// One more person, who enters a room of their own without media.
    async fn stranger(&self) -> Result<(Room, Granted)> {
        let hub = self.process.hub();
        let access = hub.sign_in(self.process.demo()?.planner()?).await?;
        let room = hub.book(&access, "Bad input").await?;
        let person = Person {
            name: "Stranger".to_owned(),
            role: Role::Host,
        };
        let granted = hub.request_token(&room, &person).await?;
        Ok((room, granted))
    }
}

/// The fire stays below what a debug build can read, so that the kernel drops
/// nothing on its way to the hub.
const BURST: usize = 20;
const PAUSE: Duration = Duration::from_millis(4);

async fn flood(target: SocketAddr, mut datagrams: impl Iterator<Item = Vec<u8>>) -> Result<()> {
    let mut sockets = Vec::new();
    for _ in 0..8 {
        sockets.push(UdpSocket::bind("127.0.0.1:0").await?);
    }
    for _ in 0..500 {
        for (datagram, socket) in datagrams.by_ref().take(BURST).zip(sockets.iter().cycle()) {
            socket.send_to(&datagram, target).await?;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_on_the_media_port() -> Result<()> {
    let mut talk = Talk::begin().await?;
    let answer = &talk.crowd.sessions()[0].answer;
    let ufrag = answer.lines().find_map(|l| l.strip_prefix("a=ice-ufrag:"));
    let ufrag = ufrag.context("an answer without a=ice-ufrag")?.to_owned();
    talk.goes_on_during(async |talk| {
        let target = talk.process.home().media();
        flood(target, Datagrams::new(1, Some(ufrag))).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_half_open_connections_to_each_port() -> Result<()> {
    // As many files as a login gets by default, far fewer than what comes.
    let mut talk = Talk::begin_with(|home| home.open_files = Some(1024)).await?;
    let open = talk
        .goes_on_during(async |talk| {
            let home = talk.process.home();
            let mut open = half_open(home.media(), &[2, 0, 0x16, 0xfe]).await?;
            let beginning = b"POST /oauth2/token HTTP/1.1\r\nHost: ";
            open.extend(half_open(home.http(), beginning).await?);
            let hub = talk.process.hub();
            let alive = hub.http().get(hub.url("/healthz")?).send().await?;
            ensure!(alive.status() == StatusCode::OK, "{}", alive.status());
            Ok(open)
        })
        .await?;
    // Others still get in and see each other.
    let others = Crowd::gather(&talk.process, 1, Plan::CONSULTATION).await?;
    ensure!(open.len() == 2000);
    others.disperse(talk.process.hub()).await
}

/// A thousand connections, of which half say how a request would begin.
async fn half_open(target: SocketAddr, beginning: &[u8]) -> Result<Vec<TcpStream>> {
    let mut open = Vec::new();
    for number in 0..1000 {
        let mut stream = TcpStream::connect(target).await?;
        if number % 2 == 0 {
            // The hub may have thrown it out already.
            let _ = stream.write_all(beginning).await;
        }
        open.push(stream);
        if number % BURST == 0 {
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(open)
}

#[tokio::test(flavor = "multi_thread")]
async fn session_descriptions_gone_wrong() -> Result<()> {
    let mut talk = Talk::begin().await?;
    talk.goes_on_during(async |talk| {
        let (room, granted) = talk.stranger().await?;
        let hub = talk.process.hub();
        let offering = Endpoint::offering(Plan::CONSULTATION)?;
        let calls = format!("participants/{}/calls", granted.participant_uuid);
        let calls = hub.conference(&room.address)?.join(&calls)?;
        let changed = Descriptions::new(2, offering.offer()).take(300);
        let worst = worst_descriptions(offering.offer());
        let mut refused = 0;
        for (number, offer) in worst.into_iter().chain(changed).enumerate() {
            let body = json!({ "call_type": "WEBRTC", "sdp": offer });
            let request = hub.http().post(calls.clone()).json(&body);
            let reply = request.header("token", &granted.token).send().await?;
            match reply.status() {
                StatusCode::OK => {
                    // Some changes are harmless. Such a call goes again.
                    let body: Value = reply.json().await?;
                    let call = body.pointer("/result/call_uuid").and_then(Value::as_str);
                    let call = call.context("a call without call_uuid")?;
                    let end = hub.http().post(format!("{calls}/{call}/disconnect"));
                    let end = end.header("token", &granted.token).json(&json!({}));
                    end.send().await?.error_for_status()?;
                }
                status if status.is_client_error() => refused += 1,
                status => bail!("offer {number} got {status}:\n{offer}"),
            }
        }
        ensure!(refused > 50, "only {refused} refused");
        Ok(())
    })
    .await
}

/// Every operation that reads a body, by what it takes.
async fn operations(talk: &Talk) -> Result<Vec<(Method, String)>> {
    let (room, granted) = talk.stranger().await?;
    let conference = talk.process.hub().conference(&room.address)?;
    let mine = format!("{conference}participants/{}", granted.participant_uuid);
    let meetings = talk.process.hub().url("/videoapi/v2/meetings")?;
    let token = talk.process.hub().url("/oauth2/token")?;
    Ok(vec![
        (Method::POST, format!("{conference}request_token")),
        (Method::POST, format!("{mine}/calls")),
        (Method::POST, meetings.to_string()),
        (Method::POST, token.to_string()),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_gone_wrong() -> Result<()> {
    let mut talk = Talk::begin().await?;
    talk.goes_on_during(async |talk| {
        let hub = talk.process.hub();
        let access = hub.sign_in(talk.process.demo()?.planner()?).await?;
        let (_, granted) = talk.stranger().await?;
        let bodies: Vec<Vec<u8>> = vec![
            Vec::new(),
            b"{".to_vec(),
            b"[]".to_vec(),
            b"null".to_vec(),
            b"{\"sdp\":1,\"display_name\":{},\"subject\":[]}".to_vec(),
            b"{\"display_name\":\"\xff\xfe\"}".to_vec(),
            "[".repeat(500_000).into_bytes(),
            format!("{{\"display_name\":{}", "9".repeat(900_000)).into_bytes(),
            vec![b' '; 10 << 20],
        ];
        for (method, url) in operations(talk).await? {
            for body in &bodies {
                let request = hub.http().request(method.clone(), &url);
                let request = request
                    .header("content-type", "application/json")
                    .header("token", &granted.token)
                    .bearer_auth(access.secret())
                    .body(body.clone());
                refused(request, &format!("{url} with {} bytes", body.len())).await?;
            }
        }
        odd_requests(talk).await
    })
    .await
}

/// Requests that are odd before anybody reads a body.
async fn odd_requests(talk: &Talk) -> Result<()> {
    let hub = talk.process.hub();
    let http = hub.http();
    for path in [
        "/api/client/v2/conferences/%00/request_token".to_owned(),
        "/api/client/v2/conferences/%ff%fe/request_token".to_owned(),
        "/api/client/v2/conferences/../../etc/passwd".to_owned(),
        "/videoapi/v2/meetings/not-a-uuid".to_owned(),
        "/api/hub/v1/links/%2e%2e%2f".to_owned(),
        format!("/api/hub/v1/links/{}", "a".repeat(20_000)),
    ] {
        refused(http.post(hub.url(&path)?).json(&json!({})), &path).await?;
        refused(http.get(hub.url(&path)?), &path).await?;
    }
    let wanted = hub.url("/videoapi/v2/meetings")?;
    let long = "x".repeat(20_000);
    for header in ["authorization", "token", "pin", "cookie"] {
        let request = http.post(wanted.clone()).header(header, &long);
        refused(request.json(&json!({})), header).await?;
    }
    for token in [
        "",
        "x",
        "Bearer",
        "Bearer x",
        "Bearer eyJ.eyJ.x",
        "Basic OjpA",
    ] {
        let request = http.post(wanted.clone()).header("authorization", token);
        refused(request.json(&json!({})), token).await?;
    }
    Ok(())
}

/// Shows that a request gets a clear 4xx.
async fn refused(request: RequestBuilder, what: &str) -> Result<()> {
    let reply = request.send().await;
    let status = reply.with_context(|| what.to_owned())?.status();
    ensure!(status.is_client_error(), "{what} got {status}");
    Ok(())
}
