//! Who may call v2.

use http::StatusCode;

use crate::Authenticated;
use crate::video::access::{ADMINISTRATORS, BOOKERS, READERS, ROOM_MAKERS, callers};

callers! {
    Authenticated, StatusCode::FORBIDDEN;
    /// A caller with any role of the API: may read.
    Reader: READERS;
    /// A caller who may book, change and delete meetings.
    Booker: BOOKERS;
    /// A caller who may change templates and set rooms aside.
    Administrator: ADMINISTRATORS;
    /// A caller who makes rooms and reports how they stand.
    RoomMaker: ROOM_MAKERS;
}
