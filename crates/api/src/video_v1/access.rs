//! Who may call v1. Who has none of the roles of an operation is answered 401.

use http::StatusCode;

use super::caller::Known;
use crate::video::access::{ADMINISTRATORS, BOOKERS, READERS, ROOM_MAKERS, callers};

callers! {
    Known, StatusCode::UNAUTHORIZED;
    /// A caller with any role of the API: may read.
    Reader: READERS;
    /// A caller who may book, change and delete meetings.
    Booker: BOOKERS;
    /// A caller who may change templates and set rooms aside.
    Administrator: ADMINISTRATORS;
    /// A caller who makes rooms and reports how they stand.
    RoomMaker: ROOM_MAKERS;
}
