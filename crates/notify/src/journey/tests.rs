use super::*;

/// Draws the most, so that pauses are known.
struct Most;

impl Randomness for Most {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }

    fn number(&self, range: std::ops::Range<u64>) -> Option<u64> {
        range.end.checked_sub(1)
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

const LATER: i64 = 1_000_000;

fn queued() -> Progress {
    Progress {
        gateway: "old".to_owned(),
        gateway_reference: None,
        status: SmsStatus::Queued,
        failure: None,
        gateway_code: None,
        attempts: 0,
        in_flight_since: None,
        next_attempt_at: Some(at(0)),
        status_at: at(0),
    }
}

fn in_flight() -> Progress {
    let mut progress = queued();
    assert_eq!(take_up(&mut progress, at(LATER), "g", at(0)), Step::Send);
    progress
}

fn taken(delivered: bool) -> Answer {
    Answer::Taken(Taken {
        reference: Some("r1".to_owned()),
        delivered,
    })
}

fn not_now(wait: Option<u64>) -> Answer {
    Answer::NotNow {
        code: Some("busy".to_owned()),
        wait: wait.map(Duration::from_secs),
    }
}

fn report(status: SmsStatus) -> Report {
    Report {
        reference: Some("r1".to_owned()),
        status,
        expired: false,
        code: Some("30003".to_owned()),
    }
}

fn is_at_rest(progress: &Progress) -> bool {
    progress.next_attempt_at.is_none() && progress.in_flight_since.is_none()
}

#[test]
fn a_message_is_written_down_before_it_is_sent() {
    let progress = in_flight();
    assert_eq!(progress.gateway, "g");
    assert_eq!(
        (progress.attempts, progress.in_flight_since),
        (1, Some(at(0)))
    );
    assert_eq!(progress.next_attempt_at, Some(at(60)));
    assert_eq!(progress.status, SmsStatus::Queued);
}

#[test]
fn what_is_not_due_is_left_alone() {
    for due in [None, Some(at(1))] {
        let mut progress = queued();
        progress.next_attempt_at = due;
        let before = progress.clone();
        assert_eq!(take_up(&mut progress, at(LATER), "g", at(0)), Step::Nothing);
        assert_eq!(progress, before);
    }
}

#[test]
fn a_taken_message_is_at_rest() {
    for (delivered, status) in [(false, SmsStatus::Sent), (true, SmsStatus::Delivered)] {
        let mut progress = in_flight();
        answered(&mut progress, at(0), taken(delivered), &Most, at(2));
        assert_eq!((progress.status, progress.status_at), (status, at(2)));
        assert_eq!(progress.gateway_reference.as_deref(), Some("r1"));
        assert!(is_at_rest(&progress));
    }
}

#[test]
fn pauses_double_and_then_it_is_given_up() {
    let mut progress = queued();
    let mut now = at(0);
    let mut pauses = Vec::new();
    while progress.status == SmsStatus::Queued {
        assert_eq!(take_up(&mut progress, at(LATER), "g", now), Step::Send);
        answered(&mut progress, now, not_now(None), &Most, now);
        if let Some(next) = progress.next_attempt_at {
            pauses.push(next.duration_since(now).as_secs());
            now = next;
        }
    }
    assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 600]);
    assert_eq!(progress.attempts, MAX_ATTEMPTS);
    assert_eq!(progress.failure, Some(SmsFailure::GaveUp));
    assert_eq!(progress.gateway_code.as_deref(), Some("busy"));
    assert!(is_at_rest(&progress));
}

#[test]
fn a_gateway_may_ask_for_a_longer_pause() {
    let mut progress = in_flight();
    answered(&mut progress, at(0), not_now(Some(90)), &Most, at(1));
    assert_eq!(progress.next_attempt_at, Some(at(91)));
    let mut progress = in_flight();
    answered(&mut progress, at(0), not_now(Some(1)), &Most, at(1));
    assert_eq!(progress.next_attempt_at, Some(at(11)));
}

#[test]
fn a_part_of_each_pause_is_drawn() {
    let ten = Duration::from_secs(10);
    let drawn: Vec<_> = (0..200)
        .map(|_| pause(1, ten, LONGEST_PAUSE, &vdx_domain::SystemRandomness))
        .collect();
    assert!(drawn.iter().all(|pause| (ten / 2..=ten).contains(pause)));
    assert!(drawn.iter().any(|pause| *pause < ten * 3 / 4));
    assert!(drawn.iter().any(|pause| *pause > ten * 3 / 4));
    assert_eq!(pause(u32::MAX, ten, LONGEST_PAUSE, &Most), LONGEST_PAUSE);
}

#[test]
fn a_refused_message_fails_at_once() {
    let mut progress = in_flight();
    let answer = Answer::Refused {
        code: Some("21211".to_owned()),
    };
    answered(&mut progress, at(0), answer, &Most, at(1));
    assert_eq!(progress.failure, Some(SmsFailure::Refused));
    assert_eq!(progress.gateway_code.as_deref(), Some("21211"));
    assert!(is_at_rest(&progress));
}

#[test]
fn a_message_is_not_sent_after_its_time() {
    let mut progress = queued();
    assert_eq!(take_up(&mut progress, at(10), "g", at(10)), Step::Nothing);
    assert_eq!(progress.failure, Some(SmsFailure::Expired));
    assert_eq!(progress.attempts, 0);
}

#[test]
fn after_a_crash_or_a_lost_answer_the_gateway_is_asked_not_sent_to() {
    let crashed = in_flight();
    let mut lost = in_flight();
    answered(&mut lost, at(0), Answer::Unclear, &Most, at(15));
    assert_eq!(lost.next_attempt_at, Some(at(75)));
    for mut progress in [crashed, lost] {
        assert_eq!(
            take_up(&mut progress, at(LATER), "g", at(80)),
            Step::FindOut
        );
        assert_eq!(progress.attempts, 1);
        assert_eq!(progress.in_flight_since, Some(at(0)));
    }
}

#[test]
fn what_the_gateway_has_is_not_sent_again() {
    let mut progress = in_flight();
    found(&mut progress, Finding::There("r9".to_owned()), at(80));
    assert_eq!(progress.status, SmsStatus::Sent);
    assert_eq!(progress.gateway_reference.as_deref(), Some("r9"));
    assert!(is_at_rest(&progress));
}

#[test]
fn what_the_gateway_does_not_have_is_sent_again() {
    let mut progress = in_flight();
    found(&mut progress, Finding::NotThere, at(80));
    assert_eq!(take_up(&mut progress, at(LATER), "g", at(80)), Step::Send);
    assert_eq!(
        (progress.attempts, progress.in_flight_since),
        (2, Some(at(80)))
    );
    progress.attempts = MAX_ATTEMPTS;
    found(&mut progress, Finding::NotThere, at(90));
    assert_eq!(progress.failure, Some(SmsFailure::GaveUp));
}

#[test]
fn where_the_gateway_cannot_tell_a_report_is_waited_for() {
    let mut progress = in_flight();
    found(&mut progress, Finding::CannotTell, at(80));
    assert_eq!(progress.next_attempt_at, Some(at(600)));
    assert_eq!(progress.status, SmsStatus::Queued);
    let mut late = progress.clone();
    reported(&mut progress, report(SmsStatus::Sent), at(100));
    assert_eq!(progress.status, SmsStatus::Sent);
    assert!(is_at_rest(&progress));

    found(&mut late, Finding::CannotTell, at(600));
    assert_eq!(late.failure, Some(SmsFailure::Unknown));
    assert!(is_at_rest(&late));
    // The guess is taken back.
    reported(&mut late, report(SmsStatus::Delivered), at(700));
    assert_eq!((late.status, late.failure), (SmsStatus::Delivered, None));
}

#[test]
fn a_gateway_that_does_not_answer_is_asked_for_hours() {
    let mut progress = in_flight();
    found(&mut progress, Finding::NoAnswer, at(80));
    assert_eq!(progress.next_attempt_at, Some(at(140)));
    let six_hours = 6 * 3600;
    found(&mut progress, Finding::NoAnswer, at(six_hours - 1));
    assert_eq!(progress.next_attempt_at, Some(at(six_hours)));
    found(&mut progress, Finding::NoAnswer, at(six_hours));
    assert_eq!(progress.failure, Some(SmsFailure::Unknown));
}

#[test]
fn a_report_may_be_quicker_than_the_answer() {
    let mut progress = in_flight();
    let mut early = report(SmsStatus::Delivered);
    early.reference = None;
    reported(&mut progress, early, at(1));
    answered(&mut progress, at(0), taken(false), &Most, at(2));
    assert_eq!(
        (progress.status, progress.status_at),
        (SmsStatus::Delivered, at(1))
    );
    assert_eq!(progress.gateway_reference.as_deref(), Some("r1"));
    // An answer that says less than the report changes nothing.
    let mut progress = in_flight();
    reported(&mut progress, report(SmsStatus::Sent), at(1));
    answered(&mut progress, at(0), not_now(None), &Most, at(2));
    assert_eq!(progress.status, SmsStatus::Sent);
    assert!(is_at_rest(&progress));
}

#[test]
fn reports_in_the_wrong_order_change_nothing() {
    let mut progress = in_flight();
    answered(&mut progress, at(0), taken(false), &Most, at(1));
    reported(&mut progress, report(SmsStatus::Delivered), at(2));
    let delivered = progress.clone();
    for late in [SmsStatus::Sent, SmsStatus::Failed, SmsStatus::Delivered] {
        reported(&mut progress, report(late), at(3));
        assert_eq!(progress, delivered, "{late}");
    }
    let mut progress = in_flight();
    reported(&mut progress, report(SmsStatus::Failed), at(2));
    assert_eq!(progress.failure, Some(SmsFailure::Undelivered));
    let failed = progress.clone();
    reported(&mut progress, report(SmsStatus::Sent), at(3));
    assert_eq!(progress, failed);
}

#[test]
fn a_report_says_why() {
    let mut progress = in_flight();
    let mut expired = report(SmsStatus::Failed);
    expired.expired = true;
    reported(&mut progress, expired, at(2));
    assert_eq!(progress.failure, Some(SmsFailure::Expired));
    assert_eq!(progress.gateway_code.as_deref(), Some("30003"));
}
