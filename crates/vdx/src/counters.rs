//! What the media engine, the conferences and text messages count, for `/metrics`.

use std::fmt::{self, Write as _};

use vdx_api::Hub;
use vdx_conference::Conferences;
use vdx_conference::capacity::{Doors, Resource};
use vdx_media::Engine;
use vdx_notify::Sms;
use vdx_turn::Turn;

/// Adds the counters to those of HTTP.
pub(crate) fn publish(hub: &Hub, engine: &Engine, turn: Option<&Turn>) {
    publish_sms(hub);
    if let Some(turn) = turn {
        publish_turn(hub, turn);
    }
    let engine = engine.clone();
    hub.metrics.add_source(move |text| {
        // Writing to a String does not fail.
        let _ = write_media(text, &engine);
    });
    let conferences = hub.conferences.clone();
    hub.metrics.add_source(move |text| {
        let _ = write_rooms(text, &conferences);
        let _ = write_quality(text, &conferences);
    });
}

fn write_media(text: &mut String, engine: &Engine) -> fmt::Result {
    let media = engine.counters();
    writeln!(
        text,
        "# TYPE vdx_media_calls gauge\nvdx_media_calls {}",
        media.calls
    )?;
    for (name, value) in [
        ("packets_received", media.packets_received),
        ("packets_forwarded", media.packets_forwarded),
        ("frames_mixed", media.frames_mixed),
        ("datagrams_sent", media.datagrams_sent),
        ("bytes_sent", media.bytes_sent),
        ("datagrams_dropped", media.datagrams_dropped),
        ("datagrams_unknown", media.datagrams_unknown),
        ("datagrams_invalid", media.datagrams_invalid),
        ("faults", media.faults),
    ] {
        let name = format!("vdx_media_{name}_total");
        writeln!(text, "# TYPE {name} counter\n{name} {value}")?;
    }
    Ok(())
}

fn write_rooms(text: &mut String, conferences: &Conferences) -> fmt::Result {
    let occupancy = conferences.occupancy();
    let mut gauge = |name: &str, help: &str, value: &dyn fmt::Display| {
        writeln!(
            text,
            "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}"
        )
    };
    let counts = conferences.counts();
    gauge(
        "vdx_conferences",
        "Conferences somebody is in.",
        &counts.conferences,
    )?;
    gauge(
        "vdx_participants",
        "Participants in or waiting.",
        &occupancy.participants,
    )?;
    gauge(
        "vdx_participants_peak",
        "The most participants at one time today, since the start.",
        &occupancy.participants_peak,
    )?;
    let doors = match occupancy.doors {
        Doors::Open => 0,
        Doors::Joining => 1,
        Doors::Closed => 2,
    };
    gauge(
        "vdx_capacity_doors",
        "Who comes in: 0 everybody, 1 those who join others, 2 nobody new.",
        &doors,
    )?;
    write_use(text, conferences)?;
    let refusals = conferences.refusals();
    writeln!(text, "# TYPE vdx_joins_refused_total counter")?;
    for (reason, count) in [
        ("no_capacity", refusals.no_capacity),
        ("room_full", refusals.room_full),
        ("closing", refusals.closing),
    ] {
        writeln!(
            text,
            "vdx_joins_refused_total{{reason=\"{reason}\"}} {count}"
        )?;
    }
    Ok(())
}

fn write_use(text: &mut String, conferences: &Conferences) -> fmt::Result {
    let occupancy = conferences.occupancy();
    const USE: &str = "vdx_capacity_use_ratio";
    writeln!(
        text,
        "# HELP {USE} Use of a limit; 1 is all of it.\n# TYPE {USE} gauge"
    )?;
    for (resource, used) in occupancy.used {
        let resource = resource.as_str();
        writeln!(text, "{USE}{{resource=\"{resource}\"}} {used:.4}")?;
    }
    const LIMIT: &str = "vdx_capacity_limit";
    writeln!(
        text,
        "# HELP {LIMIT} Participants, processors, or bits a second that may be used.\n# TYPE {LIMIT} gauge"
    )?;
    let limits = occupancy.limits;
    let cpu = limits.cpu.map(|share| share.to_string());
    let egress = limits.egress_bits.map(|bits| bits.to_string());
    for (resource, limit) in [
        (
            Resource::Participants,
            Some(limits.participants.to_string()),
        ),
        (Resource::MediaThread, cpu.clone()),
        (Resource::Process, cpu),
        (Resource::Egress, egress),
    ] {
        if let Some(limit) = limit {
            let resource = resource.as_str();
            writeln!(text, "{LIMIT}{{resource=\"{resource}\"}} {limit}")?;
        }
    }
    Ok(())
}

fn write_quality(text: &mut String, conferences: &Conferences) -> fmt::Result {
    const NAME: &str = "vdx_quality_seconds_total";
    writeln!(
        text,
        "# HELP {NAME} How long calls were good, ok and bad, by direction seen from the hub.\n# TYPE {NAME} counter"
    )?;
    for (direction, rating, seconds) in conferences.quality_seconds() {
        writeln!(
            text,
            "{NAME}{{direction=\"{direction}\",rating=\"{rating}\"}} {seconds}"
        )?;
    }
    Ok(())
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
