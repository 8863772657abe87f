//! A message's way to the phone: what each piece of news makes of it.
//!
//! Before a gateway is asked, it is written down that it will be
//! ([`take_up`]). What is found written so later, after a crash or a lost
//! answer, is not simply sent again: the gateway is asked what it knows
//! ([`Step::FindOut`]), and where it cannot tell, the message fails as
//! [`SmsFailure::Unknown`]. So no message is sent twice.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use vdx_domain::{Randomness, SmsFailure, SmsStatus};
use vdx_store::sms::Progress;

use crate::gateway::{Answer, Report, Taken};

/// How often a gateway is asked to take a message: eight times in about twenty
/// minutes. A link to a conversation is of no use hours later.
pub const MAX_ATTEMPTS: u32 = 8;
/// First pause between attempts; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// Longest pause between attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// A gateway's answer is there before this, or it never comes.
const ANSWER_WITHIN: SignedDuration = SignedDuration::from_secs(60);
/// How long a report is waited for where the gateway cannot be asked.
const REPORT_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// How long a gateway is asked what became of a message before that is given up.
const FIND_OUT_WITHIN: SignedDuration = SignedDuration::from_hours(6);

/// What to do about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Hand it to the gateway.
    Send,
    /// Ask the gateway whether it has it.
    FindOut,
    /// It is at its end.
    Nothing,
}

/// What a gateway knows of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// It has it under this reference.
    There(String),
    /// It does not have it.
    NotThere,
    /// It did not answer.
    NoAnswer,
    /// It cannot tell.
    CannotTell,
}

/// Takes up a message that is due, for this gateway.
pub(crate) fn take_up(
    progress: &mut Progress,
    expires_at: Timestamp,
    gateway: &str,
    now: Timestamp,
) -> Step {
    if progress.next_attempt_at.is_none_or(|due| due > now) {
        return Step::Nothing;
    }
    if progress.in_flight_since.is_some() {
        progress.next_attempt_at = Some(after(now, ANSWER_WITHIN));
        return Step::FindOut;
    }
    if expires_at <= now {
        fail(progress, SmsFailure::Expired, None, now);
        return Step::Nothing;
    }
    gateway.clone_into(&mut progress.gateway);
    progress.attempts += 1;
    progress.in_flight_since = Some(now);
    progress.next_attempt_at = Some(after(now, ANSWER_WITHIN));
    Step::Send
}

/// The gateway has answered the attempt that began at `since`.
pub(crate) fn answered(
    progress: &mut Progress,
    since: Timestamp,
    answer: Answer,
    randomness: &dyn Randomness,
    now: Timestamp,
) {
    if progress.in_flight_since != Some(since) {
        // A report was quicker than the answer, and said more.
        if let Answer::Taken(Taken { reference, .. }) = answer
            && progress.gateway_reference.is_none()
        {
            progress.gateway_reference = reference;
        }
        return;
    }
    match answer {
        Answer::Taken(taken) => has_it(progress, taken, now),
        Answer::NotNow { code, wait } => {
            if progress.attempts >= MAX_ATTEMPTS {
                fail(progress, SmsFailure::GaveUp, code, now);
            } else {
                let pause = pause(progress.attempts, FIRST_PAUSE, LONGEST_PAUSE, randomness);
                let pause = pause.max(wait.unwrap_or_default());
                progress.gateway_code = code;
                progress.in_flight_since = None;
                progress.next_attempt_at = Some(later(now, pause));
            }
        }
        Answer::Refused { code } => fail(progress, SmsFailure::Refused, code, now),
        Answer::Unclear => progress.next_attempt_at = Some(after(now, ANSWER_WITHIN)),
    }
}

/// The gateway was asked what became of a message.
pub(crate) fn found(progress: &mut Progress, finding: Finding, now: Timestamp) {
    let Some(since) = progress.in_flight_since else {
        return;
    };
    let wait_until = |progress: &mut Progress, end: Timestamp, next: Timestamp| {
        if now >= end {
            fail(progress, SmsFailure::Unknown, None, now);
        } else {
            progress.next_attempt_at = Some(next.min(end));
        }
    };
    match finding {
        Finding::There(reference) => {
            let taken = Taken {
                reference: Some(reference),
                delivered: false,
            };
            has_it(progress, taken, now);
        }
        Finding::NotThere if progress.attempts >= MAX_ATTEMPTS => {
            fail(progress, SmsFailure::GaveUp, None, now);
        }
        Finding::NotThere => {
            progress.in_flight_since = None;
            progress.next_attempt_at = Some(now);
        }
        Finding::NoAnswer => {
            let end = after(since, FIND_OUT_WITHIN);
            wait_until(progress, end, after(now, ANSWER_WITHIN));
        }
        Finding::CannotTell => {
            let end = after(since, REPORT_WITHIN);
            wait_until(progress, end, end);
        }
    }
}

/// The gateway reports what became of a message. Reports may come twice and
/// in the wrong order.
pub(crate) fn reported(progress: &mut Progress, report: Report, now: Timestamp) {
    if progress.gateway_reference.is_none() {
        progress.gateway_reference = report.reference;
    }
    let at_its_end = match progress.status {
        SmsStatus::Delivered => true,
        // That it failed was a guess.
        SmsStatus::Failed => progress.failure != Some(SmsFailure::Unknown),
        SmsStatus::Queued | SmsStatus::Sent => false,
    };
    if at_its_end {
        return;
    }
    if report.status == SmsStatus::Failed {
        let failure = if report.expired {
            SmsFailure::Expired
        } else {
            SmsFailure::Undelivered
        };
        fail(progress, failure, report.code, now);
    } else {
        settle(progress, report.status, now);
    }
}

fn has_it(progress: &mut Progress, taken: Taken, now: Timestamp) {
    if taken.reference.is_some() {
        progress.gateway_reference = taken.reference;
    }
    let status = if taken.delivered {
        SmsStatus::Delivered
    } else {
        SmsStatus::Sent
    };
    settle(progress, status, now);
}

/// The hub has nothing left to do.
fn settle(progress: &mut Progress, status: SmsStatus, now: Timestamp) {
    if progress.status != status {
        progress.status = status;
        progress.status_at = now;
    }
    progress.failure = None;
    progress.gateway_code = None;
    progress.in_flight_since = None;
    progress.next_attempt_at = None;
}

fn fail(progress: &mut Progress, failure: SmsFailure, code: Option<String>, now: Timestamp) {
    // What the last attempt said explains why there were no more.
    let code = code.or_else(|| progress.gateway_code.take());
    settle(progress, SmsStatus::Failed, now);
    progress.failure = Some(failure);
    progress.gateway_code = code;
}

/// The pause after so many attempts: it doubles, and a part of it is drawn, so
/// that messages that failed together do not come back together.
pub(crate) fn pause(
    attempts: u32,
    first: Duration,
    longest: Duration,
    randomness: &dyn Randomness,
) -> Duration {
    let doubled = first.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)));
    let most = u64::try_from(doubled.min(longest).as_millis()).unwrap_or(u64::MAX);
    let drawn = randomness.number(most / 2..most + 1).unwrap_or(most);
    Duration::from_millis(drawn)
}

fn after(instant: Timestamp, length: SignedDuration) -> Timestamp {
    instant.saturating_add(length).unwrap_or(Timestamp::MAX)
}

pub(crate) fn later(instant: Timestamp, length: Duration) -> Timestamp {
    instant.saturating_add(length).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
