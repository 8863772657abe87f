//! Which pictures may be a logo.

use aws_lc_rs::digest;
use imagesize::ImageType;
use vdx_domain::LogoType;
use vdx_store::themes::Logo;

use super::OrganisationError as Error;

/// Largest logo, in bytes.
pub const MAX_LOGO: usize = 200_000;
/// Most pixels each way: small files can be huge pictures, which stop a phone.
const MAX_SIDE: usize = 2000;

const fn invalid(reason: &'static str) -> Error {
    Error::Invalid {
        field: "logo",
        reason,
    }
}

/// A logo from its bytes. What it is, its bytes tell; what somebody says of it
/// has to agree.
pub(super) fn read(said: LogoType, content: Vec<u8>) -> Result<Logo, Error> {
    if content.len() > MAX_LOGO {
        return Err(invalid("must have at most 200000 bytes"));
    }
    if kind(&content) != Some(said) {
        return Err(invalid("is not the picture that Content-Type says"));
    }
    let size = imagesize::blob_size(&content).map_err(|_| invalid("is no whole picture"))?;
    if !(1..=MAX_SIDE).contains(&size.width) || !(1..=MAX_SIDE).contains(&size.height) {
        return Err(invalid("must have 1 to 2000 pixels each way"));
    }
    Ok(Logo {
        media_type: said,
        hash: hex::encode(digest::digest(&digest::SHA256, &content)),
        content,
    })
}

fn kind(content: &[u8]) -> Option<LogoType> {
    match imagesize::image_type(content) {
        Ok(ImageType::Png) => Some(LogoType::Png),
        Ok(ImageType::Jpeg) => Some(LogoType::Jpeg),
        Ok(ImageType::Webp) => Some(LogoType::WebP),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginning of a PNG (W3C PNG, 5.2 and 11.2.1) of this size.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    fn reason(said: LogoType, content: Vec<u8>) -> &'static str {
        match read(said, content) {
            Err(Error::Invalid {
                field: "logo",
                reason,
            }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_picture_within_the_limits_is_taken() {
        for (width, height) in [(1, 1), (2000, 2000)] {
            let logo = read(LogoType::Png, png(width, height)).unwrap();
            assert_eq!((logo.media_type, logo.hash.len()), (LogoType::Png, 64));
        }
    }

    #[test]
    fn what_it_is_counts_and_not_what_is_said() {
        let other = "is not the picture that Content-Type says";
        assert_eq!(reason(LogoType::Jpeg, png(10, 10)), other);
        for content in [
            &b""[..],
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"GIF89a\x01\0\x01\0",
            b"RIFF",
        ] {
            for said in LogoType::ALL {
                assert_eq!(reason(*said, content.to_vec()), other);
            }
        }
    }

    #[test]
    fn neither_too_many_bytes_nor_too_many_pixels() {
        let pixels = "must have 1 to 2000 pixels each way";
        for (width, height) in [(0, 1), (2001, 1), (1, 60_000)] {
            assert_eq!(reason(LogoType::Png, png(width, height)), pixels);
        }
        let mut large = png(10, 10);
        large.resize(MAX_LOGO, 0);
        assert!(read(LogoType::Png, large.clone()).is_ok());
        large.push(0);
        assert_eq!(
            reason(LogoType::Png, large),
            "must have at most 200000 bytes"
        );
    }
}
