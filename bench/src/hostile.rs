//! What a careless or hostile network throws at a hub. Everything is drawn
//! from a seed, so that a finding can be had again.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, RngCore as _, SeedableRng as _};

/// An endless supply of datagrams that no hub can use.
#[derive(Debug)]
pub struct Datagrams {
    random: StdRng,
    /// A user fragment of a running call, as an eavesdropper would know it.
    ufrag: Option<String>,
}

impl Datagrams {
    /// Longest datagram made.
    pub const MAX_LENGTH: usize = 9000;

    /// A supply from `seed`. With `ufrag`, half of the connectivity checks
    /// name that call, with a signature that is wrong.
    #[must_use]
    pub fn new(seed: u64, ufrag: Option<String>) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            ufrag,
        }
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.random.fill_bytes(&mut bytes);
        bytes
    }

    fn noise(&mut self) -> Vec<u8> {
        let most = *[4, 60, 1400, Self::MAX_LENGTH]
            .choose(&mut self.random)
            .unwrap_or(&60);
        let length = self.random.random_range(0..=most);
        self.bytes(length)
    }

    /// RFC 8489: a binding message that looks right up to its signature, or
    /// whose lengths lie.
    fn stun(&mut self) -> Vec<u8> {
        let local = match &self.ufrag {
            Some(ufrag) if self.random.random_bool(0.5) => ufrag.clone(),
            _ => format!("{:08x}", self.random.random::<u32>()),
        };
        let mut attributes = Vec::new();
        attribute(&mut attributes, 0x0006, format!("{local}:evil").as_bytes());
        attribute(&mut attributes, 0x0024, &self.bytes(4)); // PRIORITY
        attribute(&mut attributes, 0x802a, &self.bytes(8)); // ICE-CONTROLLING
        attribute(&mut attributes, 0x0025, &[]); // USE-CANDIDATE
        if self.random.random_bool(0.3) {
            let (kind, length) = (self.random.random(), self.random.random_range(0..64));
            let value = self.bytes(length);
            attribute(&mut attributes, kind, &value);
        }
        attribute(&mut attributes, 0x0008, &self.bytes(20)); // MESSAGE-INTEGRITY
        if self.random.random_bool(0.5) {
            attribute(&mut attributes, 0x8028, &self.bytes(4)); // FINGERPRINT
        }
        let kind: u16 = *[0x0001, 0x0001, 0x0001, 0x0011, 0x0101, 0x0111]
            .choose(&mut self.random)
            .unwrap_or(&1);
        let length = match self.random.random_range(0..10) {
            0 => self.random.random(),
            _ => attributes.len() as u16,
        };
        let mut message = Vec::new();
        message.extend(kind.to_be_bytes());
        message.extend(length.to_be_bytes());
        message.extend(0x2112_a442_u32.to_be_bytes());
        message.extend(self.bytes(12));
        message.extend(attributes);
        message
    }

    /// RFC 6347: a record header with a body that is none.
    fn dtls(&mut self) -> Vec<u8> {
        let body = self.random.random_range(0..1300);
        let body = self.bytes(body);
        let stated = match self.random.random_range(0..4) {
            0 => self.random.random(),
            _ => body.len() as u16,
        };
        let mut record = vec![self.random.random_range(20..64), 0xfe, 0xfd];
        record.extend(self.random.random_range(0..2_u16).to_be_bytes());
        record.extend(self.bytes(6));
        record.extend(stated.to_be_bytes());
        // Often a ClientHello, whole or in pieces by what it says of itself.
        if self.random.random_bool(0.5) {
            record.extend([1, 0, 0, self.random.random(), 0, 0, 0, 0, 0]);
        }
        record.extend(body);
        record
    }

    /// RFC 3550: a header with counts and lengths that do not fit, of RTP or RTCP.
    fn rtp(&mut self) -> Vec<u8> {
        let length = self.random.random_range(3..1300);
        let mut packet = self.bytes(length);
        packet[0] = 0x80 | (packet[0] & 0x3f);
        if self.random.random_bool(0.3) {
            // RTCP packet types.
            packet[1] = self.random.random_range(192..=223);
        } else {
            packet[1] = *[96, 97, 111, 224, 239]
                .choose(&mut self.random)
                .unwrap_or(&96);
        }
        packet
    }
}

impl Iterator for Datagrams {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut datagram = match self.random.random_range(0..4) {
            0 => self.noise(),
            1 => self.stun(),
            2 => self.dtls(),
            _ => self.rtp(),
        };
        if self.random.random_bool(0.2) {
            let length = self.random.random_range(0..=datagram.len());
            datagram.truncate(length);
        }
        Some(datagram)
    }
}

fn attribute(message: &mut Vec<u8>, kind: u16, value: &[u8]) {
    message.extend(kind.to_be_bytes());
    message.extend((value.len() as u16).to_be_bytes());
    message.extend(value);
    message.resize(message.len().next_multiple_of(4), 0);
}

/// An endless supply of session descriptions that were good once.
#[derive(Debug)]
pub struct Descriptions {
    random: StdRng,
    lines: Vec<String>,
}

impl Descriptions {
    /// Changes `good`, drawing from `seed`.
    #[must_use]
    pub fn new(seed: u64, good: &str) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            lines: good.lines().map(str::to_owned).collect(),
        }
    }

    fn change(&mut self, lines: &mut Vec<String>) {
        let place = self.random.random_range(0..lines.len().max(1));
        let Some(line) = lines.get(place).cloned() else {
            return;
        };
        match self.random.random_range(0..10) {
            0 => drop(lines.remove(place)),
            1 => lines.insert(place, line),
            2 => {
                let other = self.random.random_range(0..lines.len());
                lines.swap(place, other);
            }
            3 => lines.truncate(place),
            4 => lines[place] = self.with_other_number(&line),
            5 => lines[place] = self.with_other_characters(&line),
            6 => lines[place] = line.chars().take(line.len() / 2).collect(),
            7 => lines[place] = format!("{line}{}", "9".repeat(400)),
            8 => lines.insert(place, "m=video 9 UDP/TLS/RTP/SAVPF 96".to_owned()),
            _ => lines[place] = line.split_once(':').map_or("", |(key, _)| key).to_owned(),
        }
    }

    fn with_other_number(&mut self, line: &str) -> String {
        let others = [
            "0",
            "-1",
            "65536",
            "4294967296",
            "99999999999999999999",
            "1e9",
        ];
        let other = others.choose(&mut self.random).copied().unwrap_or("0");
        let is_digit = |c: char| c.is_ascii_digit();
        let Some(start) = line.find(is_digit) else {
            return format!("{line} {other}");
        };
        let rest = line[start..].trim_start_matches(is_digit);
        format!("{}{other}{rest}", &line[..start])
    }

    fn with_other_characters(&mut self, line: &str) -> String {
        let odd = ['\0', ' ', '=', ':', '/', 'æ', '\u{202e}', '\u{1f9ea}', '"'];
        line.chars()
            .map(|c| match self.random.random_range(0..6) {
                0 => odd.choose(&mut self.random).copied().unwrap_or(' '),
                _ => c,
            })
            .collect()
    }
}

impl Iterator for Descriptions {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let mut lines = self.lines.clone();
        for _ in 0..self.random.random_range(1..5) {
            self.change(&mut lines);
        }
        Some(lines.join("\r\n") + "\r\n")
    }
}

/// Session descriptions that break a rule each, beside those [`Descriptions`] draws.
#[must_use]
pub fn worst_descriptions(good: &str) -> Vec<String> {
    let without = |start: &str| {
        let kept = good.lines().filter(|line| !line.starts_with(start));
        kept.map(|line| format!("{line}\r\n")).collect::<String>()
    };
    let section = good.find("m=").map_or("", |at| &good[at..]);
    vec![
        String::new(),
        "v=0".to_owned(),
        "\r\n".repeat(1000),
        "v=0\r\n".repeat(1000),
        "\0".repeat(1000),
        without("a=fingerprint"),
        without("a=ice-ufrag"),
        without("a=ice-pwd"),
        without("a=setup"),
        without("a=mid"),
        without("m="),
        without("a=rtpmap"),
        good.replace("sha-256", "md5"),
        good.replace("a=sendrecv", "a=inactive"),
        good.replace("a=setup:actpass", "a=setup:holdconn"),
        format!("{good}{}", section.repeat(60)),
        format!(
            "{good}{}",
            "a=candidate:1 1 udp 1 127.0.0.1 1 typ host\r\n".repeat(2000)
        ),
        format!("{good}{}", "a=ssrc:1 cname:x\r\n".repeat(4000)),
        "a=".to_owned() + &"x".repeat(100_000),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        let supply = |seed| Datagrams::new(seed, Some("abcd".to_owned())).take(500);
        assert!(supply(1).eq(supply(1)));
        assert!(supply(1).ne(supply(2)));
        assert!(supply(3).all(|datagram| datagram.len() <= Datagrams::MAX_LENGTH));
    }

    #[test]
    fn every_kind_of_datagram_comes_up() {
        let first: Vec<u8> = Datagrams::new(7, None)
            .take(2000)
            .filter_map(|datagram| datagram.first().copied())
            .collect();
        for kind in [0..=3_u8, 20..=63, 128..=191] {
            let count = first.iter().filter(|byte| kind.contains(*byte)).count();
            assert!(count > 200, "{kind:?}: {count}");
        }
    }

    #[test]
    fn descriptions_differ_from_the_good_one() {
        let good =
            "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 x 111\r\na=mid:0\r\n";
        let changed = Descriptions::new(1, good).take(200);
        assert!(changed.filter(|text| text != good).count() > 180);
        assert!(
            worst_descriptions(good)
                .iter()
                .all(|text| text.len() < 400_000)
        );
    }
}
