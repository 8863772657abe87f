//! Where a meeting's room comes from.
//!
//! The order of the questions is part of the interface (`docs/video-api.md`).

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use vdx_domain::{MeetingType, OrganisationCode};
use vdx_store::organisation_tree::BookingOrganisation;

use crate::{BookingRequest, Error};

/// A meeting that starts later than this from now gets a room of its own, even
/// if one of the pool was asked for.
const POOL_HORIZON: SignedDuration = SignedDuration::from_mins(2);

/// Where a meeting's room comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source<'a> {
    /// A new room with the number or name the caller chose.
    Named(&'a str),
    /// A new room with a number of the template's range.
    Numbered,
    /// The room that was set aside.
    Reserved(Uuid),
    /// A free room of this organisation's pool, or of the one that helps out
    /// others. When there is none, a new room, unless the pool was asked for.
    Pool(&'a OrganisationCode),
}

/// Chooses for a caller of the first organisation of `lineage`, whose others
/// are its ancestors, nearest first.
///
/// # Errors
/// [`Error::NoPool`], [`Error::CustomAddressNotAllowed`],
/// [`Error::AddressCharacters`], or [`Error::OrganisationUnknown`] when the
/// lineage is empty.
pub(crate) fn choose<'a>(
    request: &'a BookingRequest,
    lineage: &'a [BookingOrganisation],
    now: Timestamp,
) -> Result<Source<'a>, Error> {
    let own = lineage.first().ok_or(Error::OrganisationUnknown)?;
    let keeper = pool_keeper(lineage);
    if request.meeting_type == MeetingType::Pool && keeper.is_none() {
        return Err(Error::NoPool(own.code.clone()));
    }
    if let Some(name) = request.uri_without_domain.as_deref() {
        return named(own, name);
    }
    if request.guest_pin.is_some() || request.host_pin.is_some() {
        return Ok(Source::Numbered);
    }
    if let Some(reservation) = request.reservation {
        return Ok(Source::Reserved(reservation));
    }
    if request.starts_at.duration_since(now) > POOL_HORIZON {
        return Ok(Source::Numbered);
    }
    Ok(keeper.map_or(Source::Numbered, |keeper| Source::Pool(&keeper.code)))
}

/// Whose pool the organisation uses: its own, or that of the nearest ancestor
/// with one. A pool of 0 rooms is none, and hides those above it.
fn pool_keeper(lineage: &[BookingOrganisation]) -> Option<&BookingOrganisation> {
    let nearest = lineage.iter().find(|one| one.pool_size.is_some());
    nearest.filter(|keeper| keeper.pool_size > Some(0))
}

/// The number or name the caller chose, if they may choose one.
fn named<'a>(own: &BookingOrganisation, name: &'a str) -> Result<Source<'a>, Error> {
    if !own.allow_custom_uri {
        return Err(Error::CustomAddressNotAllowed);
    }
    if !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Error::AddressCharacters);
    }
    Ok(Source::Named(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-12-01T09:00:00Z";

    fn organisation(code: &str, pool_size: Option<i64>) -> BookingOrganisation {
        BookingOrganisation {
            default_template: None,
            code: OrganisationCode(code.to_owned()),
            pool_size,
            allow_custom_uri: true,
        }
    }

    /// Every wish at once: what is chosen first is seen when the others go.
    fn all_wishes() -> BookingRequest {
        let now: Timestamp = NOW.parse().unwrap();
        BookingRequest {
            meeting_type: MeetingType::Pool,
            uri_without_domain: Some("desk".into()),
            guest_pin: Some(1234),
            reservation: Some(Uuid::nil()),
            ..BookingRequest::new("s", now, now)
        }
    }

    fn choice(
        pools: &[Option<i64>],
        change: impl FnOnce(&mut BookingRequest),
    ) -> Result<String, Error> {
        let names = ["own", "parent", "top"].into_iter();
        let lineage: Vec<_> = names
            .zip(pools)
            .map(|(code, size)| organisation(code, *size))
            .collect();
        let mut request = all_wishes();
        change(&mut request);
        let now = NOW.parse().unwrap();
        choose(&request, &lineage, now).map(|source| format!("{source:?}"))
    }

    fn is(choice: Result<String, Error>, expected: &Source<'_>) {
        assert_eq!(choice.unwrap(), format!("{expected:?}"));
    }

    #[test]
    fn the_wishes_are_heard_in_their_order() {
        let pool = [Some(1)];
        is(choice(&pool, |_| ()), &Source::Named("desk"));
        let no_name = |r: &mut BookingRequest| r.uri_without_domain = None;
        is(choice(&pool, no_name), &Source::Numbered);
        let reserved = |r: &mut BookingRequest| {
            r.uri_without_domain = None;
            r.guest_pin = None;
        };
        is(choice(&pool, reserved), &Source::Reserved(Uuid::nil()));
        let host_pin = |r: &mut BookingRequest| {
            reserved(r);
            r.host_pin = Some(1234);
        };
        is(choice(&pool, host_pin), &Source::Numbered);
    }

    /// Nothing said but the start.
    fn from_now(request: &mut BookingRequest, seconds: i64, kind: MeetingType) {
        request.starts_at += SignedDuration::from_secs(seconds);
        request.uri_without_domain = None;
        request.guest_pin = None;
        request.reservation = None;
        request.meeting_type = kind;
    }

    #[test]
    fn the_pool_is_for_meetings_that_start_within_two_minutes() {
        let own = OrganisationCode("own".into());
        for kind in [MeetingType::Normal, MeetingType::Pool] {
            for (seconds, expected) in [
                (-86_400, Source::Pool(&own)),
                (120, Source::Pool(&own)),
                (121, Source::Numbered),
            ] {
                is(
                    choice(&[Some(1)], |r| from_now(r, seconds, kind)),
                    &expected,
                );
            }
        }
    }

    #[test]
    fn the_nearest_pool_counts_and_one_of_zero_hides_those_above() {
        let codes = ["own", "parent", "top"].map(|code| OrganisationCode(code.into()));
        for (pools, keeper) in [
            ([Some(1), Some(1), Some(1)], Some(0)),
            ([None, Some(1), Some(1)], Some(1)),
            ([None, None, Some(1)], Some(2)),
            ([None, None, None], None),
            ([Some(0), Some(1), Some(1)], None),
            ([None, Some(0), Some(1)], None),
        ] {
            let normal = choice(&pools, |r| from_now(r, 0, MeetingType::Normal));
            let pool = choice(&pools, |r| from_now(r, 0, MeetingType::Pool));
            match keeper {
                Some(keeper) => {
                    is(normal, &Source::Pool(&codes[keeper]));
                    is(pool, &Source::Pool(&codes[keeper]));
                }
                None => {
                    is(normal, &Source::Numbered);
                    assert!(matches!(pool, Err(Error::NoPool(code)) if code == codes[0]));
                }
            }
        }
    }

    #[test]
    fn a_pool_that_is_asked_for_must_be_there_whatever_else_is_said() {
        assert!(matches!(choice(&[None], |_| ()), Err(Error::NoPool(_))));
        is(
            choice(&[None], |r| r.meeting_type = MeetingType::Normal),
            &Source::Named("desk"),
        );
    }
}
