//! Rows on their way out.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;
use vdx_domain::{
    ApiRole, CallId, ClientId, ConferenceId, DirectMedia, EndpointKind, FixedRoomId,
    GuestMicrophone, LegEnd, LogoType, MediaDirection, MeetingId, MeetingType, OrganisationCode,
    ParticipantId, ParticipantRole, ProvisionStatus, Provisioner, QualityRating, RoomAddress,
    RoomKey, SchedulingInfoId, ShortId, SmsEncoding, SmsFailure, SmsId, SmsStatus, TestReference,
    ViewType, VmrQuality, VmrType,
};

use crate::Error;
use crate::organisations::GroupKind;

/// A row of either engine.
#[derive(Debug)]
pub enum Row {
    /// From SQLite.
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    Postgres(PgRow),
}

impl Row {
    /// The value of a column, as the hub's word.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when it is no such value, [`Error::Engine`] when
    /// there is no such column.
    pub fn get<T: Column>(&self, column: &str) -> Result<T, Error> {
        T::read(self, column)
    }

    /// The value of a column that holds JSON.
    ///
    /// # Errors
    /// As [`Row::get`].
    pub fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, Error> {
        let text: String = self.get(column)?;
        serde_json::from_str(&text).map_err(|_| unreadable(column))
    }

    /// A line of a plan: the fourth column on SQLite, the only one on PostgreSQL.
    pub(super) fn plan_step(&self) -> Result<String, Error> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(3)?,
            Self::Postgres(row) => row.try_get(0)?,
        })
    }

    fn text(&self, column: &str) -> Result<Option<String>, Error> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    fn integer(&self, column: &str) -> Result<Option<i64>, Error> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    fn flag(&self, column: &str) -> Result<Option<bool>, Error> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }
}

/// Makes itself from a row.
pub trait FromRow: Sized {
    /// Reads the row's columns.
    ///
    /// # Errors
    /// As [`Row::get`].
    fn from_row(row: &Row) -> Result<Self, Error>;
}

/// A word that can stand in a column.
pub trait Column: Sized {
    /// Reads it; `None` when the column is empty (`NULL`).
    ///
    /// # Errors
    /// As [`Row::get`].
    fn read_optional(row: &Row, column: &str) -> Result<Option<Self>, Error>;

    /// Reads it from a column that must not be empty.
    ///
    /// # Errors
    /// As [`Row::get`].
    fn read(row: &Row, column: &str) -> Result<Self, Error> {
        Self::read_optional(row, column)?.ok_or_else(|| unreadable(column))
    }
}

impl<T: Column> Column for Option<T> {
    fn read_optional(row: &Row, column: &str) -> Result<Option<Self>, Error> {
        T::read_optional(row, column).map(Some)
    }
}

fn unreadable(column: &str) -> Error {
    Error::Unreadable {
        column: column.to_owned(),
    }
}

fn parsed<T: FromStr>(row: &Row, column: &str) -> Result<Option<T>, Error> {
    row.text(column)?
        .map(|text| text.parse().map_err(|_| unreadable(column)))
        .transpose()
}

macro_rules! columns {
    ($($kind:ty => |$row:ident, $column:ident| $read:expr;)+) => {
        $(
            impl Column for $kind {
                fn read_optional($row: &Row, $column: &str) -> Result<Option<Self>, Error> {
                    $read
                }
            }
        )+
    };
}

columns! {
    String => |row, column| row.text(column);
    i64 => |row, column| row.integer(column);
    bool => |row, column| row.flag(column);
    u32 => |row, column| row.integer(column)?
        .map(|n| Self::try_from(n).map_err(|_| unreadable(column)))
        .transpose();
    Timestamp => |row, column| row.integer(column)?
        .map(|n| Self::from_millisecond(n).map_err(|_| unreadable(column)))
        .transpose();
    OrganisationCode => |row, column| Ok(row.text(column)?.map(Self));
}

macro_rules! parsed_columns {
    ($($kind:ty),+ $(,)?) => {
        columns! { $($kind => |row, column| parsed(row, column);)+ }
    };
}

parsed_columns!(
    Uuid,
    Date,
    MeetingId,
    SchedulingInfoId,
    FixedRoomId,
    ConferenceId,
    ParticipantId,
    CallId,
    ClientId,
    ShortId,
    RoomAddress,
    ApiRole,
    ParticipantRole,
    ProvisionStatus,
    Provisioner,
    MeetingType,
    GuestMicrophone,
    VmrType,
    ViewType,
    VmrQuality,
    DirectMedia,
    GroupKind,
    EndpointKind,
    LegEnd,
    MediaDirection,
    QualityRating,
    RoomKey,
    LogoType,
    TestReference,
    SmsId,
    SmsStatus,
    SmsFailure,
    SmsEncoding,
);
