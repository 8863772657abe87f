//! What the media engine, the conferences and text messages count, for `/metrics`.

use std::fmt::Write as _;

use vdx_api::Hub;
use vdx_media::Engine;
use vdx_notify::Sms;
use vdx_turn::Turn;

/// Adds the counters to those of HTTP.
pub(crate) fn publish(hub: &Hub, engine: &Engine, turn: Option<&Turn>) {
    publish_sms(hub);
    if let Some(turn) = turn {
        publish_turn(hub, turn);
    }
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
                "vdx_media_frames_mixed_total",
                "counter",
                media.frames_mixed,
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

fn publish_turn(hub: &Hub, turn: &Turn) {
    let allocations = turn.gauge();
    let name = "vdx_turn_allocations";
    hub.metrics.add_source(move |text| {
        // Writing to a String does not fail.
        let _ = writeln!(text, "# TYPE {name} gauge\n{name} {}", allocations());
    });
}

fn publish_sms(hub: &Hub) {
    let sms: Sms = hub.sms.clone();
    hub.metrics.add_source(move |text| {
        let counts = sms.counts();
        let statuses = [
            ("queued", counts.queued),
            ("sent", counts.sent),
            ("delivered", counts.delivered),
            ("failed", counts.failed),
        ];
        let mut lines = String::from("# TYPE vdx_sms_messages_total counter\n");
        for (status, count) in statuses {
            let _ = writeln!(
                lines,
                "vdx_sms_messages_total{{status=\"{status}\"}} {count}"
            );
        }
        for (name, kind, value) in [
            ("vdx_sms_gateway_requests_total", "counter", counts.attempts),
            ("vdx_sms_callbacks_given_up_total", "counter", counts.untold),
            ("vdx_sms_waiting", "gauge", counts.waiting),
        ] {
            let _ = writeln!(lines, "# TYPE {name} {kind}\n{name} {value}");
        }
        text.push_str(&lines);
    });
}
