//! The limits of a meeting's values, the same whether it is booked or changed.

use std::collections::HashSet;

use vdx_domain::Pin;
use vdx_store::meetings::Information;

use crate::Error;
use crate::numbers::PINS;

/// Most labels and most entries of additional information of one meeting.
const MAX_LIST: usize = 100;

/// A meeting that ends before it begins can never be held.
pub(crate) const END_BEFORE_START: Error = invalid("endTime", "must not be before startTime");

pub(crate) const fn invalid(field: &'static str, reason: &'static str) -> Error {
    Error::Invalid { field, reason }
}

pub(crate) fn subject(subject: &str) -> Result<(), Error> {
    let reason = "must have 1 to 100 characters";
    text("subject", Some(subject), 100, reason)?;
    if subject.trim().is_empty() {
        return Err(invalid("subject", reason));
    }
    Ok(())
}

pub(crate) fn description(description: Option<&str>) -> Result<(), Error> {
    let reason = "must have at most 500 characters";
    text("description", description, 500, reason)
}

pub(crate) fn project_code(project_code: Option<&str>) -> Result<(), Error> {
    let reason = "must have at most 100 characters";
    text("projectCode", project_code, 100, reason)
}

pub(crate) fn organizer(email: Option<&str>) -> Result<(), Error> {
    let reason = "must have at most 100 characters";
    text("organizedByEmail", email, 100, reason)
}

pub(crate) fn external_id(id: Option<&str>) -> Result<(), Error> {
    let reason = "must have at most 200 characters";
    text("externalId", id, 200, reason)
}

pub(crate) fn call_type(call_type: Option<&str>) -> Result<(), Error> {
    let reason = "must have at most 64 characters";
    text("callType", call_type, 64, reason)
}

pub(crate) fn labels(labels: &[String]) -> Result<(), Error> {
    if labels.len() > MAX_LIST {
        return Err(invalid("labels", "must have at most 100 entries"));
    }
    let reason = "must have at most 1024 characters each";
    labels
        .iter()
        .try_for_each(|label| text("labels", Some(label), 1024, reason))
}

pub(crate) fn information(entries: &[Information]) -> Result<(), Error> {
    const FIELD: &str = "additionalInformation";
    if entries.len() > MAX_LIST {
        return Err(invalid(FIELD, "must have at most 100 entries"));
    }
    let reason = "must have keys and values of at most 100 characters";
    let mut keys = HashSet::new();
    for entry in entries {
        text(FIELD, Some(&entry.key), 100, reason)?;
        text(FIELD, Some(&entry.value), 100, reason)?;
        if !keys.insert(entry.key.as_str()) {
            return Err(Error::DuplicateInformationKey);
        }
    }
    Ok(())
}

/// The number or name of a room. Which characters it may have is asked later,
/// when it is known whether the caller may choose one at all.
pub(crate) fn uri_without_domain(name: Option<&str>) -> Result<(), Error> {
    let reason = "must have 1 to 100 characters";
    text("uriWithoutDomain", name, 100, reason)?;
    match name {
        Some("") => Err(invalid("uriWithoutDomain", reason)),
        _ => Ok(()),
    }
}

pub(crate) fn pin(field: &'static str, number: Option<i64>) -> Result<Option<Pin>, Error> {
    let Some(number) = number else {
        return Ok(None);
    };
    let refused = invalid(field, "must be from 1000 to 999999999");
    if !PINS.contains(&number) {
        return Err(refused);
    }
    number.to_string().parse().map(Some).map_err(|_| refused)
}

/// `None` = the template decides.
pub(crate) fn participants(number: Option<i64>) -> Result<Option<u32>, Error> {
    let number = number.unwrap_or(0);
    match u32::try_from(number) {
        Ok(number) if i32::try_from(number).is_ok() => Ok((number > 0).then_some(number)),
        _ => Err(invalid("maxParticipants", "must be from 0 to 2147483647")),
    }
}

/// At most `max` characters, and no U+0000, which PostgreSQL cannot keep.
pub(crate) fn text(
    field: &'static str,
    value: Option<&str>,
    max: usize,
    reason: &'static str,
) -> Result<(), Error> {
    let Some(value) = value else { return Ok(()) };
    if value.chars().count() > max {
        return Err(invalid(field, reason));
    }
    if value.contains('\0') {
        return Err(invalid(field, "must not hold the character U+0000"));
    }
    Ok(())
}
