//! What happens when chance is against a booking.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use vdx_booking::{Booking, BookingRequest, DefaultTemplate, Error};
use vdx_domain::{MeetingId, Randomness, SchedulingInfoId, SystemRandomness};
use vdx_store::{audit, both_engines, scheduling_infos};

use crate::rig::{Rig, admin, booking, default_template, request};

/// Always draws the same short id, and counts what it draws.
#[derive(Default)]
struct Stuck {
    short_ids: AtomicUsize,
    numbers: AtomicUsize,
}

impl Randomness for Stuck {
    fn fill(&self, bytes: &mut [u8]) {
        // A short id is made of six bytes, and nothing else is.
        if bytes.len() == 6 {
            self.short_ids.fetch_add(1, Ordering::Relaxed);
            bytes.fill(7);
        } else {
            SystemRandomness.fill(bytes);
        }
    }

    fn number(&self, range: std::ops::Range<u64>) -> Option<u64> {
        self.numbers.fetch_add(1, Ordering::Relaxed);
        SystemRandomness.number(range)
    }
}

/// A booking part that draws from `chance`; its rooms have no PINs.
fn drawing_from(rig: &Rig, chance: &Arc<Stuck>, high: i64) -> Booking {
    let template = DefaultTemplate {
        host_pin_range: None,
        guest_pin_range: None,
        ..default_template(high)
    };
    booking(&rig.test, rig.clock.clone(), chance.clone(), template)
}

both_engines! {
    async fn a_short_id_is_drawn_six_times(test: TestDb) {
        let rig = Rig::new(test).await;
        let chance = Arc::new(Stuck::default());
        let booking = drawing_from(&rig, &chance, 99_991);
        booking.create(&admin("town"), &request()).await.unwrap();
        assert_eq!(chance.short_ids.swap(0, Ordering::Relaxed), 1);

        let id = MeetingId::generate();
        let asked = BookingRequest { id: Some(id), ..request() };
        let refused = booking.create(&admin("town"), &asked).await;
        assert!(matches!(refused, Err(Error::ShortIdExhausted)), "{refused:?}");
        assert_eq!(chance.short_ids.load(Ordering::Relaxed), 6);
        let read = booking.meeting(&admin("town"), id).await;
        assert!(matches!(read, Err(Error::NotFound { .. })), "{read:?}");
        let mut reader = rig.test.db.reader();
        let room = scheduling_infos::find(&mut reader, &rig.test.sealer, SchedulingInfoId(id.0)).await;
        assert_eq!(room.unwrap(), None);
        assert_eq!(audit::of(&mut reader, &id.to_string()).await.unwrap(), []);
    }

    async fn a_number_is_drawn_a_hundred_times(test: TestDb) {
        let rig = Rig::new(test).await;
        // One number, and the first booking has it. Short ids are not stuck.
        let chance = Arc::new(Stuck::default());
        let booking = drawing_from(&rig, &chance, 10_001);
        let full = DefaultTemplate { host_pin_range: None, guest_pin_range: None, ..default_template(10_001) };
        let first = crate::rig::booking(&rig.test, rig.clock.clone(), Arc::new(SystemRandomness), full);
        first.create(&admin("town"), &request()).await.unwrap();

        let refused = booking.create(&admin("town"), &request()).await;
        assert!(matches!(refused, Err(Error::NumbersExhausted)), "{refused:?}");
        assert_eq!(chance.numbers.load(Ordering::Relaxed), 100);
    }
}
