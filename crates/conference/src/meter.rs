//! How many participants each organisation has, now and at most on each day.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use vdx_domain::OrganisationCode;
use vdx_store::participant_peaks::Peak;

/// A peak that was not kept yet: of an organisation, or of the whole hub.
pub(crate) type Unkept = (Option<OrganisationCode>, Peak);

/// Counts participants, whether they wait or are in.
#[derive(Debug)]
pub(crate) struct Meter {
    zone: TimeZone,
    day: Date,
    whole: Gauge,
    /// Of organisations that had somebody today.
    organisations: HashMap<OrganisationCode, Gauge>,
    /// Participants of connection tests: they take seats, and are in no figure.
    tests: u32,
    /// Peaks of days that are over.
    past: Vec<Unkept>,
}

#[derive(Debug, Clone, Copy)]
struct Gauge {
    now: u32,
    peak: u32,
    at: Timestamp,
    kept: u32,
}

impl Gauge {
    fn empty(at: Timestamp) -> Self {
        Self {
            now: 0,
            peak: 0,
            at,
            kept: 0,
        }
    }

    fn change(&mut self, before: u32, after: u32, at: Timestamp) {
        self.now = (self.now + after).saturating_sub(before);
        if self.now > self.peak {
            (self.peak, self.at) = (self.now, at);
        }
    }

    /// What a new day begins with.
    fn next_day(&self, at: Timestamp) -> Self {
        Self {
            now: self.now,
            peak: self.now,
            at,
            kept: 0,
        }
    }

    fn unkept(&self, day: Date) -> Option<Peak> {
        (self.peak > self.kept).then_some(Peak {
            day,
            peak: self.peak,
            at: self.at,
        })
    }
}

impl Meter {
    /// Days are those of `zone`.
    pub(crate) fn new(zone: TimeZone, now: Timestamp) -> Self {
        Self {
            day: zone.to_datetime(now).date(),
            whole: Gauge::empty(now),
            organisations: HashMap::new(),
            tests: 0,
            past: Vec::new(),
            zone,
        }
    }

    /// Which days are counted by.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// A conference of the organisation has `after` participants where it had
    /// `before`.
    pub(crate) fn change(
        &mut self,
        now: Timestamp,
        organisation: &OrganisationCode,
        before: u32,
        after: u32,
    ) {
        self.pass_midnight(now);
        self.whole.change(before, after, now);
        // Most changes are of an organisation that is known, and need no copy.
        match self.organisations.get_mut(organisation) {
            Some(gauge) => gauge.change(before, after, now),
            None => {
                let mut gauge = Gauge::empty(now);
                gauge.change(before, after, now);
                self.organisations.insert(organisation.clone(), gauge);
            }
        }
    }

    /// A connection test has `after` participants where it had `before`.
    pub(crate) fn change_tests(&mut self, before: u32, after: u32) {
        self.tests = (self.tests + after).saturating_sub(before);
    }

    /// How many seats are taken.
    pub(crate) fn seats(&self) -> u32 {
        self.whole.now + self.tests
    }

    /// How many there are now: of an organisation, or of the whole hub.
    pub(crate) fn now(&self, organisation: Option<&OrganisationCode>) -> u32 {
        match organisation {
            None => self.whole.now,
            Some(code) => self.organisations.get(code).map_or(0, |gauge| gauge.now),
        }
    }

    /// The whole hub's most today since the start.
    pub(crate) fn peak(&self) -> u32 {
        self.whole.peak
    }

    /// The peaks that rose since they were last kept.
    pub(crate) fn unkept(&mut self, now: Timestamp) -> Vec<Unkept> {
        self.pass_midnight(now);
        let mut unkept = self.past.clone();
        unkept.extend(self.today());
        unkept
    }

    /// These have been kept.
    pub(crate) fn kept(&mut self, kept: &[Unkept]) {
        self.past.retain(|one| !kept.contains(one));
        for (organisation, peak) in kept.iter().filter(|(_, peak)| peak.day == self.day) {
            let gauge = match organisation {
                None => Some(&mut self.whole),
                Some(code) => self.organisations.get_mut(code),
            };
            if let Some(gauge) = gauge {
                gauge.kept = gauge.kept.max(peak.peak);
            }
        }
    }

    fn today(&self) -> Vec<Unkept> {
        let whole = self.whole.unkept(self.day).map(|peak| (None, peak));
        let organisations = self.organisations.iter();
        let own = organisations
            .filter_map(|(code, gauge)| Some((Some(code.clone()), gauge.unkept(self.day)?)));
        whole.into_iter().chain(own).collect()
    }

    fn pass_midnight(&mut self, now: Timestamp) {
        let day = self.zone.to_datetime(now).date();
        if day == self.day {
            return;
        }
        let over = self.today();
        self.past.extend(over);
        self.day = day;
        self.whole = self.whole.next_day(now);
        self.organisations.retain(|_, gauge| gauge.now > 0);
        for gauge in self.organisations.values_mut() {
            *gauge = gauge.next_day(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn code(text: &str) -> OrganisationCode {
        OrganisationCode(text.to_owned())
    }

    /// In the zone of the meter it is an hour before midnight.
    fn evening() -> Timestamp {
        "2026-03-09T22:00:00Z".parse().unwrap()
    }

    fn meter() -> Meter {
        Meter::new(TimeZone::fixed(jiff::tz::offset(1)), evening())
    }

    fn rows(unkept: &[Unkept]) -> Vec<(String, String, u32)> {
        let mut rows: Vec<_> = unkept
            .iter()
            .map(|(who, peak)| {
                let who = who.as_ref().map_or("*", |code| &code.0);
                (who.to_owned(), peak.day.to_string(), peak.peak)
            })
            .collect();
        rows.sort();
        rows
    }

    fn row(who: &str, day: &str, peak: u32) -> (String, String, u32) {
        (who.to_owned(), day.to_owned(), peak)
    }

    #[test]
    fn the_hubs_peak_is_not_the_sum_of_the_organisations() {
        let mut meter = meter();
        meter.change(evening(), &code("a"), 0, 5);
        meter.change(evening(), &code("a"), 5, 1);
        meter.change(evening(), &code("b"), 0, 3);
        assert_eq!((meter.now(None), meter.peak()), (4, 5));
        assert_eq!(meter.now(Some(&code("a"))), 1);
        assert_eq!(meter.now(Some(&code("c"))), 0);
        let day = "2026-03-09";
        let unkept = meter.unkept(evening());
        assert_eq!(
            rows(&unkept),
            [row("*", day, 5), row("a", day, 5), row("b", day, 3)]
        );
        assert_eq!(meter.unkept(evening()), unkept, "until they are kept");
        meter.kept(&unkept);
        assert!(meter.unkept(evening()).is_empty());
        meter.change(evening(), &code("b"), 3, 4);
        assert_eq!(rows(&meter.unkept(evening())), [row("b", day, 4)]);
    }

    #[test]
    fn tests_take_seats_and_are_in_no_figure() {
        let mut meter = meter();
        meter.change(evening(), &code("a"), 0, 2);
        meter.change_tests(0, 3);
        meter.change_tests(3, 1);
        assert_eq!((meter.seats(), meter.now(None), meter.peak()), (3, 2, 2));
        let unkept = meter.unkept(evening());
        assert_eq!(
            rows(&unkept),
            [row("*", "2026-03-09", 2), row("a", "2026-03-09", 2)]
        );
    }

    #[test]
    fn a_day_begins_with_those_who_are_there() {
        let mut meter = meter();
        meter.change(evening(), &code("a"), 0, 7);
        meter.change(evening(), &code("b"), 0, 2);
        meter.change(evening(), &code("b"), 2, 0);
        meter.change(evening(), &code("a"), 7, 4);
        let next = evening() + SignedDuration::from_hours(2);
        let unkept = meter.unkept(next);
        assert_eq!(
            rows(&unkept),
            [
                row("*", "2026-03-09", 9),
                row("*", "2026-03-10", 4),
                row("a", "2026-03-09", 7),
                row("a", "2026-03-10", 4),
                row("b", "2026-03-09", 2),
            ]
        );
        meter.kept(&unkept);
        assert!(meter.unkept(next).is_empty());
    }
}
