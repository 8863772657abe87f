//! Accounts on both engines.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

mod assertions;
mod clients;
mod foreign;
mod issuers;
mod jwks_url;
mod keys;
mod known_certificates;
mod rig;
mod saml;
mod saml_attacks;
mod saml_rig;
mod tokens;
