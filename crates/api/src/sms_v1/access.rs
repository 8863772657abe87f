//! Who may call: as in the booking API, in every way its clients sign in.

use http::StatusCode;

use crate::known::Known;
use crate::video::access::{BOOKERS, READERS, callers};

callers! {
    Known, StatusCode::FORBIDDEN;
    /// A caller with any role of the API: may see what was sent.
    Reader: READERS;
    /// A caller who may book: may send.
    Booker: BOOKERS;
}
