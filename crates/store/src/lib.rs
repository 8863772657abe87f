//! The only SQL of the hub: one text for SQLite and PostgreSQL.
//!
//! [`Db`] opens either engine and brings it up to date. Reads go through
//! anything that is a [`Connection`]; functions that change rows take a
//! [`Tx`], so nothing is written outside a transaction. There is a module for
//! each aggregate, with plain functions and the row as a struct.
//!
//! How values are kept: ids as `TEXT`, instants as `BIGINT` milliseconds since
//! the epoch, JSON and sealed values as `TEXT`, flags as `BOOLEAN`, numbers as
//! `BIGINT`. In SQL text, literals and sums that are read back are written
//! `CAST(… AS BIGINT)`, because PostgreSQL gives them other types.

pub mod api_clients;
pub mod call_records;
mod db;
mod error;
pub mod fixed_rooms;
pub mod meeting_users;
pub mod meetings;
mod migrations;
pub mod organisation_tree;
pub mod organisations;
pub mod scheduling_infos;
mod sealer;
pub mod secrets;
pub mod templates;
pub mod users;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use call_records::CallRecord;
pub use db::{Column, Connection, Db, FromRow, Reader, Row, Statement, Tx, Value};
pub use db::{DatabaseUrl, EngineKind};
pub use error::Error;
pub use migrations::check as check_migrations;
pub use sealer::{Place, Sealer};
