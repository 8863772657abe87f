//! The bus: what the hub tells other systems, over NATS JetStream.
//!
//! Nothing is published from where it happens. It is written to the outbox or
//! the audit trail in the transaction that causes it, and [`relay`] and
//! [`export_audit`] bring it to the bus afterwards: in order, at least once,
//! with an id by which a stream throws away what it has already.
//!
//! A hub without `bus.url` has no [`Bus`], and nothing to tell.

mod audit;
mod relay;

use std::fmt;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions, ServerAddr};

pub use audit::export_audit;
pub use relay::relay;

/// How long a stream may take to acknowledge a message.
const ACK_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest pause between two attempts to connect.
const LONGEST_RETRY: Duration = Duration::from_secs(8);

/// A connection to NATS that mends itself. Cheap to clone.
#[derive(Clone)]
pub struct Bus {
    client: Client,
    jetstream: Context,
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bus(…)")
    }
}

/// Why a message could not be published.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address of the bus cannot be read.
    #[error("the address of the bus must be like nats://host:4222")]
    Address,
    /// The bus cannot be reached.
    #[error("the bus cannot be reached: {0}")]
    Connect(#[from] async_nats::ConnectError),
    /// No stream took the message: none listens to the subject, it is full, or
    /// the server is away.
    #[error("no stream took the message: {0}")]
    Publish(#[from] async_nats::jetstream::context::PublishError),
    /// What is published on this subject would be kept by nobody.
    #[error("no stream listens to {0}")]
    Unheard(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] vdx_store::Error),
}

impl Bus {
    /// Connects, now or as soon as the server is there: a hub starts without
    /// its bus and keeps what it has to tell. `url` may name several servers,
    /// with commas between.
    ///
    /// # Errors
    /// [`Error::Address`].
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::open(url, options().retry_on_initial_connect()).await
    }

    /// Whether the server is there, and a stream listens to each of these
    /// subjects: for `vdx check`.
    ///
    /// # Errors
    /// [`Error::Address`], [`Error::Connect`] or [`Error::Unheard`].
    pub async fn probe(url: &str, subjects: &[&str]) -> Result<(), Error> {
        let bus = Self::open(url, options()).await?;
        for subject in subjects {
            let stream = bus.jetstream.stream_by_subject(*subject).await;
            stream.map_err(|_| Error::Unheard((*subject).to_owned()))?;
        }
        Ok(())
    }

    async fn open(url: &str, options: ConnectOptions) -> Result<Self, Error> {
        let servers: Vec<ServerAddr> = url
            .split(',')
            .map(|part| part.trim().parse())
            .collect::<Result<_, _>>()
            .map_err(|_| Error::Address)?;
        let client = options.connect(servers).await?;
        let jetstream = jetstream::ContextBuilder::new()
            .ack_timeout(ACK_TIMEOUT)
            .build(client.clone());
        Ok(Self { client, jetstream })
    }

    /// Whether the connection stands right now.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Publishes a message and waits until a stream has it on disk. A second
    /// one with the same id within the stream's duplicate window is dropped.
    ///
    /// # Errors
    /// [`Error::Publish`].
    pub async fn publish(&self, id: &str, subject: &str, payload: Vec<u8>) -> Result<(), Error> {
        let message = PublishMessage::build()
            .payload(payload.into())
            .message_id(id);
        self.jetstream
            .send_publish(subject.to_owned(), message)
            .await?
            .await?;
        Ok(())
    }
}

fn options() -> ConnectOptions {
    ConnectOptions::new()
        .name("vdx")
        .reconnect_delay_callback(|attempts| {
            let exponent = u32::try_from(attempts.min(8)).unwrap_or(8);
            LONGEST_RETRY.min(Duration::from_millis(50 << exponent))
        })
}
