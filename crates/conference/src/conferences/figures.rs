//! What operators and administrators read: live quality, the figures of a
//! month, and how many participants there were.

use std::sync::Weak;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use tokio::time::MissedTickBehavior;
use vdx_domain::{ConferenceId, MediaDirection, OrganisationCode, QualityRating, RoomKey};
use vdx_store::participant_peaks::{self, Peak};
use vdx_store::{Error, call_quality};

use super::{Conferences, Inner};
use crate::event::QualityView;
use crate::quality::LatestQuality;

/// How often peaks that rose are written: `kill -9` loses at most the rise of
/// so long a time.
const KEEP_PEAKS: Duration = Duration::from_secs(10);

/// A call that is going on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveCall {
    /// In which session.
    pub conference: ConferenceId,
    /// Of which room.
    pub room: RoomKey,
    /// Whose room.
    pub organisation: OrganisationCode,
    /// Whose call, and how good it is.
    pub quality: QualityView,
}

/// The figures of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthFigures {
    /// Its first day.
    pub month: Date,
    /// Meetings and calls, and how good they were.
    pub counts: call_quality::Counts,
    /// The most participants at one time; `None` = there were none.
    pub peak: Option<Peak>,
}

/// How many participants there are and were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantFigures {
    /// In or waiting on this node.
    pub now: u32,
    /// The most of each day that had any, oldest first.
    pub days: Vec<Peak>,
}

/// How long calls were good, ok and bad since the start, in whole seconds.
pub type QualitySeconds = Vec<(MediaDirection, QualityRating, u64)>;

/// Milliseconds, by direction and rating.
#[derive(Debug, Default)]
pub(super) struct QualityTotals([[AtomicU64; 3]; 2]);

impl QualityTotals {
    /// Counts a sample of so long a time.
    pub(super) fn count(&self, rated: &LatestQuality, span: Duration) {
        let [received, sent] = &self.0;
        let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        for (totals, rating) in [(received, rated.received.rating), (sent, rated.sent.rating)] {
            if let Some(total) = rating.and_then(|rating| totals.get(rating as usize)) {
                total.fetch_add(millis, Ordering::Relaxed);
            }
        }
    }
}

impl Conferences {
    /// The calls that were sampled, in the rooms of the organisations that
    /// `includes` names, the worst first; at most `limit`.
    #[must_use]
    pub fn live_calls(
        &self,
        includes: impl Fn(&OrganisationCode) -> bool,
        limit: usize,
    ) -> Vec<LiveCall> {
        let mut calls = Vec::new();
        for live in self.0.lives() {
            let state = live.lock();
            let room = state.conference.room();
            if room.key.is_test() || !includes(&room.organisation) {
                continue;
            }
            calls.extend(state.conference.qualities().map(|quality| LiveCall {
                conference: live.id,
                room: room.key,
                organisation: room.organisation.clone(),
                quality,
            }));
        }
        let order = |call: &LiveCall| {
            let rating = call.quality.latest.rating();
            (std::cmp::Reverse(rating), call.quality.joined_at)
        };
        calls.sort_by_key(order);
        calls.truncate(limit);
        calls
    }

    /// How long calls were good, ok and bad since the start.
    #[must_use]
    pub fn quality_seconds(&self) -> QualitySeconds {
        let directions = MediaDirection::ALL.iter().zip(&self.0.quality.0);
        directions
            .flat_map(|(direction, totals)| {
                let ratings = QualityRating::ALL.iter().zip(totals);
                ratings.map(|(rating, total)| {
                    (*direction, *rating, total.load(Ordering::Relaxed) / 1000)
                })
            })
            .collect()
    }

    /// The figures of the month that `day` is in: of one organisation, or of
    /// the whole hub.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub async fn month(
        &self,
        organisation: Option<&OrganisationCode>,
        day: Date,
    ) -> Result<MonthFigures, Error> {
        let (first, last) = (day.first_of_month(), day.last_of_month());
        let (from, to) = (self.begin_of(first), self.begin_of(day_after(last)));
        let mut reader = self.0.db.reader();
        let counts = call_quality::counts(&mut reader, organisation, from, to).await?;
        self.0.keep_peaks_now().await;
        let days = participant_peaks::of_days(&mut reader, organisation, first, last).await?;
        // The first of those that are as high.
        let peak = days.into_iter().rev().max_by_key(|peak| peak.peak);
        Ok(MonthFigures {
            month: first,
            counts,
            peak,
        })
    }

    /// How many participants there are, and were at most on each day from
    /// `from` to `to`, both counted.
    ///
    /// # Errors
    /// [`Error::Engine`].
    pub async fn participants(
        &self,
        organisation: Option<&OrganisationCode>,
        from: Date,
        to: Date,
    ) -> Result<ParticipantFigures, Error> {
        self.0.keep_peaks_now().await;
        let mut reader = self.0.db.reader();
        let days = participant_peaks::of_days(&mut reader, organisation, from, to).await?;
        let now = self.0.meter.lock().now(organisation);
        Ok(ParticipantFigures { now, days })
    }

    /// Today, by the days that are counted.
    #[must_use]
    pub fn today(&self) -> Date {
        let zone = self.0.meter.lock().zone().clone();
        zone.to_datetime(self.0.clock.now()).date()
    }

    fn begin_of(&self, day: Date) -> Timestamp {
        let zone = self.0.meter.lock().zone().clone();
        let begin = day.to_zoned(zone);
        begin.map_or(Timestamp::MAX, |begin| begin.timestamp())
    }
}

fn day_after(day: Date) -> Date {
    day.saturating_add(1.day())
}

/// Writes peaks that rose until the conferences are gone.
pub(super) async fn keep_peaks(inner: Weak<Inner>) {
    let mut timer = tokio::time::interval(KEEP_PEAKS);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        timer.tick().await;
        let Some(inner) = inner.upgrade() else { return };
        inner.keep_peaks_now().await;
    }
}

impl Inner {
    /// Writes the peaks that rose. What cannot be written is due again, and so is
    /// what nobody waited for to be written.
    pub(super) async fn keep_peaks_now(&self) {
        let unkept = self.meter.lock().unkept(self.clock.now());
        if unkept.is_empty() {
            return;
        }
        let written = async {
            let mut tx = self.db.begin().await?;
            for (organisation, peak) in &unkept {
                participant_peaks::raise(&mut tx, organisation.as_ref(), peak).await?;
            }
            tx.commit().await
        };
        match written.await {
            Ok(()) => self.meter.lock().kept(&unkept),
            Err(error) => {
                tracing::warn!(%error, "the peaks of participants are not written yet");
            }
        }
    }
}
