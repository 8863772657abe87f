//! Figures as the benchmark prints them.

use std::fmt;

/// One line of output: `name value unit`, or with a peer's figure beside it
/// `name value unit (peer value, ratio r)`, where the ratio is the peer's figure
/// over ours.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Lower case, parts joined by dots.
    pub name: String,
    /// Our value.
    pub value: f64,
    /// What it is counted in.
    pub unit: &'static str,
    /// The peer's name and value.
    pub peer: Option<(&'static str, f64)>,
}

impl Figure {
    /// A figure without a peer.
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            peer: None,
        }
    }

    /// The same with a peer's figure beside it.
    #[must_use]
    pub fn beside(mut self, peer: &'static str, value: f64) -> Self {
        self.peer = Some((peer, value));
        self
    }

    /// The median of `values` under `name`, and their noise: the smallest as
    /// `name_min` and the largest as `name_max`. Nothing for no values.
    #[must_use]
    pub fn with_noise(name: &str, values: &[f64], unit: &'static str) -> Vec<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (Some(&min), Some(&max)) = (sorted.first(), sorted.last()) else {
            return Vec::new();
        };
        vec![
            Self::new(name, quantile(&sorted, 0.5), unit),
            Self::new(format!("{name}_min"), min, unit),
            Self::new(format!("{name}_max"), max, unit),
        ]
    }
}

/// The median of `values`, in any order. 0 for no values.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    quantile(&sorted, 0.5)
}

/// The `share` quantile of `sorted`, 0 to 1, between neighbours where it falls
/// between them. 0 for no values.
#[must_use]
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * (place - place.floor())
}

/// Three digits that mean something, or all of a bigger whole number.
struct Digits(f64);

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        let decimals = match size {
            _ if size >= 100.0 || size == 0.0 => 0,
            _ if size >= 10.0 => 1,
            _ => 2,
        };
        write!(f, "{:.decimals$}", self.0)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.name, Digits(self.value), self.unit)?;
        if let Some((peer, value)) = self.peer {
            write!(
                f,
                " ({peer} {}, ratio {:.2})",
                Digits(value),
                value / self.value
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_one_form() {
        let mut figure = Figure::new("forward.cpu", 11.84, "us");
        assert_eq!(figure.to_string(), "forward.cpu 11.8 us");
        figure.peer = Some(("janus", 23.7));
        assert_eq!(
            figure.to_string(),
            "forward.cpu 11.8 us (janus 23.7, ratio 2.00)"
        );
        assert_eq!(Figure::new("a", 0.0, "packets").to_string(), "a 0 packets");
        assert_eq!(Figure::new("a", 1234.5, "x").to_string(), "a 1234 x");
    }

    #[test]
    fn medians_and_their_noise() {
        let lines: Vec<String> = Figure::with_noise("a", &[3.0, 1.0, 2.0, 10.0], "ms")
            .iter()
            .map(Figure::to_string)
            .collect();
        assert_eq!(lines, ["a 2.50 ms", "a_min 1.00 ms", "a_max 10.0 ms"]);
        assert!(Figure::with_noise("a", &[], "ms").is_empty());
    }
}
