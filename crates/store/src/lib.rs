//! The only SQL of the hub: one text for SQLite and PostgreSQL.
//!
//! [`Db`] opens either engine and brings it up to date. Reads go through
//! anything that is a [`Connection`]; functions that change rows take a
//! [`Tx`], so nothing is written outside a transaction. There is a module for
//! each aggregate, with plain functions and the row as a struct.
//!
//! How values are kept: ids as `TEXT`, instants as `BIGINT` milliseconds since
//! the epoch, JSON and sealed values as `TEXT`, flags as `BOOLEAN`, numbers as
//! `BIGINT`, days as `TEXT` (`YYYY-MM-DD`). In SQL text, literals and sums that are read back are written
//! `CAST(… AS BIGINT)`, because PostgreSQL gives them other types.

pub mod address_owners;
pub mod api_clients;
pub mod audit;
pub mod call_quality;
pub mod call_records;
pub mod cancelled_links;
pub mod certificate_sessions;
pub mod client_secrets;
pub mod client_uris;
pub mod connection_tests;
mod db;
pub mod domains;
mod error;
pub mod fixed_rooms;
pub mod grants;
pub mod leases;
pub mod live_conferences;
pub mod meeting_search;
pub mod meeting_texts;
pub mod meeting_users;
pub mod meetings;
mod migrations;
pub mod organisation_tree;
pub mod organisations;
pub mod outbox;
pub mod participant_peaks;
pub mod pin_tries;
pub mod pool;
pub mod pool_levels;
pub mod scheduling_infos;
mod sealer;
pub mod secrets;
pub mod sessions;
pub mod signing_keys;
pub mod sms;
pub mod standings;
pub mod templates;
pub mod themes;
pub mod token_standing;
pub mod users;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use call_quality::{DirectionQuality, LegQuality};
pub use call_records::CallRecord;
pub use db::{Column, Connection, Db, FromRow, Reader, Row, Statement, Tx, Value};
pub use db::{DatabaseUrl, EngineKind};
pub use error::Error;
pub use migrations::check as check_migrations;
pub use sealer::{Place, Sealer};
