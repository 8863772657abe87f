//! Load generator: real WebRTC clients (ICE, DTLS, SRTP, RTCP) without a
//! browser, many in one thread, whose packets carry a number and the time they
//! were sent.

pub mod batch;
mod continuity;
pub mod database;
mod endpoint;
pub mod figure;
mod generator;
pub mod hostile;
pub mod impairment;
pub mod peer;
pub mod process;
pub mod raw;
mod report;
pub mod scenario;
pub mod signalling;
mod slot;
pub mod source;
mod stamp;
mod voice;
pub mod year;

pub use continuity::{Continuity, Counts};
pub use endpoint::{Endpoint, Offering, Plan, all_well};
pub use generator::Generator;
pub use report::{EndpointReport, WindowReport};
pub use slot::SlotReport;
pub use stamp::{PublisherId, Stamp};
pub use voice::{Heard, Sent, Tape, Voice};
