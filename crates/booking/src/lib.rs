//! Meetings, templates, numbers and PINs, and the life of a booked room.
//!
//! [`Booking`] is the handle. What may be asked is in [`BookingRequest`] and its
//! neighbours; who may ask, in [`Actor`]. There is a module for each operation;
//! the rules that need no database are functions of their own with tests at
//! their boundaries.

mod actor;
mod audit;
mod change;
mod checks;
mod choice;
mod create;
mod delete;
mod error;
mod events;
mod extend;
mod host_entry;
mod invitation;
mod links;
mod new_room;
mod numbers;
mod people;
mod pool;
mod portal_link;
mod provisioner;
mod read;
mod report;
mod request;
mod room_host;
mod room_lists;
mod rooms;
mod search;
mod settings;
mod template;
mod upkeep;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Notify;
use vdx_domain::{Clock, Randomness};
use vdx_store::audit::ReadLog;
use vdx_store::{Db, Sealer};

pub use actor::Actor;
pub use change::{Change, MeetingChange};
pub use error::Error;
pub use extend::{EXTENSION_MINUTES, LONGEST_EXTENDED};
pub use host_entry::{HostEntry, PERMANENT_ROOM};
pub use invitation::Invitation;
pub use links::{Link, MeetingLink};
pub use pool::PoolState;
pub use read::RoomDetails;
pub use report::ProvisionReport;
pub use request::{BookingRequest, SettingsRequest};
pub use room_host::RoomHost;
pub use rooms::LinkState;
pub use search::{Found, MeetingSearch};
pub use settings::{BookingSettings, DefaultTemplate, PoolSettings, Provisioners};
pub use template::TemplateRequest;
pub use vdx_store::cancelled_links::CancelledLink;
pub use vdx_store::meeting_users::MeetingUser;
pub use vdx_store::meetings::{Information, Meeting};
pub use vdx_store::pool_levels::PoolLevel;
pub use vdx_store::scheduling_infos::{Interval, Provision, SchedulingInfo};
pub use vdx_store::templates::{PinRule, Template, TemplateValues};

/// Books meetings and knows their rooms. Cheap to clone.
#[derive(Clone)]
pub struct Booking(Arc<Inner>);

struct Inner {
    db: Db,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    settings: BookingSettings,
    /// Where readings are recorded.
    reads: ReadLog,
    /// Rung when a room may be due earlier than the provisioner thinks.
    bell: Notify,
}

impl fmt::Debug for Booking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Booking")
            .field("settings", &self.0.settings)
            .finish_non_exhaustive()
    }
}

impl Booking {
    /// Puts the booking part together, inside a tokio runtime. Rooms are made
    /// once [`Booking::run_provisioner`] runs.
    #[must_use]
    pub fn new(
        db: Db,
        sealer: Sealer,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
        settings: BookingSettings,
    ) -> Self {
        Self(Arc::new(Inner {
            reads: ReadLog::start(db.clone()),
            db,
            sealer,
            clock,
            randomness,
            settings,
            bell: Notify::new(),
        }))
    }

    /// The installation's settings.
    #[must_use]
    pub fn settings(&self) -> &BookingSettings {
        &self.0.settings
    }

    fn db(&self) -> &Db {
        &self.0.db
    }

    fn reads(&self) -> &ReadLog {
        &self.0.reads
    }

    fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    fn randomness(&self) -> &dyn Randomness {
        &*self.0.randomness
    }

    /// Now, in whole milliseconds, as the database keeps it.
    fn now(&self) -> Timestamp {
        let now = self.0.clock.now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    fn wake_provisioner(&self) {
        self.0.bell.notify_one();
    }

    async fn woken(&self) {
        self.0.bell.notified().await;
    }
}
