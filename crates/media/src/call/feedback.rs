//! What a receiver says of what it is sent, and what follows: packets sent again,
//! key frames, how much is taken to fit, and what is tried out.

use std::time::{Duration, Instant};

use super::Call;
use crate::egress::Feedback;
use crate::estimate::Allowance;

/// For receivers that report nothing to measure by.
const UNMEASURED_BITS: u64 = 2_500_000;
/// How often the share of lost packets is looked at.
pub(super) const LOSS_INTERVAL: Duration = Duration::from_secs(5);

impl Call {
    /// Takes what RTCP says of what is sent; `Some(false)` when that is all it says.
    pub(super) fn feedback(&mut self, datagram: &[u8], now: Instant) -> Option<bool> {
        let mut said = Vec::new();
        let mut allowance = Allowance::default();
        let more = self
            .egress
            .feedback(datagram, |estimator, feedback| match feedback {
                Feedback::Arrivals(body) => estimator.arrivals(body, &mut allowance, now),
                Feedback::Fits(bits) => estimator.receiver_says(bits),
                Feedback::Reception(report) => said.push(Feedback::Reception(report)),
                Feedback::Missing {
                    ssrc,
                    first,
                    following,
                } => said.push(Feedback::Missing {
                    ssrc,
                    first,
                    following,
                }),
                Feedback::PictureLost { ssrc } => said.push(Feedback::PictureLost { ssrc }),
            })?;
        for feedback in said {
            self.obey(&feedback, now);
        }
        Some(more)
    }

    fn obey(&mut self, feedback: &Feedback<'_>, now: Instant) {
        match feedback {
            Feedback::Reception(report) => {
                if let Some(rtt) = self.egress.round_trip(report, now) {
                    self.rtt = Some(rtt);
                    self.egress.estimator.round_trip(rtt);
                }
                for slot in &mut self.slots {
                    slot.sender.received(report);
                    if report.ssrc == slot.sender.sources().0 {
                        let (lost, highest) = (report.lost.into(), report.highest.into());
                        let content = slot.slot.content;
                        slot.reported.note(content, lost, highest, report.jitter);
                    }
                }
            }
            Feedback::Missing {
                ssrc,
                first,
                following,
            } => {
                let mut slots = self.slots.iter_mut();
                if let Some(slot) = slots.find(|slot| slot.sender.sources().0 == *ssrc) {
                    self.egress
                        .resend(&mut slot.sender, *first, *following, now);
                }
            }
            Feedback::PictureLost { ssrc } => {
                let mut slots = self.slots.iter();
                let slot = slots.position(|slot| slot.sender.sources().0 == *ssrc);
                let told = |slot: &usize| self.lost_pictures.contains(slot);
                let slot = slot.filter(|slot| !told(slot));
                self.lost_pictures.extend(slot);
            }
            Feedback::Arrivals(_) | Feedback::Fits(_) => {}
        }
    }

    /// Sends the padding that is due, where it is told about: on a picture that is
    /// shown, or on one that was.
    pub(super) fn pad(&mut self, now: Instant) {
        while let Some(padding) = self.egress.estimator.padding(now) {
            let able = self.slots.iter_mut().filter(|slot| slot.sender.can_pad());
            match able.max_by_key(|slot| slot.stream.forwarding().is_some()) {
                Some(slot) => self.egress.pad(&mut slot.sender, padding, now),
                None => self.egress.estimator.rest(now),
            }
        }
    }

    /// Sends sender reports when they are due, and looks at what was lost.
    pub(crate) fn report(&mut self, now: Instant) {
        if now >= self.next_loss {
            self.next_loss = now + LOSS_INTERVAL;
            if let Some(loss) = self.egress.estimator.take_loss() {
                self.protection.report(loss);
            }
        }
        let senders = self.slots.iter_mut().map(|slot| &mut slot.sender);
        self.egress.report(senders, now);
    }

    /// Bits a second that fit towards the receiver.
    pub(crate) fn budget(&self) -> u64 {
        let estimate = self.egress.estimator.estimate();
        estimate.unwrap_or(UNMEASURED_BITS)
    }

    /// Whether so much more or less fits now that layers must be chosen anew.
    pub(crate) fn budget_moved(&self) -> bool {
        self.budget().abs_diff(self.chosen_for) > self.chosen_for / 20
    }

    /// Says how many bits a second would be welcome, so that the network is tried
    /// out up to there, and how many are needed before the next picture can become
    /// larger: where little is sent the estimate has nothing to grow from, so
    /// padding takes the place of the larger layer as the estimate allows.
    /// `true` when that changes what is to be sent when.
    pub(crate) fn desire(&mut self, needed: u64, welcome: u64, now: Instant) -> bool {
        let estimator = &mut self.egress.estimator;
        let before = estimator.due();
        estimator.desire(needed, welcome, now);
        estimator.due() != before
    }
}
