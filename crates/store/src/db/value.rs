//! Values on their way into a statement.

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;
use vdx_domain::{
    ApiRole, CallId, ClientId, ConferenceId, DirectMedia, EndpointKind, FixedRoomId,
    GuestMicrophone, LegEnd, LogoType, MediaDirection, MeetingId, MeetingType, OrganisationCode,
    ParticipantId, ParticipantRole, ProvisionStatus, Provisioner, QualityRating, RoomAddress,
    RoomKey, SchedulingInfoId, ShortId, SmsEncoding, SmsFailure, SmsId, SmsStatus, TestReference,
    ViewType, VmrQuality, VmrType,
};

/// A value to bind. The hub's words turn into it with `From`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `TEXT`.
    Text(Option<String>),
    /// `BIGINT`.
    Integer(Option<i64>),
    /// `BOOLEAN`.
    Flag(Option<bool>),
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(str::to_owned))
    }
}

macro_rules! values {
    ($($kind:ty => |$value:ident| $make:ident($turned:expr);)+) => {
        $(
            impl From<$kind> for Value {
                fn from($value: $kind) -> Self {
                    Self::$make(Some($turned))
                }
            }

            impl From<Option<$kind>> for Value {
                fn from(value: Option<$kind>) -> Self {
                    Self::$make(value.map(|$value| $turned))
                }
            }
        )+
    };
}

values! {
    String => |v| Text(v);
    &String => |v| Text(v.clone());
    i64 => |v| Integer(v);
    u32 => |v| Integer(i64::from(v));
    i32 => |v| Integer(i64::from(v));
    bool => |v| Flag(v);
    Timestamp => |v| Integer(v.as_millisecond());
    Uuid => |v| Text(v.to_string());
    Date => |v| Text(v.to_string());
    MeetingId => |v| Text(v.to_string());
    SchedulingInfoId => |v| Text(v.to_string());
    FixedRoomId => |v| Text(v.to_string());
    ConferenceId => |v| Text(v.to_string());
    ParticipantId => |v| Text(v.to_string());
    CallId => |v| Text(v.to_string());
    ClientId => |v| Text(v.to_string());
    &OrganisationCode => |v| Text(v.0.clone());
    OrganisationCode => |v| Text(v.0);
    &ShortId => |v| Text(v.to_string());
    ShortId => |v| Text(v.to_string());
    &RoomAddress => |v| Text(v.to_string());
    RoomAddress => |v| Text(v.to_string());
    ApiRole => |v| Text(v.to_string());
    ParticipantRole => |v| Text(v.to_string());
    ProvisionStatus => |v| Text(v.to_string());
    Provisioner => |v| Text(v.to_string());
    MeetingType => |v| Text(v.to_string());
    GuestMicrophone => |v| Text(v.to_string());
    VmrType => |v| Text(v.to_string());
    ViewType => |v| Text(v.to_string());
    VmrQuality => |v| Text(v.to_string());
    DirectMedia => |v| Text(v.to_string());
    EndpointKind => |v| Text(v.to_string());
    LegEnd => |v| Text(v.to_string());
    MediaDirection => |v| Text(v.to_string());
    QualityRating => |v| Text(v.to_string());
    RoomKey => |v| Text(v.to_string());
    LogoType => |v| Text(v.to_string());
    TestReference => |v| Text(v.to_string());
    SmsId => |v| Text(v.to_string());
    SmsStatus => |v| Text(v.to_string());
    SmsFailure => |v| Text(v.to_string());
    SmsEncoding => |v| Text(v.to_string());
}
