//! Ways to the media port through networks that let nothing else through.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use vdx_turn::SharedSecret;

/// What clients are told of TURN.
#[derive(Debug, Clone)]
pub struct TurnAccess {
    /// Addresses of the TURN server (RFC 7065), best first.
    pub turn_urls: Vec<String>,
    /// Addresses at which clients learn their own (RFC 7064).
    pub stun_urls: Vec<String>,
    /// Makes credentials.
    pub secret: SharedSecret,
}

/// A STUN server.
#[derive(Serialize, ToSchema)]
pub(super) struct Stun {
    url: String,
}

/// A TURN server, and how this participant signs in to it.
#[derive(Serialize, ToSchema)]
pub(super) struct Turn {
    urls: Vec<String>,
    username: String,
    credential: String,
}

impl TurnAccess {
    pub(super) fn stun(&self) -> Vec<Stun> {
        let urls = self.stun_urls.iter().cloned();
        urls.map(|url| Stun { url }).collect()
    }

    /// With credentials for `participant` alone.
    pub(super) fn turn(&self, participant: &str, now: Timestamp) -> Vec<Turn> {
        let issued = self.secret.issue(participant, now);
        vec![Turn {
            urls: self.turn_urls.clone(),
            username: issued.username,
            credential: issued.password,
        }]
    }
}
