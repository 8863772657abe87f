//! What the versions of the VDX API share: who may call, what bodies and answers
//! look like, why a call is refused. A version's own module holds its
//! operations, its way to word failures, and where it goes its own way.

pub(crate) mod access;
pub(crate) mod change;
pub(crate) mod hal;
pub(crate) mod info;
pub(crate) mod path;
pub(crate) mod pools;
pub(crate) mod query;
pub(crate) mod refusal;
pub(crate) mod requests;
pub(crate) mod reserve;
pub(crate) mod rooms;
pub(crate) mod search;
pub(crate) mod shapes;
pub(crate) mod templates;
pub(crate) mod time;
pub(crate) mod version;
pub(crate) mod words;
