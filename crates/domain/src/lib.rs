//! The words of the hub, and the rules that need nothing else.
//!
//! Every other crate speaks in these types. They parse once, at the edge, so
//! that a value of the type is a valid value. Nothing here does I/O; the time
//! and the randomness a rule needs are arguments ([`Clock`], [`Randomness`]).

mod address;
mod audit;
mod call_type;
mod chance;
mod clock;
mod connection_test;
mod ids;
mod leg;
mod meeting;
mod pin;
mod quality;
mod role;
mod room;
mod settings;
mod sms;
mod theme;

pub use address::{AddressError, RoomAddress};
pub use audit::{Agent, AuditOperation, AuditResource};
pub use call_type::{CallType, MediaKinds};
pub use chance::{Randomness, SystemRandomness};
pub use clock::{Clock, SystemClock};
pub use connection_test::{InvalidTestReference, TestReference};
pub use ids::{
    CallId, ClientId, ConferenceId, FixedRoomId, InvalidShortId, MeetingId, OrganisationCode,
    ParticipantId, SchedulingInfoId, ShortId, SmsId,
};
pub use leg::{EndpointKind, LegEnd};
pub use meeting::{GuestMicrophone, MeetingType, ProvisionStatus, Provisioner};
pub use pin::{Pin, PinError};
pub use quality::{MediaDirection, QualityRating};
pub use role::{ApiRole, ParticipantRole, UnknownWord};
pub use room::{InvalidRoomKey, Room, RoomKey, RoomState};
pub use settings::{DirectMedia, Pictures, RoomSettings, ViewType, VmrQuality, VmrType};
pub use sms::{SmsEncoding, SmsFailure, SmsStatus};
pub use theme::{
    Colour, Colours, InvalidThemeValue, LogoType, SupportPhone, TermsUrl, ThemeMembers, ThemeText,
    ThemeTexts,
};
