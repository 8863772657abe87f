//! How good the calls of a conference are, and telling it to its hosts.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use vdx_domain::{CallId, ParticipantId, QualityRating};
use vdx_media::CallSample;

use super::participant::Participant;
use super::{Conference, Effect, Refused};
use crate::event::{Event, QualityView};
use crate::quality::{ClientReport, LatestQuality};

/// Hosts are told at most this often.
const TELL_INTERVAL: SignedDuration = SignedDuration::from_secs(5);
/// Most participants told of at once, the worst first.
pub const MAX_QUALITY_ROWS: usize = 100;

impl Conference {
    /// A call was sampled. Gives its ratings, or `None` when it is nobody's.
    pub fn sampled(&mut self, call: CallId, sample: &CallSample) -> Option<LatestQuality> {
        let who = self
            .participants
            .iter_mut()
            .find(|who| who.call.as_ref().is_some_and(|open| open.id == call))?;
        who.quality_untold = true;
        Some(who.quality.add(sample))
    }

    /// A participant's client tells how it receives in its call.
    ///
    /// # Errors
    /// [`Refused::UnknownCall`], [`Refused::UnknownParticipant`].
    pub fn reported(
        &mut self,
        now: Timestamp,
        who: ParticipantId,
        call: CallId,
        report: ClientReport,
    ) -> Result<(), Refused> {
        self.has_call(who, call)?;
        self.participant_mut(who)?.quality.report(report);
        if let Some(packets) = report.packets_received {
            self.note_received(now, who, packets);
        }
        Ok(())
    }

    /// Everybody who has a call with its quality as it was last.
    pub fn qualities(&self) -> impl Iterator<Item = QualityView> {
        self.participants.iter().filter_map(quality_view)
    }

    /// Tells the hosts whose quality changed, or is not good; a host who listens
    /// anew, everybody's.
    pub(super) fn tell_quality(&mut self, now: Timestamp) {
        let told = self.quality_told;
        if told.is_some_and(|at| now.duration_since(at) < TELL_INTERVAL) {
            return;
        }
        let news: Vec<QualityView> = self
            .participants
            .iter_mut()
            .filter_map(Participant::take_quality_news)
            .collect();
        let hosts = |who: &&mut Participant| who.is_host() && who.listens();
        let newcomers = self
            .participants
            .iter()
            .any(|who| who.is_host() && who.listens() && !who.told.quality);
        if news.is_empty() && !newcomers {
            return;
        }
        self.quality_told = Some(now);
        let all = if newcomers {
            worst_first(self.qualities().collect())
        } else {
            Arc::default()
        };
        let news = worst_first(news);
        for host in self.participants.iter_mut().filter(hosts) {
            let rows = if host.told.quality { &news } else { &all };
            host.told.quality = true;
            if !rows.is_empty() {
                self.effects.push(Effect::Tell {
                    to: host.id,
                    event: Event::Quality(rows.clone()),
                });
            }
        }
    }
}

impl Participant {
    /// What hosts have to know of a new sample.
    fn take_quality_news(&mut self) -> Option<QualityView> {
        if !std::mem::take(&mut self.quality_untold) {
            return None;
        }
        let view = quality_view(self)?;
        let rating = view.latest.rating();
        // Of a direction that was yet to be rated there is something to tell too.
        let ratings = [view.latest.received.rating, view.latest.sent.rating];
        let changed = self.ratings_told.replace(ratings) != Some(ratings);
        (changed || rating.is_some_and(|rating| rating > QualityRating::Good)).then_some(view)
    }
}

fn quality_view(who: &Participant) -> Option<QualityView> {
    Some(QualityView {
        participant: who.id,
        role: who.role,
        endpoint: who.endpoint,
        joined_at: who.joined_at,
        latest: *who.quality.latest()?,
    })
}

fn worst_first(mut rows: Vec<QualityView>) -> Arc<[QualityView]> {
    rows.sort_by_key(|row| std::cmp::Reverse(row.latest.rating()));
    rows.truncate(MAX_QUALITY_ROWS);
    rows.into()
}
