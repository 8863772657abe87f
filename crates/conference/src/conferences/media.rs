//! What the media engine tells, on its way to the conferences.

use std::sync::Weak;

use tokio::sync::mpsc;
use vdx_media::MediaEvent;

use super::Inner;

/// Reports of loudness, of needed layers and of quality that may wait; more are
/// dropped, for the next ones say everything anew.
const REPORT_QUEUE: usize = 4096;

/// Where the media engine puts what it tells. Never blocks.
#[derive(Debug, Clone)]
pub struct MediaSink {
    /// Beginnings and ends of calls. Nothing of these may be lost, and there are
    /// at most two for each call, so the engine's limit of calls bounds it.
    calls: mpsc::UnboundedSender<MediaEvent>,
    /// What is said again before long.
    reports: mpsc::Sender<MediaEvent>,
}

/// The other end of a [`MediaSink`].
#[derive(Debug)]
pub struct MediaEvents {
    calls: mpsc::UnboundedReceiver<MediaEvent>,
    reports: mpsc::Receiver<MediaEvent>,
}

/// The way from the media engine to the conferences: the engine is started with
/// [`MediaSink::put`], the conferences with the other end.
#[must_use]
pub fn media_channel() -> (MediaSink, MediaEvents) {
    let (calls, calls_told) = mpsc::unbounded_channel();
    let (reports, reports_told) = mpsc::channel(REPORT_QUEUE);
    let sink = MediaSink { calls, reports };
    let events = MediaEvents {
        calls: calls_told,
        reports: reports_told,
    };
    (sink, events)
}

impl MediaSink {
    /// Takes an event of the engine.
    pub fn put(&self, event: MediaEvent) {
        // Errors mean that nobody listens any more, or that the next report will do.
        match event {
            MediaEvent::Loudness { .. }
            | MediaEvent::LayersNeeded { .. }
            | MediaEvent::Sampled { .. } => drop(self.reports.try_send(event)),
            MediaEvent::Connected { .. } | MediaEvent::Closed { .. } => {
                drop(self.calls.send(event));
            }
        }
    }
}

/// Hands events to their conferences until either side is gone.
pub(super) async fn follow(inner: Weak<Inner>, mut events: MediaEvents) {
    loop {
        let event = tokio::select! {
            biased;
            event = events.calls.recv() => event,
            event = events.reports.recv() => event,
        };
        let (Some(event), Some(inner)) = (event, inner.upgrade()) else {
            return;
        };
        inner.heard_of_media(&event);
    }
}

impl Inner {
    fn heard_of_media(&self, event: &MediaEvent) {
        let conference = match event {
            MediaEvent::Connected { conference, .. }
            | MediaEvent::Loudness { conference, .. }
            | MediaEvent::LayersNeeded { conference, .. }
            | MediaEvent::Sampled { conference, .. }
            | MediaEvent::Closed { conference, .. } => *conference,
        };
        let Some(live) = self.live(conference) else {
            return;
        };
        let now = self.clock.now();
        // A fault has been told and has ended its conference.
        let _ = self.input(&live, now, |state| match event {
            MediaEvent::Connected { call, .. } => state.conference.call_connected(*call),
            MediaEvent::Loudness { levels, .. } => state.conference.loudness(now, levels),
            MediaEvent::LayersNeeded { call, rids, .. } => {
                state.conference.layers_needed(*call, rids);
            }
            MediaEvent::Sampled { call, sample, .. } => {
                let is_test = state.conference.room().key.is_test();
                if let Some(rated) = state.conference.sampled(*call, sample)
                    && !is_test
                {
                    self.quality.count(&rated, sample.span);
                }
            }
            MediaEvent::Closed {
                call,
                reason,
                statistics,
                ..
            } => state
                .conference
                .call_closed(now, *call, *reason, statistics),
        });
    }
}
