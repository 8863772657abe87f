//! The portal link: the complete address of the page a participant joins on.
//!
//! An installation configures it as a URL with placeholders; the room's values
//! are filled in here. The rules stand in `docs/video-api.md`.

use jiff::{Timestamp, tz::TimeZone};
use vdx_domain::{GuestMicrophone, Pin, RoomAddress};
use vdx_store::meetings::Meeting;
use vdx_store::scheduling_infos::{NewSchedulingInfo, SchedulingInfo};

use crate::Booking;

impl Booking {
    /// The portal link of a meeting in this room.
    pub(crate) fn portal_link<'a>(
        &'a self,
        room: impl Into<LinkedRoom<'a>>,
        meeting: &Meeting,
    ) -> String {
        fill(
            &self.settings().portal_link,
            &Values {
                room: room.into(),
                starts_at: meeting.starts_at,
                time_zone: &self.settings().time_zone,
                guest_microphone: meeting.guest_microphone,
            },
        )
    }
}

/// What of a room stands in its portal link. There is no field for the host
/// PIN, so that it cannot end up in a link that is sent to a guest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LinkedRoom<'a> {
    /// `__uri-with-domain__`, and its part after the `@` as `__uri-domain__`.
    address: &'a RoomAddress,
    /// `__pin__`.
    guest_pin: Option<&'a Pin>,
    /// `__return-url__`.
    return_url: Option<&'a str>,
    /// `__call-type__`.
    call_type: Option<&'a str>,
}

impl<'a> From<&'a SchedulingInfo> for LinkedRoom<'a> {
    fn from(room: &'a SchedulingInfo) -> Self {
        Self {
            address: &room.address,
            guest_pin: room.guest_pin.as_ref(),
            return_url: room.return_url.as_deref(),
            call_type: room.call_type.as_deref(),
        }
    }
}

impl<'a> From<&'a NewSchedulingInfo> for LinkedRoom<'a> {
    fn from(room: &'a NewSchedulingInfo) -> Self {
        Self {
            address: &room.address,
            guest_pin: room.guest_pin.as_ref(),
            return_url: room.return_url.as_deref(),
            call_type: room.call_type.as_deref(),
        }
    }
}

/// What a portal link is made from.
#[derive(Debug, Clone, Copy)]
struct Values<'a> {
    room: LinkedRoom<'a>,
    /// `__start-date__`.
    starts_at: Timestamp,
    /// The zone `__start-date__` is written in.
    time_zone: &'a TimeZone,
    /// `__microphone__`.
    guest_microphone: GuestMicrophone,
}

/// What becomes of a placeholder.
enum Filled {
    /// It is replaced by this text.
    Text(String),
    /// It has no value: a query parameter that asks for it is left out.
    Nothing,
}

/// Fills the placeholders of `template`.
///
/// A query parameter whose placeholder has no value is left out, except the
/// PIN, which stays with an empty value. In the path and the fragment a missing
/// value becomes empty text.
fn fill(template: &str, values: &Values<'_>) -> String {
    let (rest, fragment) = split(template, '#');
    let (path, query) = split(rest, '?');
    let mut link = substitute(path, values);
    if let Some(query) = query {
        let parameters: Vec<String> = query
            .split('&')
            .filter_map(|parameter| fill_parameter(parameter, values))
            .collect();
        if !parameters.is_empty() {
            link.push('?');
            link.push_str(&parameters.join("&"));
        }
    }
    if let Some(fragment) = fragment {
        link.push('#');
        link.push_str(&substitute(fragment, values));
    }
    link
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

const PLACEHOLDERS: [&str; 7] = [
    "__pin__",
    "__uri-with-domain__",
    "__uri-domain__",
    "__start-date__",
    "__return-url__",
    "__microphone__",
    "__call-type__",
];

fn value_of(placeholder: &str, values: &Values<'_>) -> Filled {
    let optional = |text: Option<&str>| match text {
        Some(text) if !text.is_empty() => Filled::Text(text.to_owned()),
        Some(_) | None => Filled::Nothing,
    };
    match placeholder {
        "__pin__" => Filled::Text(
            values
                .room
                .guest_pin
                .map_or_else(String::new, |pin| pin.reveal().to_owned()),
        ),
        "__uri-with-domain__" => Filled::Text(values.room.address.as_str().to_owned()),
        "__uri-domain__" => optional(values.room.address.as_str().split_once('@').map(|(_, d)| d)),
        "__start-date__" => Filled::Text(
            values
                .starts_at
                .to_zoned(values.time_zone.clone())
                .strftime("%Y-%m-%dT%H:%M:%S")
                .to_string(),
        ),
        "__return-url__" => optional(values.room.return_url),
        "__microphone__" => match values.guest_microphone {
            GuestMicrophone::On => Filled::Nothing,
            muted_or_off => Filled::Text(muted_or_off.to_string()),
        },
        "__call-type__" => optional(values.room.call_type),
        _ => Filled::Nothing,
    }
}

/// One `name=value` of the query, or nothing when its placeholder has no value.
fn fill_parameter(parameter: &str, values: &Values<'_>) -> Option<String> {
    let has_value = PLACEHOLDERS
        .iter()
        .filter(|placeholder| parameter.contains(**placeholder))
        .all(|placeholder| matches!(value_of(placeholder, values), Filled::Text(_)));
    has_value.then(|| substitute(parameter, values))
}

/// Replaces every placeholder in one pass, so that a value that looks like a
/// placeholder is not filled again.
fn substitute(text: &str, values: &Values<'_>) -> String {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("__") {
        let candidate = &rest[start..];
        match PLACEHOLDERS
            .iter()
            .find(|placeholder| candidate.starts_with(**placeholder))
        {
            Some(placeholder) => {
                done.push_str(&rest[..start]);
                if let Filled::Text(value) = value_of(placeholder, values) {
                    percent_encode(&value, &mut done);
                }
                rest = &candidate[placeholder.len()..];
            }
            None => {
                // Only one underscore is passed over: `___pin__` holds a placeholder.
                done.push_str(&rest[..=start]);
                rest = &rest[start + 1..];
            }
        }
    }
    done.push_str(rest);
    done
}

/// Encodes what would end or change a query value (RFC 3986, section 3.4);
/// `@`, `:` and `/` may stand there and keep links readable.
fn percent_encode(value: &str, out: &mut String) {
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'@' | b':' | b'/' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "https://portal.example/?url=__uri-with-domain__&pin=__pin__&start_dato=__start-date__\
                       &return=__return-url__&muteMicrophone=__microphone__&callType=__call-type__&join=1";

    fn fill_with(template: &str, change: impl FnOnce(&mut Values<'_>)) -> String {
        let address: RoomAddress = "4618@rooms.example".parse().unwrap();
        let pin: Pin = "9180".parse().unwrap();
        let zone = TimeZone::get("Europe/Copenhagen").unwrap();
        let mut values = Values {
            room: LinkedRoom {
                address: &address,
                guest_pin: Some(&pin),
                return_url: None,
                call_type: None,
            },
            starts_at: "2018-11-01T10:15:00Z".parse().unwrap(),
            time_zone: &zone,
            guest_microphone: GuestMicrophone::On,
        };
        change(&mut values);
        fill(template, &values)
    }

    #[test]
    fn parameters_without_a_value_are_left_out() {
        assert_eq!(
            fill_with(ALL, |_| ()),
            "https://portal.example/?url=4618@rooms.example&pin=9180&start_dato=2018-11-01T11:15:00&join=1"
        );
    }

    #[test]
    fn every_value_is_filled_and_encoded() {
        let link = fill_with(ALL, |values| {
            values.room.return_url = Some("https://a.example/done?x=1&y=æ#z");
            values.guest_microphone = GuestMicrophone::Muted;
            values.room.call_type = Some("AudioSendrecv");
        });
        assert!(
            link.contains("&return=https://a.example/done%3Fx%3D1%26y%3D%C3%A6%23z&"),
            "{link}"
        );
        assert!(
            link.contains("&muteMicrophone=muted&callType=AudioSendrecv&join=1"),
            "{link}"
        );
    }

    #[test]
    fn without_a_guest_pin_the_parameter_stays_empty() {
        let link = fill_with(ALL, |values| values.room.guest_pin = None);
        assert!(link.contains("&pin=&start_dato="), "{link}");
    }

    #[test]
    fn path_and_fragment_take_empty_text_for_a_missing_value() {
        let link = fill_with(
            "https://p.example/m/__uri-with-domain__/__call-type__#mic=__microphone__&d=__uri-domain__",
            |_| (),
        );
        assert_eq!(
            link,
            "https://p.example/m/4618@rooms.example/#mic=&d=rooms.example"
        );
    }

    #[test]
    fn a_query_of_nothing_but_missing_values_disappears() {
        assert_eq!(
            fill_with("https://p.example/?c=__call-type__#x", |_| ()),
            "https://p.example/#x"
        );
    }

    #[test]
    fn a_value_that_looks_like_a_placeholder_is_not_filled_again() {
        let link = fill_with("https://p.example/?c=__call-type__&u=___pin__", |values| {
            values.room.call_type = Some("__pin__");
        });
        assert_eq!(link, "https://p.example/?c=__pin__&u=_9180");
    }

    #[test]
    fn off_is_written_as_off() {
        let link = fill_with("https://p.example/?m=__microphone__", |values| {
            values.guest_microphone = GuestMicrophone::Off;
        });
        assert_eq!(link, "https://p.example/?m=off");
    }
}
