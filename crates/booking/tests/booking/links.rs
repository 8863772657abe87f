//! Short links: what they say of a meeting that moves, or will not be.

use jiff::Timestamp;
use vdx_booking::{CancelledLink, Change, Link, LinkState, Meeting, MeetingChange};
use vdx_store::{Connection, FromRow, Row, both_engines};

use crate::rig::{Rig, admin, at, request};

async fn link(rig: &Rig, meeting: &Meeting) -> Option<Link> {
    rig.booking.link(&meeting.short_id).await.unwrap()
}

async fn moved_from(rig: &Rig, meeting: &Meeting) -> Option<Timestamp> {
    rig.meeting_link(meeting).await.moved_from
}

async fn change(rig: &Rig, meeting: &Meeting, change: MeetingChange) {
    rig.booking
        .change(&admin(&meeting.organisation.0), meeting.id, &change)
        .await
        .unwrap();
}

fn begin_at(time: &str) -> MeetingChange {
    MeetingChange {
        starts_at: Change::To(at(time)),
        ..MeetingChange::default()
    }
}

async fn remembered(rig: &Rig) -> i64 {
    struct Count(i64);
    impl FromRow for Count {
        fn from_row(row: &Row) -> Result<Self, vdx_store::Error> {
            Ok(Self(row.get("number")?))
        }
    }
    let mut reader = rig.test.db.reader();
    let counted = reader.sql("SELECT COUNT(*) AS number FROM cancelled_links");
    let Count(number) = counted.one().await.unwrap();
    number
}

both_engines! {
    async fn a_deleted_meeting_is_cancelled_until_a_day_after_its_end(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        rig.booking.delete(&admin("town"), meeting.id).await.unwrap();
        let cancelled = Some(Link::Cancelled(CancelledLink {
            short_id: meeting.short_id.clone(),
            organisation: meeting.organisation.clone(),
            starts_at: meeting.starts_at,
            ends_at: meeting.ends_at,
        }));
        for (now, told, kept) in [
            ("2026-12-01T09:00:00Z", cancelled.clone(), 1),
            ("2026-12-02T10:59:59Z", cancelled, 1),
            ("2026-12-02T11:00:00Z", None, 0),
        ] {
            rig.clock.set(now);
            assert_eq!(link(&rig, &meeting).await, told, "{now}");
            rig.booking.forget_cancelled_links().await.unwrap();
            assert_eq!(remembered(&rig).await, kept, "{now}");
        }
    }

    async fn what_is_deleted_afterwards_was_not_cancelled(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        rig.clock.set("2026-12-01T11:00:00Z");
        rig.booking.delete(&admin("town"), meeting.id).await.unwrap();
        assert_eq!(link(&rig, &meeting).await, None);
        assert_eq!(remembered(&rig).await, 0);
    }

    async fn what_is_closed_before_it_begins_is_cancelled(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        rig.clock.set("2026-12-01T09:50:00Z");
        rig.booking.provision_due().await.unwrap();
        let close = MeetingChange {
            ends_at: Change::To(at("2026-12-01T09:50:00Z")),
            ..MeetingChange::default()
        };
        change(&rig, &meeting, close).await;
        match link(&rig, &meeting).await {
            Some(Link::Cancelled(told)) => assert_eq!(told.starts_at, meeting.starts_at),
            other => panic!("{other:?}"),
        }
    }

    async fn a_link_tells_when_its_meeting_was_to_begin(test: TestDb) {
        let rig = Rig::new(test).await;
        let meeting = rig.booking.create(&admin("town"), &request()).await.unwrap();
        assert_eq!(moved_from(&rig, &meeting).await, None);
        let renamed = MeetingChange { subject: Change::To("New".to_owned()), ..begin_at("2026-12-01T10:00:00Z") };
        change(&rig, &meeting, renamed.clone()).await;
        assert_eq!(moved_from(&rig, &meeting).await, None, "the same start");
        change(&rig, &meeting, begin_at("2026-12-01T10:10:00Z")).await;
        assert_eq!(moved_from(&rig, &meeting).await, Some(at("2026-12-01T10:00:00Z")));
        change(&rig, &meeting, begin_at("2026-12-01T10:20:00Z")).await;
        let later = MeetingChange { starts_at: Change::Keep, ..renamed };
        change(&rig, &meeting, later).await;
        rig.clock.set("2026-12-01T10:59:59Z");
        assert_eq!(moved_from(&rig, &meeting).await, Some(at("2026-12-01T10:10:00Z")));
        rig.clock.set("2026-12-01T11:00:00Z");
        let link = rig.meeting_link(&meeting).await;
        assert_eq!((link.state, link.moved_from), (LinkState::Over, None));
    }
}
