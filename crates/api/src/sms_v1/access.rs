//! Who may call: as in the booking API.

use http::StatusCode;

use crate::Authenticated;
use crate::video::access::{BOOKERS, READERS, callers};

callers! {
    Authenticated, StatusCode::FORBIDDEN;
    /// A caller with any role of the API: may see what was sent.
    Reader: READERS;
    /// A caller who may book: may send.
    Booker: BOOKERS;
}
