//! TURN with a client written for the test: what is let in, where it leads, and
//! that strangers keep nobody out.

mod client;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use vdx_domain::{Clock as _, SystemClock};
use vdx_turn::{Credentials, HubPort, LIFETIME, Settings, SharedSecret, Turn};

use client::{Certified, Client, Transport};

const PATIENCE: Duration = Duration::from_secs(20);
const SECRET: &str = "a secret of some length";
/// What clients know the hub by: an address of nobody, as behind a NAT.
const ANNOUNCED: &str = "192.0.2.7:10000";
const ANNOUNCED_6: &str = "[2001:db8::7]:10000";

struct Rig {
    turn: Turn,
    certified: Certified,
    /// In the place of the media port: sends back what it gets.
    echo: SocketAddr,
}

impl Rig {
    async fn start() -> Result<Self> {
        let echo = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).await?;
        let listening = echo.local_addr()?;
        tokio::spawn(async move {
            let mut buffer = [0; 2048];
            while let Ok((length, from)) = echo.recv_from(&mut buffer).await {
                let _ = echo.send_to(&buffer[..length], from).await;
            }
        });
        let certified = Certified::new()?;
        let any: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
        let turn = Turn::start(Settings {
            listen: Some(any),
            tls: Some((any, certified.server()?)),
            secret: SharedSecret::new(SECRET),
            realm: "rooms.example".to_owned(),
            hub: HubPort::new(vec![ANNOUNCED.parse()?, ANNOUNCED_6.parse()?], listening),
            clock: Arc::new(SystemClock),
        })
        .await?;
        Ok(Self {
            turn,
            certified,
            echo: listening,
        })
    }

    async fn connect(&self, transport: Transport) -> Result<Client> {
        let address = match transport {
            Transport::Udp | Transport::Tcp => self.turn.address(),
            Transport::Tls => self.turn.tls_address(),
        };
        Client::connect(transport, address.context("listening")?, &self.certified).await
    }
}

fn now() -> Timestamp {
    SystemClock.now()
}

fn credentials() -> Credentials {
    SharedSecret::new(SECRET).issue("somebody", now())
}

const TRANSPORTS: [Transport; 3] = [Transport::Udp, Transport::Tcp, Transport::Tls];

#[tokio::test]
async fn it_leads_to_the_hub_and_back_over_each_transport() -> Result<()> {
    let rig = Rig::start().await?;
    for transport in TRANSPORTS {
        let mut client = rig.connect(transport).await?;
        let relayed = client.allocate(&credentials(), None).await?;
        ensure!(
            relayed.ip() == ANNOUNCED.parse::<SocketAddr>()?.ip(),
            "{relayed}"
        );
        let hub = ANNOUNCED.parse()?;
        client.permit(hub).await?;
        client.send(hub, b"in an indication").await?;
        ensure!(client.data().await? == (hub, b"in an indication".to_vec()));
        client.bind(hub, 0x4001).await?;
        for length in [1, 2, 3, 4, 1200] {
            let sent = vec![7; length];
            client.send_on(0x4001, &sent).await?;
            ensure!(
                client.channel_data().await? == (0x4001, sent),
                "{transport:?} {length}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn it_leads_to_the_hub_over_ipv6() -> Result<()> {
    let rig = Rig::start().await?;
    let mut client = rig.connect(Transport::Udp).await?;
    let relayed = client.allocate(&credentials(), Some(6)).await?;
    ensure!(relayed.is_ipv6(), "{relayed}");
    let hub = ANNOUNCED_6.parse()?;
    client.permit(hub).await?;
    client.send(hub, b"six").await?;
    ensure!(client.data().await? == (hub, b"six".to_vec()));
    Ok(())
}

#[tokio::test]
async fn it_leads_nowhere_else() -> Result<()> {
    let rig = Rig::start().await?;
    let elsewhere = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    for transport in TRANSPORTS {
        let mut client = rig.connect(transport).await?;
        client.allocate(&credentials(), None).await?;
        for peer in [
            elsewhere.local_addr()?,
            rig.echo,
            "198.51.100.1:53".parse()?,
        ] {
            if peer.is_ipv4() {
                ensure!(
                    client.permit(peer).await.unwrap_err().to_string() == "403",
                    "{peer}"
                );
                ensure!(client.bind(peer, 0x4002).await.unwrap_err().to_string() == "403");
            }
        }
        // The hub's own address is permitted, another port of it leads nowhere.
        let hub: SocketAddr = ANNOUNCED.parse()?;
        client.permit(hub).await?;
        client
            .send(SocketAddr::new(hub.ip(), 22), b"to a shell")
            .await?;
        client
            .send(elsewhere.local_addr()?, b"to a neighbour")
            .await?;
        client.send(hub, b"to the hub").await?;
        ensure!(client.data().await? == (hub, b"to the hub".to_vec()));
    }
    let mut buffer = [0; 64];
    ensure!(
        elsewhere.try_recv(&mut buffer).is_err(),
        "something got out"
    );
    Ok(())
}

#[tokio::test]
async fn no_tcp_connections_are_made_for_anybody() -> Result<()> {
    let rig = Rig::start().await?;
    let mut client = rig.connect(Transport::Tcp).await?;
    client.ask_for_tcp = true;
    let refused = client.allocate(&credentials(), None).await.unwrap_err();
    ensure!(refused.to_string() == "400", "{refused}");
    Ok(())
}

#[tokio::test]
async fn only_credentials_of_the_hub_are_good_and_not_for_ever() -> Result<()> {
    let rig = Rig::start().await?;
    let secret = SharedSecret::new(SECRET);
    let lifetime = SignedDuration::try_from(LIFETIME)?;
    let ended = secret.issue("somebody", now() - lifetime - SignedDuration::from_secs(1));
    let foreign = SharedSecret::new("another secret").issue("somebody", now());
    let stretched = Credentials {
        username: format!("{}:somebody", now().as_second() + 1_000_000),
        password: credentials().password,
    };
    let nameless = Credentials {
        username: "somebody".to_owned(),
        password: credentials().password,
    };
    for (bad, what) in [
        (ended, "ended"),
        (foreign, "foreign"),
        (stretched, "stretched"),
        (nameless, "without an end"),
    ] {
        for transport in TRANSPORTS {
            let mut client = rig.connect(transport).await?;
            let refused = client.allocate(&bad, None).await.unwrap_err();
            ensure!(refused.to_string() == "401", "{what}: {refused}");
        }
    }
    ensure!(rig.turn.allocations() == 0);
    Ok(())
}

/// Most allocations of one name.
const MOST: usize = 32;

#[tokio::test]
async fn an_allocation_counts_as_that_of_the_name_that_was_proven() -> Result<()> {
    let rig = Rig::start().await?;
    let other = SharedSecret::new(SECRET).issue("other", now());
    let claimed = |username: &str| Credentials {
        username: username.to_owned(),
        password: "no".to_owned(),
    };
    let mine = credentials();
    let mut clients = Vec::new();
    for _ in 0..MOST {
        let mut client = rig.connect(Transport::Udp).await?;
        // Names that are only claimed, the last of them another's.
        for name in [&mine.username, &other.username] {
            let refused = client.allocate(&claimed(name), None).await.unwrap_err();
            ensure!(refused.to_string() == "401", "{refused}");
        }
        client.allocate(&mine, None).await?;
        clients.push(client);
    }
    let mut one_more = rig.connect(Transport::Udp).await?;
    ensure!(one_more.allocate(&mine, None).await.is_err(), "one more");
    let mut client = rig.connect(Transport::Udp).await?;
    client.allocate(&other, None).await?;
    Ok(())
}

#[tokio::test]
async fn what_is_allocated_is_given_back() -> Result<()> {
    let rig = Rig::start().await?;
    let mut udp = rig.connect(Transport::Udp).await?;
    udp.allocate(&credentials(), None).await?;
    let mut tls = rig.connect(Transport::Tls).await?;
    tls.allocate(&credentials(), None).await?;
    ensure!(rig.turn.allocations() == 2);
    udp.release().await?;
    drop(tls);
    let emptied = async {
        while rig.turn.allocations() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, emptied).await.context("given back")?;
    Ok(())
}

#[tokio::test]
async fn strangers_keep_nobody_out() -> Result<()> {
    let rig = Rig::start().await?;
    let address = rig.turn.address().context("listening")?;
    let mut idle = Vec::new();
    for _ in 0..700 {
        idle.push(TcpStream::connect(address).await?);
    }
    let flood = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    for byte in 0..=255 {
        flood.send_to(&[byte; 28], address).await?;
    }
    for transport in TRANSPORTS {
        let mut client = rig.connect(transport).await?;
        client.allocate(&credentials(), None).await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_turn_is_cut_off() -> Result<()> {
    let rig = Rig::start().await?;
    let mut stream = TcpStream::connect(rig.turn.address().context("listening")?).await?;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n")
        .await?;
    let mut answer = Vec::new();
    // Closed, with or without a reset; never an answer.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await?;
    ensure!(answer.is_empty());
    Ok(())
}
