//! TURN, from the settings.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use vdx_api::client::TurnAccess;
use vdx_domain::SystemClock;
use vdx_media::Engine;
use vdx_turn::{HubPort, Settings, SharedSecret, Turn};

use crate::config::Config;

/// What clients are told, where TURN is on.
pub(crate) fn access(config: &Config) -> Option<TurnAccess> {
    let url = &config.server.public_url;
    config.turn.is_on().then(|| TurnAccess {
        turn_urls: config.turn.client_urls(url),
        stun_urls: config.turn.stun_urls(url),
        secret: SharedSecret::new(config.turn.secret.reveal()),
    })
}

/// Serves it where this hub is to.
pub(crate) async fn start(config: &Config, engine: &Engine) -> anyhow::Result<Option<Turn>> {
    let turn = &config.turn;
    if turn.listen.0.is_none() && turn.tls_listen.0.is_none() {
        return Ok(None);
    }
    let settings = Settings {
        listen: turn.listen.0,
        tls: tls(config)?,
        secret: SharedSecret::new(turn.secret.reveal()),
        realm: config.booking.room_domain.clone(),
        hub: HubPort::new(engine.announced().to_vec(), engine.address()),
        clock: Arc::new(SystemClock),
    };
    Ok(Some(Turn::start(settings).await?))
}

/// Where TLS is served and with what, if it is: TLS without the protocols of HTTP.
pub(crate) fn tls(
    config: &Config,
) -> anyhow::Result<Option<(SocketAddr, Arc<rustls::ServerConfig>)>> {
    let Some(address) = config.turn.tls_listen.0 else {
        return Ok(None);
    };
    let (certificate, key) = config.turn.certificate(config);
    let https =
        vdx_api::tls::config(&certificate, &key, None).context("the certificate of turn")?;
    let mut tls = rustls::ServerConfig::clone(&https.get_inner());
    tls.alpn_protocols.clear();
    Ok(Some((address, Arc::new(tls))))
}
