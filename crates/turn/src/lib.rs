//! A way to the media port for networks that let nothing else through: TURN
//! (RFC 8656) over UDP, TCP and TLS.
//!
//! The protocol is [`turn_server_proto`]'s; the sockets, the limits and the rule
//! that a relay reaches this hub's media port and nothing else are here
//! (docs/decisions/0011-turn.md). Each client has a protocol machine and a task
//! of its own: what one does, or breaks, touches no other.

mod credentials;
mod frames;
mod hub_port;
mod quota;
mod server;
mod session;

pub use credentials::{Credentials, LIFETIME, SharedSecret};
pub use hub_port::HubPort;
pub use server::{Settings, StartError, Turn};
