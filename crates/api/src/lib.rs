//! Everything spoken over HTTP: one module an API, usually one operation a file.
//!
//! [`router`] is the table of contents. An API has its own way to word
//! failures (see [`failure`]): what goes wrong before or around its operations
//! (a body too large, a call of nobody, a panic) is worded the same way as what
//! goes wrong inside.

mod certificate;
pub mod client;
mod cors;
mod development;
mod edge;
mod extract;
pub mod failure;
mod health;
mod html;
pub mod hub;
mod known;
mod limits;
mod metrics;
pub mod oauth;
pub mod openapi;
pub mod organisation;
mod quality;
pub mod router;
pub mod serve;
pub mod sms_v1;
mod state;
pub mod tls;
mod video;
pub mod video_v1;
pub mod video_v2;

pub use certificate::{CertificateFormat, CertificateProxy, ShownCertificate};
pub use extract::{AnyRole, Authenticated, JsonBody, JsonList, PeerAddress};
pub use failure::Failure;
pub use metrics::Metrics;
pub use router::{router, token_apis};
pub use state::{Hub, HubParts, Settings};
