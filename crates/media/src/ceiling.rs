//! What a room's quality asks of a camera, in the words of a session description.
//! Of a camera in several layers the hub leaves out those that are too large; one
//! that is sent in one size can only be asked for less.

use vdx_domain::VmrQuality;

/// The largest picture of a camera, and the bits it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ceiling {
    /// Bits a second of all layers (`b=TIAS`, RFC 3890).
    bits: u32,
    /// Macroblocks of 16 × 16 in a picture of 16:9 (`max-fs`, RFC 7741 section 6.1).
    macroblocks: u32,
    /// The level that such a picture has (RFC 6184 section 8.1).
    level: u8,
}

impl Ceiling {
    pub(crate) const fn of(quality: VmrQuality) -> Self {
        let (bits, macroblocks, level) = match quality {
            VmrQuality::Sd => (1_000_000, 1_620, 30),
            VmrQuality::Hd => (2_500_000, 3_600, 31),
            VmrQuality::Fullhd => (4_000_000, 8_160, 40),
        };
        Self {
            bits,
            macroblocks,
            level,
        }
    }

    /// The line that stands before the attributes of a section.
    pub(crate) fn bandwidth(self) -> String {
        format!("b=TIAS:{}\r\n", self.bits)
    }

    /// A line of the section as it is with the ceiling: the format parameters of
    /// VP8 follow its name, and H.264 is of no higher level.
    pub(crate) fn applied(self, line: &str) -> String {
        let name = line.strip_prefix("a=rtpmap:");
        if let Some((format, "VP8/90000")) = name.and_then(|name| name.split_once(' ')) {
            return format!("{line}\r\na=fmtp:{format} max-fs={}", self.macroblocks);
        }
        self.leveled(line).unwrap_or_else(|| line.to_owned())
    }

    /// A line with a level that is too high, with the right one.
    fn leveled(self, line: &str) -> Option<String> {
        const PARAMETER: &str = "profile-level-id=";
        let at = line.find(PARAMETER)? + PARAMETER.len();
        // Two digits each: profile, its constraints, level.
        let (before, rest) = line.split_at_checked(at + 4)?;
        let (level, behind) = rest.split_at_checked(2)?;
        let level = u8::from_str_radix(level, 16).ok()?;
        (level > self.level).then(|| format!("{before}{:02x}{behind}", self.level))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vp8_is_asked_for_no_more_than_the_rooms_pictures() {
        let line = "a=rtpmap:96 VP8/90000";
        let of = |quality| Ceiling::of(quality).applied(line);
        assert_eq!(
            of(VmrQuality::Sd),
            format!("{line}\r\na=fmtp:96 max-fs=1620")
        );
        assert_eq!(
            of(VmrQuality::Hd),
            format!("{line}\r\na=fmtp:96 max-fs=3600")
        );
        let rtx = "a=rtpmap:97 rtx/90000";
        assert_eq!(Ceiling::of(VmrQuality::Sd).applied(rtx), rtx);
    }

    #[test]
    fn h264_is_of_no_higher_level_and_keeps_a_lower_one() {
        let line = |id: &str| format!("a=fmtp:106 profile-level-id={id};packetization-mode=1");
        let of = |quality, id| Ceiling::of(quality).applied(&line(id));
        assert_eq!(of(VmrQuality::Sd, "42e01f"), line("42e01e"));
        assert_eq!(of(VmrQuality::Hd, "42e01f"), line("42e01f"));
        assert_eq!(of(VmrQuality::Fullhd, "640033"), line("640028"));
        assert_eq!(of(VmrQuality::Fullhd, "42e00a"), line("42e00a"));
        for odd in ["", "4", "42e0", "42e0zz", "42e0å"] {
            let line = format!("a=fmtp:106 profile-level-id={odd}");
            assert_eq!(Ceiling::of(VmrQuality::Sd).applied(&line), line);
        }
    }
}
