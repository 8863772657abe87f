//! Counters, in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use parking_lot::Mutex;

/// Upper ends of the buckets of the duration histogram, in milliseconds.
const BUCKETS: [u64; 9] = [5, 10, 25, 50, 100, 250, 1000, 5000, 30_000];

/// All counters of the hub. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    version: String,
    /// As many series as there are APIs, methods and statuses: bounded.
    requests: Mutex<BTreeMap<Labels, Series>>,
    /// Counters that other parts keep themselves, read when asked for.
    sources: Mutex<Vec<Source>>,
}

/// Writes the lines of a part's own counters.
type Source = Box<dyn Fn(&mut String) + Send + Sync>;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Labels {
    api: &'static str,
    method: &'static str,
    status: u16,
}

#[derive(Debug, Default)]
struct Series {
    /// Requests in each bucket, the last one without an upper end.
    buckets: [u64; BUCKETS.len() + 1],
    total: Duration,
}

impl Metrics {
    pub(crate) fn new(version: &str) -> Self {
        Self(Arc::new(Inner {
            version: version.to_owned(),
            requests: Mutex::default(),
            sources: Mutex::default(),
        }))
    }

    /// Adds the counters another part keeps: `write` appends complete lines,
    /// each with a name that begins with `vdx_`.
    pub fn add_source(&self, write: impl Fn(&mut String) + Send + Sync + 'static) {
        self.0.sources.lock().push(Box::new(write));
    }

    fn record(&self, labels: Labels, took: Duration) {
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let bucket = BUCKETS
            .iter()
            .position(|end| millis <= *end)
            .unwrap_or(BUCKETS.len());
        let mut requests = self.0.requests.lock();
        let series = requests.entry(labels).or_default();
        if let Some(count) = series.buckets.get_mut(bucket) {
            *count += 1;
        }
        series.total += took;
    }

    /// The whole text.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        self.write(&mut text)
            // Writing to a String does not fail.
            .unwrap_or_default();
        for source in self.0.sources.lock().iter() {
            source(&mut text);
        }
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "# HELP vdx_info The running program.")?;
        writeln!(text, "# TYPE vdx_info gauge")?;
        writeln!(text, "vdx_info{{version=\"{}\"}} 1", self.0.version)?;
        writeln!(
            text,
            "# HELP vdx_http_request_duration_seconds How long requests took until they were answered."
        )?;
        writeln!(text, "# TYPE vdx_http_request_duration_seconds histogram")?;
        for (labels, series) in self.0.requests.lock().iter() {
            write_series(text, labels, series)?;
        }
        Ok(())
    }
}

fn write_series(text: &mut String, labels: &Labels, series: &Series) -> std::fmt::Result {
    const NAME: &str = "vdx_http_request_duration_seconds";
    let labels = format!(
        "api=\"{}\",method=\"{}\",status=\"{}\"",
        labels.api, labels.method, labels.status
    );
    let mut count = 0;
    let ends = BUCKETS
        .iter()
        .map(|end| Duration::from_millis(*end).as_secs_f64().to_string())
        .chain(["+Inf".to_owned()]);
    for (end, in_bucket) in ends.zip(series.buckets) {
        count += in_bucket;
        writeln!(text, "{NAME}_bucket{{{labels},le=\"{end}\"}} {count}")?;
    }
    writeln!(
        text,
        "{NAME}_sum{{{labels}}} {}",
        series.total.as_secs_f64()
    )?;
    writeln!(text, "{NAME}_count{{{labels}}} {count}")
}

/// The layer that measures an API.
pub(crate) async fn measure(
    State((metrics, api)): State<(Metrics, &'static str)>,
    request: Request,
    next: Next,
) -> Response {
    let method = match request.method().as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "other",
    };
    let began = Instant::now();
    let response = next.run(request).await;
    metrics.record(
        Labels {
            api,
            method,
            status: response.status().as_u16(),
        },
        began.elapsed(),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_cumulative() {
        let metrics = Metrics::new("1.2.3");
        let labels = Labels {
            api: "oauth",
            method: "POST",
            status: 200,
        };
        metrics.record(labels.clone(), Duration::from_millis(7));
        metrics.record(labels, Duration::from_secs(60));
        metrics.add_source(|text| text.push_str("vdx_rooms 3\n"));
        let text = metrics.render();
        for line in [
            "vdx_info{version=\"1.2.3\"} 1",
            "vdx_http_request_duration_seconds_bucket{api=\"oauth\",method=\"POST\",status=\"200\",le=\"0.005\"} 0",
            "vdx_http_request_duration_seconds_bucket{api=\"oauth\",method=\"POST\",status=\"200\",le=\"0.01\"} 1",
            "vdx_http_request_duration_seconds_bucket{api=\"oauth\",method=\"POST\",status=\"200\",le=\"+Inf\"} 2",
            "vdx_http_request_duration_seconds_count{api=\"oauth\",method=\"POST\",status=\"200\"} 2",
            "vdx_rooms 3",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\nis not in\n{text}");
        }
    }
}
