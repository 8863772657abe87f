//! A TURN client, as small as the tests need it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use turn_server_proto::types::AddressFamily;
use turn_server_proto::types::attribute::{
    ChannelNumber, Data, Lifetime, RequestedAddressFamily, RequestedTransport, XorPeerAddress,
    XorRelayedAddress,
};
use turn_server_proto::types::message::{ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION, REFRESH, SEND};
use turn_server_proto::types::stun::attribute::{
    AttributeWrite, ErrorCode, Nonce, Realm, Username,
};
use turn_server_proto::types::stun::message::{
    IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageClass, MessageWrite as _,
    MessageWriteExt as _, MessageWriteVec, Method, TransactionId,
};
use vdx_turn::Credentials;

const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Udp,
    Tcp,
    Tls,
}

/// A certificate that its clients trust.
pub(crate) struct Certified {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Certified {
    pub(crate) fn new() -> Result<Self> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der());
        Ok(Self {
            certificate: made.cert.der().clone(),
            key: key.map_err(anyhow::Error::msg)?,
        })
    }

    pub(crate) fn server(&self) -> Result<Arc<ServerConfig>> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], self.key.clone_key());
        Ok(Arc::new(config?))
    }

    fn client(&self) -> Result<Arc<ClientConfig>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone())?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }
}

enum Wire {
    Udp(UdpSocket),
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

pub(crate) struct Client {
    wire: Wire,
    signed_in: Option<SignedIn>,
    pub(crate) ask_for_tcp: bool,
}

struct SignedIn {
    key: LongTermKeyCredentials,
    nonce: String,
}

impl Client {
    pub(crate) async fn connect(
        transport: Transport,
        address: SocketAddr,
        certified: &Certified,
    ) -> Result<Self> {
        let wire = match transport {
            Transport::Udp => {
                let socket = UdpSocket::bind("127.0.0.1:0").await?;
                socket.connect(address).await?;
                Wire::Udp(socket)
            }
            Transport::Tcp => Wire::Tcp(TcpStream::connect(address).await?),
            Transport::Tls => {
                let connector = tokio_rustls::TlsConnector::from(certified.client()?);
                let name = ServerName::try_from("localhost")?;
                let stream = TcpStream::connect(address).await?;
                Wire::Tls(Box::new(connector.connect(name, stream).await?))
            }
        };
        Ok(Self {
            wire,
            signed_in: None,
            ask_for_tcp: false,
        })
    }

    /// Asks for credentials to be asked for, shows them, and gives the relayed address.
    pub(crate) async fn allocate(
        &mut self,
        credentials: &Credentials,
        family: Option<u8>,
    ) -> Result<SocketAddr> {
        let udp = RequestedTransport::new(if self.ask_for_tcp { 6 } else { 17 });
        let six = RequestedAddressFamily::new(AddressFamily::IPV6);
        let mut attributes: Vec<&dyn AttributeWrite> = vec![&udp];
        if family == Some(6) {
            attributes.push(&six);
        }
        let unknown = self.ask(ALLOCATE, |_| Ok(vec![]), &attributes).await?;
        let unknown = Message::from_bytes(&unknown)?;
        ensure!(unknown.attribute::<ErrorCode>()?.code() == 401);
        let realm = unknown.attribute::<Realm>()?.realm().to_owned();
        self.signed_in = Some(SignedIn {
            key: LongTermKeyCredentials::new(
                credentials.username.clone(),
                credentials.password.clone(),
                realm,
            ),
            nonce: unknown.attribute::<Nonce>()?.nonce().to_owned(),
        });
        let answer = self.ask(ALLOCATE, |_| Ok(vec![]), &attributes).await?;
        let answer = success(&answer)?;
        let relayed = answer.attribute::<XorRelayedAddress>()?;
        Ok(relayed.addr(answer.transaction_id()))
    }

    pub(crate) async fn permit(&mut self, peer: SocketAddr) -> Result<()> {
        let answer = self
            .ask(
                CREATE_PERMISSION,
                |id| Ok(vec![XorPeerAddress::new(peer, id)]),
                &[],
            )
            .await?;
        success(&answer).map(drop)
    }

    pub(crate) async fn bind(&mut self, peer: SocketAddr, channel: u16) -> Result<()> {
        let channel = ChannelNumber::new(channel);
        let answer = self
            .ask(
                CHANNEL_BIND,
                |id| Ok(vec![XorPeerAddress::new(peer, id)]),
                &[&channel],
            )
            .await?;
        success(&answer).map(drop)
    }

    pub(crate) async fn release(&mut self) -> Result<()> {
        let none = Lifetime::new(0);
        let answer = self.ask(REFRESH, |_| Ok(vec![]), &[&none]).await?;
        success(&answer).map(drop)
    }

    pub(crate) async fn send(&mut self, peer: SocketAddr, data: &[u8]) -> Result<()> {
        let mut indication = Message::builder_indication(SEND, MessageWriteVec::new());
        let id = Message::from_bytes(&indication)?.transaction_id();
        indication.add_attribute(&XorPeerAddress::new(peer, id))?;
        indication.add_attribute(&Data::new(data))?;
        self.write(indication.finish()).await
    }

    pub(crate) async fn data(&mut self) -> Result<(SocketAddr, Vec<u8>)> {
        let bytes = self.read().await?;
        let message = Message::from_bytes(&bytes)?;
        let peer = message.attribute::<XorPeerAddress>()?;
        let data = message.attribute::<Data<'_>>()?;
        Ok((peer.addr(message.transaction_id()), data.data().to_vec()))
    }

    pub(crate) async fn send_on(&mut self, channel: u16, data: &[u8]) -> Result<()> {
        let mut message = channel.to_be_bytes().to_vec();
        message.extend(u16::try_from(data.len())?.to_be_bytes());
        message.extend_from_slice(data);
        if !matches!(self.wire, Wire::Udp(_)) {
            message.resize(message.len().next_multiple_of(4), 0);
        }
        self.write(message).await
    }

    pub(crate) async fn channel_data(&mut self) -> Result<(u16, Vec<u8>)> {
        let bytes = self.read().await?;
        let [a, b, c, d, data @ ..] = &bytes[..] else {
            bail!("no channel data");
        };
        let length = usize::from(u16::from_be_bytes([*c, *d]));
        Ok((u16::from_be_bytes([*a, *b]), data[..length].to_vec()))
    }

    async fn ask(
        &mut self,
        method: Method,
        peers: impl Fn(TransactionId) -> Result<Vec<XorPeerAddress>>,
        attributes: &[&dyn AttributeWrite],
    ) -> Result<Vec<u8>> {
        let mut request = Message::builder_request(method, MessageWriteVec::new());
        let id = Message::from_bytes(&request)?.transaction_id();
        for attribute in attributes {
            request.add_attribute(*attribute)?;
        }
        for peer in peers(id)? {
            request.add_attribute(&peer)?;
        }
        if let Some(signed_in) = &self.signed_in {
            let key = &signed_in.key;
            request.add_attribute(&Username::new(key.username())?)?;
            request.add_attribute(&Realm::new(key.realm())?)?;
            request.add_attribute(&Nonce::new(&signed_in.nonce)?)?;
            request.add_message_integrity(&key.clone().into(), IntegrityAlgorithm::Sha1)?;
        }
        self.write(request.finish()).await?;
        let answer = self.read().await?;
        ensure!(Message::from_bytes(&answer)?.transaction_id() == id);
        Ok(answer)
    }

    async fn write(&mut self, message: Vec<u8>) -> Result<()> {
        match &mut self.wire {
            Wire::Udp(socket) => drop(socket.send(&message).await?),
            Wire::Tcp(stream) => stream.write_all(&message).await?,
            Wire::Tls(stream) => stream.write_all(&message).await?,
        }
        Ok(())
    }

    /// The next message, with its padding.
    async fn read(&mut self) -> Result<Vec<u8>> {
        let read = async {
            match &mut self.wire {
                Wire::Udp(socket) => {
                    let mut buffer = vec![0; 4096];
                    let length = socket.recv(&mut buffer).await?;
                    buffer.truncate(length);
                    Ok(buffer)
                }
                Wire::Tcp(stream) => framed(stream).await,
                Wire::Tls(stream) => framed(stream).await,
            }
        };
        timeout(PATIENCE, read).await.context("no answer")?
    }
}

async fn framed(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Result<Vec<u8>> {
    let mut message = vec![0; 4];
    stream.read_exact(&mut message).await?;
    let length = usize::from(u16::from_be_bytes([message[2], message[3]]));
    let rest = match message[0] {
        0..=3 => length + 16,
        _ => length.next_multiple_of(4),
    };
    message.resize(4 + rest, 0);
    stream.read_exact(&mut message[4..]).await?;
    Ok(message)
}

/// An answer that is no error; an error's code is what it says.
fn success(answer: &[u8]) -> Result<Message<'_>> {
    let message = Message::from_bytes(answer)?;
    if message.has_class(MessageClass::Error) {
        bail!("{}", message.attribute::<ErrorCode>()?.code());
    }
    Ok(message)
}
