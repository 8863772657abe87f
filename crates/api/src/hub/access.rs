//! Who may call what of the hub's own API needs a token.

use http::StatusCode;

use crate::Authenticated;
use crate::video::access::{READERS, callers};

callers! {
    Authenticated, StatusCode::FORBIDDEN;
    /// A caller with any role of the booking API: may read.
    Reader: READERS;
}
