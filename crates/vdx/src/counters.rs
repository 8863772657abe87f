//! What the media engine and the conferences count, for `/metrics`.

use std::fmt::Write as _;

use vdx_api::Hub;
use vdx_media::Engine;

/// Adds the counters to those of HTTP.
pub(crate) fn publish(hub: &Hub, engine: &Engine) {
    let (engine, conferences) = (engine.clone(), hub.conferences.clone());
    hub.metrics.add_source(move |text| {
        let counts = conferences.counts();
        let media = engine.counters();
        let counted = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        for (name, kind, value) in [
            ("vdx_conferences", "gauge", counted(counts.conferences)),
            ("vdx_participants", "gauge", counted(counts.participants)),
            ("vdx_media_calls", "gauge", media.calls),
            (
                "vdx_media_packets_received_total",
                "counter",
                media.packets_received,
            ),
            (
                "vdx_media_packets_forwarded_total",
                "counter",
                media.packets_forwarded,
            ),
            (
                "vdx_media_datagrams_sent_total",
                "counter",
                media.datagrams_sent,
            ),
            (
                "vdx_media_datagrams_dropped_total",
                "counter",
                media.datagrams_dropped,
            ),
            (
                "vdx_media_datagrams_unknown_total",
                "counter",
                media.datagrams_unknown,
            ),
            (
                "vdx_media_datagrams_invalid_total",
                "counter",
                media.datagrams_invalid,
            ),
            ("vdx_media_faults_total", "counter", media.faults),
        ] {
            // Writing to a String does not fail.
            writeln!(text, "# TYPE {name} {kind}\n{name} {value}").unwrap_or_default();
        }
    });
}
