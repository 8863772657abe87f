//! The one thing the hub reads of an H.264 sequence parameter set (ITU-T H.264
//! section 7.3.2.1.1): how many rows the picture has.

/// Most bytes of a parameter set that are looked at; the height is within the
/// first few.
const MOST_BYTES: usize = 64;
/// Most entries of a cycle of picture order counts.
const MOST_CYCLE: u32 = 255;
/// Most leading zeros of a number: 32 bits.
const MOST_ZEROS: u32 = 31;
/// Profiles that tell their chroma format.
const HIGH_PROFILES: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/// The rows of the picture that a parameter set (behind its header byte)
/// describes; `None` when it cannot be read.
pub(crate) fn height(parameter_set: &[u8]) -> Option<u16> {
    let bytes = unescaped(parameter_set);
    let mut bits = Bits {
        bytes: &bytes,
        at: 0,
    };
    let profile = bits.take(8)?;
    bits.take(16)?; // constraints and level
    bits.number()?; // its id
    let chroma = if HIGH_PROFILES.contains(&profile) {
        high_profile(&mut bits)?
    } else {
        1
    };
    bits.number()?; // length of frame numbers
    picture_order(&mut bits)?;
    bits.number()?; // reference frames
    bits.take(1)?; // gaps in frame numbers
    bits.number()?; // width
    let units = bits.number()?.checked_add(1)?;
    let fields = 2 - bits.take(1)?;
    if fields == 2 {
        bits.take(1)?;
    }
    bits.take(1)?; // inference of direct motion vectors
    let mut cropped = 0u32;
    if bits.take(1)? == 1 {
        bits.number()?;
        bits.number()?;
        let (top, bottom) = (bits.number()?, bits.number()?);
        let unit = if chroma == 1 { 2 } else { 1 };
        cropped = top.checked_add(bottom)?.checked_mul(unit * fields)?;
    }
    let rows = units.checked_mul(16 * fields)?.checked_sub(cropped)?;
    u16::try_from(rows).ok().filter(|rows| *rows > 0)
}

/// The fields that only high profiles have; the chroma format.
fn high_profile(bits: &mut Bits<'_>) -> Option<u32> {
    let chroma = bits.number()?;
    if chroma == 3 {
        bits.take(1)?;
    }
    bits.number()?;
    bits.number()?;
    bits.take(1)?;
    // No encoder of a conference sends scaling lists here.
    (bits.take(1)? == 0).then_some(chroma)
}

fn picture_order(bits: &mut Bits<'_>) -> Option<()> {
    match bits.number()? {
        0 => {
            bits.number()?;
        }
        1 => {
            bits.take(1)?;
            bits.number()?;
            bits.number()?;
            let cycle = bits.number()?;
            for _ in 0..cycle.min(MOST_CYCLE) {
                bits.number()?;
            }
        }
        _ => {}
    }
    Some(())
}

/// Without the bytes that keep a start code from appearing (section 7.4.1).
fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len().min(MOST_BYTES));
    let mut zeros = 0;
    for byte in bytes.iter().take(MOST_BYTES) {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        plain.push(*byte);
    }
    plain
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// Up to 32 bits, the first one highest.
    fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0u32;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            let bit = byte >> (7 - self.at % 8) & 1;
            value = value << 1 | u32::from(bit);
            self.at += 1;
        }
        Some(value)
    }

    /// A number in exponential Golomb code (section 9.1).
    fn number(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.take(1)? == 0 {
            zeros += 1;
            if zeros > MOST_ZEROS {
                return None;
            }
        }
        let rest = u64::from(self.take(zeros)?);
        u32::try_from((1u64 << zeros) - 1 + rest).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As encoders make them: 640 × 360 in constrained baseline, 1920 × 1080 in
    /// the high profile. Both are cropped.
    const BASELINE_360: &[u8] = &[
        0x42, 0xc0, 0x1e, 0x8c, 0x8d, 0x40, 0x50, 0x17, 0xfc, 0xb0, 0x0f, 0x08, 0x84, 0x6a,
    ];
    const HIGH_1080: &[u8] = &[
        0x64, 0x00, 0x28, 0xac, 0xd9, 0x40, 0x78, 0x02, 0x27, 0xe5, 0xc0, 0x44, 0x00, 0x00, 0x03,
        0x00, 0x04, 0x00, 0x00, 0x03, 0x00, 0xf0, 0x3c, 0x60, 0xc6, 0x58,
    ];

    #[test]
    fn the_height_is_read_with_its_cropping() {
        assert_eq!(height(BASELINE_360), Some(360));
        assert_eq!(height(HIGH_1080), Some(1080));
    }

    #[test]
    fn what_is_cut_short_or_nonsense_has_no_height() {
        for length in 0..8 {
            assert_eq!(height(&HIGH_1080[..length]), None);
        }
        assert_eq!(height(&[0; 64]), None);
        assert_eq!(height(&[0xff; 3]), None);
    }

    #[test]
    fn any_bytes_are_read_without_harm() {
        let mut bytes = [0u8; 40];
        let mut state = 1u32;
        for _ in 0..20_000 {
            for byte in &mut bytes {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                *byte = state.to_le_bytes()[0];
            }
            let _ = height(&bytes);
        }
    }
}
