//! What the benchmark writes straight into the database reads as if it had been booked.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]

use std::str::FromStr as _;

use jiff::Timestamp;
use serde_json::json;
use vdx_bench::raw::Sample;
use vdx_bench::year::{self, Size};
use vdx_domain::{Clock, MeetingId, ProvisionStatus, SchedulingInfoId};
use vdx_store::meeting_search::{self, Criterion, Scope, Window};
use vdx_store::meeting_texts::Sought;
use vdx_store::{both_engines, meetings, scheduling_infos};
use vdx_testkit::TestHub;

const SIZE: Size = Size {
    meetings: 1_200,
    organisations: 3,
};

/// A clock that stands.
struct Stopped(Timestamp);

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        self.0
    }
}

both_engines! {
    async fn a_year_reads_like_bookings(test: TestDb) {
        let hub = TestHub::on(test).await;
        let booked = hub.book(json!({ "labels": ["a"], "description": "b" })).await;
        let sample = Sample::read(&hub.db, booked["uuid"].as_str().unwrap()).await.unwrap();
        let now = Timestamp::from_str("2026-06-01T12:00:00Z").unwrap();
        let year = year::write(&hub.db, &hub.sealer, &sample, SIZE, &Stopped(now)).await.unwrap();
        assert_eq!(year.meetings.len(), 400);

        let mut reader = hub.db.reader();
        for written in year.meetings.iter().step_by(37) {
            let meeting = meetings::find(&mut reader, MeetingId(written.id)).await.unwrap().unwrap();
            assert_eq!((&meeting.subject, meeting.starts_at), (&written.subject, written.starts_at));
            assert_eq!(meeting.labels, [written.case.as_str()]);
            let id = SchedulingInfoId(written.id);
            let room = scheduling_infos::find(&mut reader, &hub.sealer, id).await.unwrap().unwrap();
            assert_eq!(room.address.as_str(), written.address);
            assert!(room.host_pin.is_some() && room.guest_pin.is_some());
            let is_over = room.provision.status == ProvisionStatus::DeprovisionOk;
            assert_eq!(is_over, meeting.ends_at < now);
            assert_eq!(is_over, room.uri_without_domain.is_none());

            let sought = Sought::new(&written.case).unwrap();
            let scope = Scope::Organisation(&year.organisation);
            let found = meeting_search::ids(&mut reader, scope, Criterion::TextByIndex(&sought), Window::ALL);
            let found = found.await.unwrap();
            assert_eq!(found.len(), year::MEETINGS_OF_A_CASE as usize);
            assert!(found.contains(&meeting.id));
        }
        for due in [
            scheduling_infos::to_provision(&mut reader, &hub.sealer, now, 1000).await,
            scheduling_infos::to_deprovision(&mut reader, &hub.sealer, now, 1000).await,
        ] {
            assert_eq!(due.unwrap().len(), year::WAITING as usize);
        }
    }
}
