//! Listening: HTTP or HTTPS, with limits on connections, until told to stop.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::accept::{Accept, NoDelayAcceptor};
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a client may take for the head of a request, and a TLS handshake.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How the hub listens.
#[derive(Debug, Clone)]
pub struct Listen {
    /// HTTPS when set.
    pub tls: Option<RustlsConfig>,
    /// Most connections at a time; more are closed at once.
    pub max_connections: usize,
}

/// Serves until `stop` is done, then lets requests in progress finish for at
/// most `grace` and closes what is left.
///
/// # Errors
/// When the listener cannot be used.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    listen: Listen,
    stop: impl Future<Output = ()> + Send + 'static,
    grace: Duration,
) -> io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let handle = Handle::new();
    let stopping = handle.clone();
    tokio::spawn(async move {
        stop.await;
        stopping.graceful_shutdown(Some(grace));
    });
    let permits = Arc::new(Semaphore::new(listen.max_connections));
    let mut server = axum_server::from_tcp(listener)?
        .handle(handle)
        .first_request_timeout(HEAD_TIMEOUT);
    server
        .http_builder()
        .http1()
        .header_read_timeout(Some(HEAD_TIMEOUT));
    match listen.tls {
        None => {
            let inner = NoDelayAcceptor::new();
            server
                .acceptor(Limited { inner, permits })
                .serve(service)
                .await
        }
        Some(config) => {
            let inner = RustlsAcceptor::new(config)
                .handshake_timeout(HEAD_TIMEOUT)
                .acceptor(NoDelayAcceptor::new());
            server
                .acceptor(Limited { inner, permits })
                .serve(service)
                .await
        }
    }
}

/// Accepts as many connections as there are permits.
#[derive(Clone)]
struct Limited<A> {
    inner: A,
    permits: Arc<Semaphore>,
}

impl<A, S> Accept<TcpStream, S> for Limited<A>
where
    A: Accept<TcpStream, S>,
    A::Future: Send + 'static,
{
    type Stream = A::Stream;
    type Service = Held<A::Service>;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let permit = Arc::clone(&self.permits).try_acquire_owned();
        let accepted = self.inner.accept(stream, service);
        Box::pin(async move {
            let permit = permit.map_err(|_| io::Error::other("too many connections"))?;
            let (stream, service) = accepted.await?;
            let permit = Arc::new(permit);
            Ok((
                stream,
                Held {
                    service,
                    _permit: permit,
                },
            ))
        })
    }
}

/// A connection's service with its permit, given back when the connection ends.
#[derive(Clone)]
struct Held<S> {
    service: S,
    _permit: Arc<OwnedSemaphorePermit>,
}

impl<S: tower::Service<R>, R> tower::Service<R> for Held<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.service.call(request)
    }
}
