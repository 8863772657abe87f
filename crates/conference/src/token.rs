//! Signed tokens: of participants, and tickets of links.
//!
//! A token is its claims and an HMAC-SHA256 over them (RFC 2104), both in
//! base64url without padding (RFC 4648 section 5), joined by a dot: it can stand
//! in a header, in a query and in a log-free path without escaping. The kind of
//! token is part of what is signed, so one kind cannot pass for another.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vdx_domain::{ConferenceId, ParticipantId, ParticipantRole, Room, RoomAddress, RoomKey};

use crate::DisplayName;

/// Most bytes of a token that are looked at.
pub const MAX_LENGTH: usize = 4096;

const PARTICIPANT: &[u8] = b"vdx participant 1\0";
const TICKET: &[u8] = b"vdx ticket 1\0";
const HOST_TICKET: &[u8] = b"vdx host ticket 1\0";

/// What a participant's token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Who.
    pub participant: ParticipantId,
    /// In which conference.
    pub conference: ConferenceId,
    /// Of which room.
    pub room: RoomKey,
    /// The address it was asked for by.
    pub alias: RoomAddress,
    /// As what.
    pub role: ParticipantRole,
    /// Called what.
    pub name: DisplayName,
    /// Its client can show messages for it alone.
    pub direct_chat: bool,
    /// Its client can send media to another browser directly.
    pub direct_media: bool,
    /// When it came in.
    pub joined_at: Timestamp,
    /// Was in the waiting room when the token was issued.
    pub waiting: bool,
    /// From when on it is worth nothing.
    pub expires_at: Timestamp,
}

/// Why a token is not accepted. What exactly is wrong is nobody's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token is not valid")]
pub struct InvalidToken;

/// Signs and checks. Tokens of one signer mean nothing to another.
#[derive(Clone)]
pub struct Signer {
    key: hmac::Key,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(…)")
    }
}

/// The claims as they are written.
#[derive(Serialize, Deserialize)]
struct WireClaims {
    p: ParticipantId,
    c: ConferenceId,
    r: String,
    a: RoomAddress,
    h: bool,
    n: String,
    d: bool,
    /// Not in tokens of before there was direct media.
    #[serde(default)]
    m: bool,
    j: i64,
    w: bool,
    e: i64,
}

#[derive(Serialize, Deserialize)]
struct WireTicket {
    r: String,
    /// Not in tickets that are good as long as the meeting lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    e: Option<i64>,
}

/// How long a ticket is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Until then.
    Until(Timestamp),
    /// Until the room's meeting ends, also where that is moved after the ticket
    /// was given. In a permanent room such a ticket is worth nothing.
    Meeting,
}

impl Validity {
    fn wire(self) -> Option<i64> {
        match self {
            Self::Until(expires_at) => Some(expires_at.as_second()),
            Self::Meeting => None,
        }
    }
}

impl WireTicket {
    fn is_for(&self, room: RoomKey, ends_at: Option<Timestamp>, now: Timestamp) -> bool {
        let lasts = match self.e {
            Some(second) => not_past(now, second).is_ok(),
            None => ends_at.is_some_and(|end| now < end),
        };
        lasts && self.r.parse() == Ok(room)
    }
}

impl Signer {
    /// A signer with the installation's secret.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
        }
    }

    /// A participant's token.
    #[must_use]
    pub fn participant(&self, claims: &Claims) -> String {
        self.sign(
            PARTICIPANT,
            &WireClaims {
                p: claims.participant,
                c: claims.conference,
                r: claims.room.to_string(),
                a: claims.alias.clone(),
                h: claims.role == ParticipantRole::Host,
                n: claims.name.as_str().to_owned(),
                d: claims.direct_chat,
                m: claims.direct_media,
                j: claims.joined_at.as_millisecond(),
                w: claims.waiting,
                e: claims.expires_at.as_second(),
            },
        )
    }

    /// Reads a participant's token.
    ///
    /// # Errors
    /// [`InvalidToken`] when it was not signed here, was changed, or has expired.
    pub fn read_participant(&self, now: Timestamp, token: &str) -> Result<Claims, InvalidToken> {
        let wire: WireClaims = self.read(PARTICIPANT, token)?;
        let expires_at = not_past(now, wire.e)?;
        Ok(Claims {
            participant: wire.p,
            conference: wire.c,
            room: wire.r.parse().map_err(|_| InvalidToken)?,
            alias: wire.a,
            role: if wire.h {
                ParticipantRole::Host
            } else {
                ParticipantRole::Guest
            },
            name: DisplayName::parse(&wire.n).ok_or(InvalidToken)?,
            direct_chat: wire.d,
            direct_media: wire.m,
            joined_at: Timestamp::from_millisecond(wire.j).map_err(|_| InvalidToken)?,
            waiting: wire.w,
            expires_at,
        })
    }

    /// A ticket: it lets its holder into `room` as a guest without a PIN.
    #[must_use]
    pub fn ticket(&self, room: RoomKey, validity: Validity) -> String {
        self.sign(
            TICKET,
            &WireTicket {
                r: room.to_string(),
                e: validity.wire(),
            },
        )
    }

    /// Whether `ticket` is a good one of [`Signer::ticket`] for `room` now, with an
    /// end of its own.
    #[must_use]
    pub fn is_ticket(&self, now: Timestamp, room: RoomKey, ticket: &str) -> bool {
        self.is_good(TICKET, now, room, None, ticket)
    }

    /// A host's ticket: it lets its holder into `room` as a host without a PIN, at
    /// most until the room gets another host PIN.
    #[must_use]
    pub fn host_ticket(&self, room: &Room, validity: Validity) -> String {
        self.sign(
            &host_ticket_kind(room),
            &WireTicket {
                r: room.key.to_string(),
                e: validity.wire(),
            },
        )
    }

    /// As what `ticket` lets its holder into `room` now, if it does.
    #[must_use]
    pub fn read_ticket(
        &self,
        now: Timestamp,
        room: &Room,
        ticket: &str,
    ) -> Option<ParticipantRole> {
        let is_good = |kind: &[u8]| self.is_good(kind, now, room.key, room.ends_at, ticket);
        if is_good(&host_ticket_kind(room)) {
            Some(ParticipantRole::Host)
        } else {
            is_good(TICKET).then_some(ParticipantRole::Guest)
        }
    }

    fn is_good(
        &self,
        kind: &[u8],
        now: Timestamp,
        room: RoomKey,
        ends_at: Option<Timestamp>,
        ticket: &str,
    ) -> bool {
        self.read::<WireTicket>(kind, ticket)
            .is_ok_and(|wire| wire.is_for(room, ends_at, now))
    }

    fn sign<T: Serialize>(&self, kind: &[u8], claims: &T) -> String {
        #[expect(
            clippy::expect_used,
            reason = "a struct of texts and numbers always has a JSON form"
        )]
        let body = serde_json::to_vec(claims).expect("the claims have a JSON form");
        let tag = hmac::sign(&self.key, &signed(kind, &body));
        format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(&body),
            URL_SAFE_NO_PAD.encode(tag)
        )
    }

    fn read<T: for<'de> Deserialize<'de>>(
        &self,
        kind: &[u8],
        token: &str,
    ) -> Result<T, InvalidToken> {
        if token.len() > MAX_LENGTH {
            return Err(InvalidToken);
        }
        let (body, tag) = token.split_once('.').ok_or(InvalidToken)?;
        let body = URL_SAFE_NO_PAD.decode(body).map_err(|_| InvalidToken)?;
        let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| InvalidToken)?;
        // Constant time in the tag; nothing is parsed before it is known to be ours.
        hmac::verify(&self.key, &signed(kind, &body), &tag).map_err(|_| InvalidToken)?;
        serde_json::from_slice(&body).map_err(|_| InvalidToken)
    }
}

/// The host PIN is signed with a host's ticket and not written in it: a new PIN
/// makes old tickets worthless, and a ticket tells nothing of the PIN.
fn host_ticket_kind(room: &Room) -> Vec<u8> {
    let pin = room.host_pin.as_ref().map_or("", |pin| pin.reveal());
    [HOST_TICKET, pin.as_bytes(), b"\0"].concat()
}

fn signed(kind: &[u8], body: &[u8]) -> Vec<u8> {
    [kind, body].concat()
}

fn not_past(now: Timestamp, second: i64) -> Result<Timestamp, InvalidToken> {
    let expires_at = Timestamp::from_second(second).map_err(|_| InvalidToken)?;
    (now < expires_at).then_some(expires_at).ok_or(InvalidToken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::room;
    use jiff::ToSpan;
    use vdx_domain::MeetingId;

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn claims() -> Claims {
        Claims {
            participant: ParticipantId::generate(),
            conference: ConferenceId::generate(),
            room: RoomKey::Meeting(MeetingId::generate()),
            alias: "12345@rooms.example".parse().unwrap(),
            role: ParticipantRole::Guest,
            name: DisplayName::parse("Å. Ørsted").unwrap(),
            direct_chat: true,
            direct_media: true,
            joined_at: now() - 1.hour(),
            waiting: true,
            expires_at: now() + 120.seconds(),
        }
    }

    #[test]
    fn a_token_reads_back_until_it_expires() {
        let signer = Signer::new(&[7; 32]);
        let claims = claims();
        let token = signer.participant(&claims);
        assert_eq!(signer.read_participant(now(), &token), Ok(claims.clone()));
        let last = claims.expires_at - 1.second();
        assert!(signer.read_participant(last, &token).is_ok());
        assert!(signer.read_participant(claims.expires_at, &token).is_err());
    }

    #[test]
    fn a_token_needs_no_escaping_in_a_query() {
        let token = Signer::new(&[7; 32]).participant(&claims());
        assert!(
            token
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        );
        assert!(token.len() < MAX_LENGTH);
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let signer = Signer::new(&[7; 32]);
        let token = signer.participant(&claims());
        for at in 0..token.len() {
            for new in ["A", "-", "."] {
                let mut changed = token.clone();
                changed.replace_range(at..=at, new);
                if changed != token {
                    assert!(signer.read_participant(now(), &changed).is_err(), "{at}");
                }
            }
            assert!(signer.read_participant(now(), &token[..at]).is_err());
        }
        assert!(
            Signer::new(&[8; 32])
                .read_participant(now(), &token)
                .is_err()
        );
        assert!(signer.read_participant(now(), &"a".repeat(5000)).is_err());
    }

    #[test]
    fn one_kind_does_not_pass_for_the_other() {
        let signer = Signer::new(&[7; 32]);
        let (claims, room) = (claims(), room());
        let claims = Claims {
            room: room.key,
            ..claims
        };
        let end = Validity::Until(claims.expires_at);
        for ticket in [signer.ticket(room.key, end), signer.host_ticket(&room, end)] {
            assert!(signer.read_participant(now(), &ticket).is_err());
        }
        let token = signer.participant(&claims);
        assert_eq!(signer.read_ticket(now(), &room, &token), None);
    }

    #[test]
    fn a_ticket_is_for_one_room_and_ends() {
        let signer = Signer::new(&[7; 32]);
        let (room, other) = (room(), room());
        let end = now() + 1.hour();
        for (ticket, role) in [
            (
                signer.ticket(room.key, Validity::Until(end)),
                ParticipantRole::Guest,
            ),
            (
                signer.host_ticket(&room, Validity::Until(end)),
                ParticipantRole::Host,
            ),
        ] {
            assert_eq!(signer.read_ticket(now(), &room, &ticket), Some(role));
            assert_eq!(signer.read_ticket(end, &room, &ticket), None);
            assert_eq!(signer.read_ticket(now(), &other, &ticket), None);
        }
        assert_eq!(signer.read_ticket(now(), &room, ""), None);
    }

    #[test]
    fn a_ticket_for_a_meeting_follows_its_end() {
        let signer = Signer::new(&[7; 32]);
        let (mut room, mut other) = (room(), room());
        let end = now() + 1.hour();
        for (ticket, role) in [
            (
                signer.ticket(room.key, Validity::Meeting),
                ParticipantRole::Guest,
            ),
            (
                signer.host_ticket(&room, Validity::Meeting),
                ParticipantRole::Host,
            ),
        ] {
            room.ends_at = None;
            assert_eq!(signer.read_ticket(now(), &room, &ticket), None);
            room.ends_at = Some(end);
            other.ends_at = Some(end);
            assert_eq!(signer.read_ticket(now(), &room, &ticket), Some(role));
            assert_eq!(signer.read_ticket(end, &room, &ticket), None);
            assert_eq!(signer.read_ticket(now(), &other, &ticket), None);
            room.ends_at = Some(end + 1.second());
            assert_eq!(signer.read_ticket(end, &room, &ticket), Some(role));
        }
    }

    #[test]
    fn another_host_pin_ends_hosts_tickets_and_guests_keep_theirs() {
        let signer = Signer::new(&[7; 32]);
        let mut room = room();
        let end = Validity::Until(now() + 1.hour());
        let (guest, host) = (signer.ticket(room.key, end), signer.host_ticket(&room, end));
        room.host_pin = Some("2222".parse().unwrap());
        assert_eq!(signer.read_ticket(now(), &room, &host), None);
        assert_eq!(
            signer.read_ticket(now(), &room, &guest),
            Some(ParticipantRole::Guest)
        );
    }

    #[test]
    fn the_signer_does_not_show_its_key() {
        assert_eq!(format!("{:?}", Signer::new(&[7; 32])), "Signer(…)");
    }
}
