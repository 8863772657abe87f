//! Values encrypted at rest (PINs, signing keys, gateway keys), and keyed
//! fingerprints by which such a value is found again.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;

use vdx_domain::Pin;

use crate::Error;

/// Begins every sealed value, so that another form can follow one day.
const FORM: &str = "1:";
/// Sets the key for fingerprints apart from the key for sealing.
const FINDING: &[u8] = b"vdx: fingerprints of sealed values";
/// Bytes of the key.
const KEY_LENGTH: usize = 32;

/// Where a sealed value stands. It is bound to its place: copied to another
/// row or column it does not open.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// The row's id.
    pub row: &'a str,
}

/// Seals and opens values with AES-256-GCM. Cheap to clone.
#[derive(Clone)]
pub struct Sealer(Arc<Keys>);

struct Keys {
    sealing: LessSafeKey,
    /// For fingerprints: made from the same secret, of no use for sealing.
    finding: hmac::Key,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}

impl Sealer {
    /// Takes the key from a file of 64 hexadecimal digits, and makes the file
    /// (mode 0600) when there is none.
    ///
    /// # Errors
    /// [`Error::Key`].
    pub fn open(file: &Path) -> Result<Self, Error> {
        let failed = |reason: &dyn fmt::Display| Error::Key {
            path: file.display().to_string(),
            reason: reason.to_string(),
        };
        match make_key_file(file) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&error)),
        }
        let mut text = String::new();
        let opened = std::fs::File::open(file).map_err(|error| failed(&error))?;
        let mode = opened
            .metadata()
            .map_err(|error| failed(&error))?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            return Err(failed(&"others may read it; it must have mode 0600"));
        }
        opened
            .take(1024)
            .read_to_string(&mut text)
            .map_err(|error| failed(&error))?;
        Self::from_hex(text.trim()).ok_or_else(|| failed(&"it does not hold 64 hexadecimal digits"))
    }

    /// Takes the key from 64 hexadecimal digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut key = [0; KEY_LENGTH];
        hex::decode_to_slice(text, &mut key).ok()?;
        Self::from_key(&key)
    }

    fn from_key(key: &[u8; KEY_LENGTH]) -> Option<Self> {
        let sealing = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), FINDING);
        let finding = hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref());
        Some(Self(Arc::new(Keys { sealing, finding })))
    }

    /// Encrypts a value for its place.
    ///
    /// # Errors
    /// [`Error::Unsealable`] when the system has no randomness.
    pub fn seal(&self, place: Place<'_>, value: &[u8]) -> Result<String, Error> {
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_| place.failed())?;
        let mut sealed = value.to_vec();
        self.0
            .sealing
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                place.associated_data(),
                &mut sealed,
            )
            .map_err(|_| place.failed())?;
        let bytes = [nonce.as_slice(), &sealed].concat();
        Ok(format!("{FORM}{}", BASE64.encode(bytes)))
    }

    /// Decrypts what [`Sealer::seal`] gave for the same place.
    ///
    /// # Errors
    /// [`Error::Unsealable`] when the key or the place is another, or the
    /// value was changed.
    pub fn unseal(&self, place: Place<'_>, sealed: &str) -> Result<Vec<u8>, Error> {
        let bytes = sealed
            .strip_prefix(FORM)
            .and_then(|text| BASE64.decode(text).ok())
            .ok_or_else(|| place.failed())?;
        let (nonce, rest) = bytes
            .split_first_chunk::<NONCE_LEN>()
            .ok_or_else(|| place.failed())?;
        let mut value = rest.to_vec();
        let length = self
            .0
            .sealing
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                place.associated_data(),
                &mut value,
            )
            .map_err(|_| place.failed())?
            .len();
        value.truncate(length);
        Ok(value)
    }

    /// By what a value sealed in this column is found again: the same for the
    /// same text in the same column, and useless without the key. 64
    /// hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self, table: &str, column: &str, text: &str) -> String {
        let place = Place {
            table,
            column,
            row: text,
        };
        let tag = hmac::sign(&self.0.finding, place.associated_data().as_ref());
        hex::encode(tag)
    }

    /// [`Sealer::seal`] for a text that may be absent.
    ///
    /// # Errors
    /// As [`Sealer::seal`].
    pub fn seal_text(&self, place: Place<'_>, text: Option<&str>) -> Result<Option<String>, Error> {
        text.map(|text| self.seal(place, text.as_bytes()))
            .transpose()
    }

    /// [`Sealer::unseal`] for a text that may be absent.
    ///
    /// # Errors
    /// As [`Sealer::unseal`].
    pub fn unseal_text(
        &self,
        place: Place<'_>,
        sealed: Option<&str>,
    ) -> Result<Option<String>, Error> {
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let bytes = self.unseal(place, sealed)?;
        String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| place.failed())
    }

    /// [`Sealer::seal`] for the PIN of a room.
    ///
    /// # Errors
    /// As [`Sealer::seal`].
    pub fn seal_pin(&self, place: Place<'_>, pin: Option<&Pin>) -> Result<Option<String>, Error> {
        self.seal_text(place, pin.map(Pin::reveal))
    }

    /// [`Sealer::unseal`] for the PIN of a room.
    ///
    /// # Errors
    /// As [`Sealer::unseal`].
    pub fn unseal_pin(&self, place: Place<'_>, sealed: Option<&str>) -> Result<Option<Pin>, Error> {
        self.unseal_text(place, sealed)?
            .map(|text| text.parse().map_err(|_| place.failed()))
            .transpose()
    }
}

impl Place<'_> {
    /// Lengths in front keep two different places from giving the same bytes.
    fn associated_data(&self) -> Aad<Vec<u8>> {
        let mut bytes = Vec::new();
        for part in [self.table, self.column, self.row] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        Aad::from(bytes)
    }

    fn failed(&self) -> Error {
        Error::Unsealable {
            place: format!("{}.{}", self.table, self.column),
        }
    }
}

/// Makes the file complete or not at all: two programs that start at the same
/// time end up with the same key, and none reads half of it.
fn make_key_file(file: &Path) -> io::Result<()> {
    if file.exists() {
        return Ok(());
    }
    let mut key = [0; KEY_LENGTH];
    rand::fill(&mut key).map_err(|_| io::Error::other("no randomness"))?;
    let draft = file.with_extension(format!("{}.new", std::process::id()));
    let mut opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    writeln!(opened, "{}", hex::encode(key))?;
    opened.sync_all()?;
    let linked = std::fs::hard_link(&draft, file);
    std::fs::remove_file(&draft)?;
    linked
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> = Place {
        table: "fixed_rooms",
        column: "host_pin",
        row: "a",
    };

    fn sealer() -> Sealer {
        Sealer::from_hex(&"0f".repeat(32)).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let sealed = sealer().seal(PLACE, b"4711").unwrap();
        assert!(!sealed.contains("4711"));
        assert_eq!(sealer().unseal(PLACE, &sealed).unwrap(), b"4711");
        for other in [
            Place { row: "b", ..PLACE },
            Place {
                column: "guest_pin",
                ..PLACE
            },
            Place {
                table: "fixed_room",
                column: "shost_pin",
                ..PLACE
            },
        ] {
            assert!(sealer().unseal(other, &sealed).is_err(), "{other:?}");
        }
    }

    #[test]
    fn the_same_value_is_sealed_differently_each_time() {
        assert_ne!(
            sealer().seal(PLACE, b"4711").unwrap(),
            sealer().seal(PLACE, b"4711").unwrap()
        );
    }

    #[test]
    fn another_key_or_a_changed_value_is_refused() {
        let sealed = sealer().seal(PLACE, b"4711").unwrap();
        let other = Sealer::from_hex(&"0e".repeat(32)).unwrap();
        assert!(other.unseal(PLACE, &sealed).is_err());
        let flipped = sealed.replace(
            &sealed[10..11],
            if &sealed[10..11] == "A" { "B" } else { "A" },
        );
        assert!(sealer().unseal(PLACE, &flipped).is_err());
        for garbage in ["", "1:", "1:AAAA", "2:AAAA", "1:é"] {
            assert!(sealer().unseal(PLACE, garbage).is_err(), "{garbage}");
        }
    }

    #[test]
    fn a_fingerprint_is_of_one_text_in_one_column_with_one_key() {
        let of = |column: &str, text: &str| sealer().fingerprint("organisations", column, text);
        assert_eq!(of("a", "key"), of("a", "key"));
        assert_ne!(of("a", "key"), of("a", "other"));
        assert_ne!(of("a", "key"), of("b", "key"));
        let other = Sealer::from_hex(&"0e".repeat(32)).unwrap();
        assert_ne!(
            of("a", "key"),
            other.fingerprint("organisations", "a", "key")
        );
    }

    #[test]
    fn the_key_file_is_made_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        let sealed = Sealer::open(&file).unwrap().seal(PLACE, b"x").unwrap();
        assert_eq!(
            Sealer::open(&file).unwrap().unseal(PLACE, &sealed).unwrap(),
            b"x"
        );
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_key_file_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        Sealer::open(&file).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(
            Sealer::open(&file)
                .unwrap_err()
                .to_string()
                .contains("0600")
        );
    }
}
