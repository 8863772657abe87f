//! An organisation tree and a booking part with a clock that stands still.

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use vdx_booking::{
    Actor, Booking, BookingRequest, BookingSettings, DefaultTemplate, Link, Meeting, MeetingLink,
    PoolSettings, Provisioners, SchedulingInfo,
};
use vdx_domain::{
    Agent, ApiRole, Clock, OrganisationCode, ProvisionStatus, Provisioner, Randomness,
    RoomSettings, SchedulingInfoId, SystemRandomness,
};
use vdx_store::Tx;
use vdx_store::organisations::{self, Details, GroupKind, NewOrganisation};
use vdx_store::scheduling_infos;
use vdx_store::templates::{self, PinRule, TemplateValues};
use vdx_store::testing::{ManyRooms, TestDb};

/// A clock that is set by hand.
pub(crate) struct HandClock(Mutex<Timestamp>);

impl HandClock {
    pub(crate) fn set(&self, instant: &str) {
        *self.0.lock() = at(instant);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock()
    }
}

pub(crate) struct Rig {
    pub(crate) test: TestDb,
    pub(crate) booking: Booking,
    pub(crate) clock: Arc<HandClock>,
}

pub(crate) fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

pub(crate) fn code(code: &str) -> OrganisationCode {
    OrganisationCode(code.to_owned())
}

/// The default template of the rig: numbers from 10000 to below `high`.
pub(crate) fn default_template(high: i64) -> DefaultTemplate {
    DefaultTemplate {
        uri_number_range: (10_000, high),
        ..DefaultTemplate::in_domain("rooms.example")
    }
}

impl Rig {
    /// Books a meeting as an administrator of the organisation.
    pub(crate) async fn book(&self, organisation: &str, asked: &BookingRequest) -> Meeting {
        self.booking
            .create(&admin(organisation), asked)
            .await
            .unwrap()
    }

    /// The statuses a room has had.
    pub(crate) async fn history(&self, id: SchedulingInfoId) -> Vec<ProvisionStatus> {
        let history = scheduling_infos::history(&mut self.test.db.reader(), id).await;
        history.unwrap().iter().map(|entry| entry.status).collect()
    }

    /// The region with a pool of 2, the hospital and its clinic under it, and
    /// the municipality beside it. It is 09:00 on 1 December 2026.
    pub(crate) async fn new(test: TestDb) -> Self {
        Self::with_template(test, default_template(99_991)).await
    }

    pub(crate) async fn with_template(test: TestDb, template: DefaultTemplate) -> Self {
        Self::with(test, |settings| settings.default_template = template).await
    }

    /// With other settings.
    pub(crate) async fn with(test: TestDb, change: impl FnOnce(&mut BookingSettings)) -> Self {
        let clock = Arc::new(HandClock(Mutex::new(at("2026-12-01T09:00:00Z"))));
        plant(&test).await;
        let mut settings = settings(default_template(99_991));
        change(&mut settings);
        let booking = open(&test, clock.clone(), Arc::new(SystemRandomness), settings);
        Self {
            test,
            booking,
            clock,
        }
    }

    /// What the short link of a meeting leads to that is not cancelled.
    pub(crate) async fn meeting_link(&self, meeting: &Meeting) -> MeetingLink {
        match self.booking.link(&meeting.short_id).await.unwrap() {
            Some(Link::Meeting(link)) => *link,
            other => panic!("{other:?}"),
        }
    }

    /// The room of a meeting, as stored.
    pub(crate) async fn room(&self, meeting: &Meeting) -> SchedulingInfo {
        let id = SchedulingInfoId(meeting.id.0);
        scheduling_infos::find(&mut self.test.db.reader(), &self.test.sealer, id)
            .await
            .unwrap()
            .unwrap()
    }

    /// Changes how many rooms an organisation wants in its pool.
    pub(crate) async fn set_pool_size(&self, organisation: &str, pool_size: Option<u32>) {
        let details = Details {
            pool_size,
            ..Details::default()
        };
        let mut tx = self.test.db.begin().await.unwrap();
        let (sealer, code, now) = (&self.test.sealer, code(organisation), self.clock.now());
        organisations::set_details(&mut tx, sealer, &code, &details, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Writes further meetings of an organisation, all named "Many", a minute
    /// from one to the next after the rig's 09:00; gives the last beginning.
    pub(crate) async fn add_many(&self, organisation: &str, before: i64, count: i64) -> Timestamp {
        let ordinary = TemplateValues {
            is_default: false,
            ..template_of(Some(organisation))
        };
        let template = self.add_template(&ordinary).await;
        let many = ManyRooms {
            organisation: &code(organisation),
            template,
            before,
            count,
            first: at("2026-12-01T09:00:00Z") + SignedDuration::from_mins(before),
            step: 60_000,
            status: ProvisionStatus::DeprovisionOk,
            provisioner: Provisioner::Embedded,
        };
        let mut tx = self.test.db.begin().await.unwrap();
        many.insert(&mut tx).await;
        tx.commit().await.unwrap();
        many.first + SignedDuration::from_mins(count)
    }

    pub(crate) async fn add_template(&self, values: &TemplateValues) -> i64 {
        let mut tx = self.test.db.begin().await.unwrap();
        let id = templates::insert(&mut tx, values, None, self.clock.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }
}

pub(crate) fn booking(
    test: &TestDb,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    default_template: DefaultTemplate,
) -> Booking {
    open(test, clock, randomness, settings(default_template))
}

fn settings(default_template: DefaultTemplate) -> BookingSettings {
    let public_url = "https://hub.example".to_owned();
    BookingSettings {
        portal_link: BookingSettings::own_portal_link(&public_url),
        public_url,
        time_zone: TimeZone::UTC,
        default_template,
        provisioners: Provisioners::default(),
        pool: PoolSettings::default(),
    }
}

fn open(
    test: &TestDb,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    settings: BookingSettings,
) -> Booking {
    Booking::new(
        test.db.clone(),
        test.sealer.clone(),
        clock,
        randomness,
        settings,
    )
}

async fn plant(test: &TestDb) {
    let mut tx = test.db.begin().await.unwrap();
    let region = Planted {
        pool_size: Some(2),
        custom: true,
        ..Planted::new("region", GroupKind::Region)
    };
    let region = region.add(&mut tx).await;
    // A folder between region and hospital: no organisation of its own.
    let folder = organisations::add_group(&mut tx, "folder", GroupKind::Group, Some(region));
    let hospital = Planted {
        parent: Some(folder.await.unwrap()),
        ..Planted::new("hospital", GroupKind::Agency)
    };
    let clinic = Planted {
        parent: Some(hospital.add(&mut tx).await),
        ..Planted::new("hospital/clinic", GroupKind::Practice)
    };
    clinic.add(&mut tx).await;
    let town = Planted {
        custom: true,
        ..Planted::new("town", GroupKind::Municipality)
    };
    town.add(&mut tx).await;
    tx.commit().await.unwrap();
}

/// An organisation of the rig.
struct Planted {
    code: &'static str,
    kind: GroupKind,
    parent: Option<i64>,
    pool_size: Option<u32>,
    custom: bool,
}

impl Planted {
    fn new(code: &'static str, kind: GroupKind) -> Self {
        Self {
            code,
            kind,
            parent: None,
            pool_size: None,
            custom: false,
        }
    }

    /// Gives its node in the tree.
    async fn add(&self, tx: &mut Tx) -> i64 {
        let new = NewOrganisation {
            code: &code(self.code),
            name: self.code,
            kind: self.kind,
            parent_group: self.parent,
            pool_size: self.pool_size,
            allow_custom_uri_without_domain: self.custom,
        };
        organisations::add(tx, new, at("2026-01-01T00:00:00Z"))
            .await
            .unwrap()
    }
}

pub(crate) fn actor(organisation: &str, email: &str, roles: &[ApiRole]) -> Actor {
    Actor {
        organisation: Some(code(organisation)),
        email: Some(email.to_owned()),
        agent: Agent {
            id: "client:test".to_owned(),
            email: Some(email.to_owned()),
            organisation: Some(OrganisationCode(organisation.to_owned())),
            address: None,
        },
        roles: roles.to_vec(),
    }
}

/// An administrator of the organisation.
pub(crate) fn admin(organisation: &str) -> Actor {
    actor(organisation, "admin@example.org", &[ApiRole::MeetingAdmin])
}

/// A machine that makes rooms, of the organisation.
pub(crate) fn maker(organisation: &str) -> Actor {
    actor(
        organisation,
        "maker@example.org",
        &[ApiRole::MeetingProvisionerUser],
    )
}

/// A meeting from 10 to 11 on 1 December 2026 and nothing else said.
pub(crate) fn request() -> BookingRequest {
    let (start, end) = (at("2026-12-01T10:00:00Z"), at("2026-12-01T11:00:00Z"));
    BookingRequest::new("Talk", start, end)
}

/// The same, starting in so many minutes from the rig's 09:00.
pub(crate) fn request_in(minutes: i64) -> BookingRequest {
    let starts_at = at("2026-12-01T09:00:00Z") + SignedDuration::from_mins(minutes);
    BookingRequest {
        starts_at,
        ends_at: starts_at + SignedDuration::from_hours(1),
        ..request()
    }
}

/// A default template of an organisation with one number and PIN of each kind.
pub(crate) fn template_of(organisation: Option<&str>) -> TemplateValues {
    let one_pin = |pin: i64| PinRule {
        required: true,
        low: Some(pin),
        high: Some(pin + 1),
    };
    TemplateValues {
        organisation: organisation.map(code),
        conferencing_sys_id: 7,
        uri_prefix: "9".to_owned(),
        uri_domain: "own.example".to_owned(),
        uri_number_range_low: 500,
        uri_number_range_high: 501,
        host_pin: one_pin(4001),
        guest_pin: one_pin(5001),
        vmr_available_before: 30,
        settings: RoomSettings {
            max_participants: 12,
            end_meeting_on_end_time: true,
            ..RoomSettings::default()
        },
        ivr_theme: Some("blue".to_owned()),
        is_default: true,
        is_pool: false,
        custom_portal_guest: Some("https://guest.example/%pin%".to_owned()),
        custom_portal_host: Some("https://host.example/%pin%".to_owned()),
        return_url: Some("https://own.example/done".to_owned()),
        call_type: Some("AudioSendrecv".to_owned()),
    }
}
