//! SRTP and SRTCP of what this side sends, and the opening of SRTCP that comes
//! in (RFC 3711, RFC 7714). Incoming RTP is str0m's.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use str0m::config::CryptoProvider;
use str0m::crypto::dtls::SrtpProfile;
use str0m::crypto::{AeadAes256Gcm, Aes128CmSha1_80, Aes128CmSha1_80Cipher};

use super::keys::Exported;
use super::source::Unused;

/// Bytes that sealing adds to an RTP packet at most.
pub(crate) const RTP_OVERHEAD: usize = 16;
/// Bytes of RTCP that stay readable: the first packet's header and SSRC.
const RTCP_HEADER: usize = 8;
/// The encryption flag and index at the end of SRTCP.
const RTCP_INDEX: usize = 4;
const GCM_TAG: usize = 16;
const HMAC_TAG: usize = 10;
/// A whole block more than the text is what the cipher asks for.
const CM_ROOM: usize = 15;
/// str0m seals SRTCP with the same key and counts from 0; starting half way up
/// keeps the two apart for any SSRC.
const FIRST_RTCP_INDEX: u32 = 1 << 30;
const LAST_RTCP_INDEX: u32 = (1 << 31) - 1;

/// Key derivation labels (RFC 3711 section 4.3.1).
#[derive(Clone, Copy)]
enum Purpose {
    Rtp,
    Rtcp,
}

impl Purpose {
    /// The label of the key; the authentication key's and the salt's follow.
    fn label(self) -> u8 {
        match self {
            Self::Rtp => 0,
            Self::Rtcp => 3,
        }
    }
}

/// The keys one call is sealed with.
pub(crate) struct Seal {
    rtp: Cipher,
    rtcp: Cipher,
    incoming_rtcp: Cipher,
    next_rtcp_index: u32,
    seen: Seen,
    scratch: Vec<u8>,
}

/// SRTCP indices that came in, so that none counts twice (RFC 3711 section 3.3.2).
#[derive(Debug, Default)]
struct Seen {
    /// For each source the highest index, and a bit for each of the 64 up to it.
    sources: Vec<(u32, u32, u64)>,
}

impl Seen {
    /// Sources followed: a browser reports under those it sends with.
    const MOST: usize = 32;

    /// Notes an index; `false` when it was seen before or is too old to tell.
    fn is_new(&mut self, ssrc: u32, index: u32) -> bool {
        let known = self.sources.iter_mut().find(|(source, ..)| *source == ssrc);
        let Some((_, highest, window)) = known else {
            if self.sources.len() == Self::MOST {
                self.sources.remove(0);
            }
            self.sources.push((ssrc, index, 1));
            return true;
        };
        if index > *highest {
            *window = window.checked_shl(index - *highest).unwrap_or(0) | 1;
            *highest = index;
            return true;
        }
        let bit = 1u64.checked_shl(*highest - index).unwrap_or(0);
        let new = bit != 0 && *window & bit == 0;
        *window |= bit;
        new
    }
}

enum Cipher {
    Gcm {
        key: LessSafeKey,
        salt: [u8; 12],
    },
    Cm {
        cipher: Box<dyn Aes128CmSha1_80Cipher>,
        salt: [u8; 14],
        /// In a box: it is large, and few calls have one.
        authentication: Box<hmac::Key>,
    },
}

impl Seal {
    /// The keys that a handshake exported; `None` for a profile not known here.
    pub(crate) fn new(exported: &Exported, provider: &CryptoProvider) -> Option<Self> {
        let cipher = |purpose, own: bool| {
            Cipher::derive(exported, provider, own == exported.client, purpose)
        };
        Some(Self {
            rtp: cipher(Purpose::Rtp, true)?,
            rtcp: cipher(Purpose::Rtcp, true)?,
            incoming_rtcp: cipher(Purpose::Rtcp, false)?,
            next_rtcp_index: FIRST_RTCP_INDEX,
            seen: Seen::default(),
            scratch: Vec::new(),
        })
    }

    /// Seals a whole packet of another endpoint, with a plain header.
    #[cfg(test)]
    pub(crate) fn rtp_of_another(
        &mut self,
        packet: &mut Vec<u8>,
        ssrc: u32,
        index: u64,
    ) -> Option<()> {
        self.rtp(packet, 0, 12, Unused::of_another(ssrc, index))
    }

    /// Seals the RTP packet that begins at `start` of `packet` and ends with it.
    /// `None` when it cannot be sealed.
    pub(super) fn rtp(
        &mut self,
        packet: &mut Vec<u8>,
        start: usize,
        header: usize,
        number: Unused,
    ) -> Option<()> {
        let (ssrc, index) = number.spend();
        match &mut self.rtp {
            Cipher::Gcm { key, salt } => {
                let (roc, sequence) = ((index >> 16) as u32, index as u16);
                let nonce = AeadAes256Gcm::rtp_iv(*salt, ssrc, roc, sequence);
                let (header, body) = packet.get_mut(start..)?.split_at_mut_checked(header)?;
                let nonce = Nonce::assume_unique_for_key(nonce);
                let tag = key
                    .seal_in_place_separate_tag(nonce, Aad::from(&*header), body)
                    .ok()?;
                packet.extend_from_slice(tag.as_ref());
            }
            Cipher::Cm {
                cipher,
                salt,
                authentication,
            } => {
                let iv = Aes128CmSha1_80::rtp_iv(*salt, ssrc, index);
                let body = packet.get_mut(start + header..)?;
                self.scratch.resize(body.len() + CM_ROOM, 0);
                cipher.encrypt(&iv, body, &mut self.scratch).ok()?;
                body.copy_from_slice(self.scratch.get(..body.len())?);
                let mut tag = hmac::Context::with_key(authentication);
                tag.update(packet.get(start..)?);
                tag.update(&((index >> 16) as u32).to_be_bytes());
                packet.extend_from_slice(tag.sign().as_ref().get(..HMAC_TAG)?);
            }
        }
        Some(())
    }

    /// Appends the compound RTCP packet `plain` to `out`, sealed.
    pub(crate) fn rtcp(&mut self, plain: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let index = self.next_rtcp_index;
        if index == LAST_RTCP_INDEX {
            return None;
        }
        self.next_rtcp_index += 1;
        let flagged = (index | 1 << 31).to_be_bytes();
        let ssrc = ssrc_of(plain)?;
        let start = out.len();
        out.extend_from_slice(plain);
        match &mut self.rtcp {
            Cipher::Gcm { key, salt } => {
                let nonce = AeadAes256Gcm::rtcp_iv(*salt, ssrc, index);
                let (header, body) = out.get_mut(start..)?.split_at_mut_checked(RTCP_HEADER)?;
                let aad = authenticated(header, flagged)?;
                let nonce = Nonce::assume_unique_for_key(nonce);
                let tag = key
                    .seal_in_place_separate_tag(nonce, Aad::from(aad), body)
                    .ok()?;
                out.extend_from_slice(tag.as_ref());
                out.extend_from_slice(&flagged);
            }
            Cipher::Cm {
                cipher,
                salt,
                authentication,
            } => {
                let iv = Aes128CmSha1_80::rtp_iv(*salt, ssrc, index.into());
                let body = out.get_mut(start + RTCP_HEADER..)?;
                self.scratch.resize(body.len() + CM_ROOM, 0);
                cipher.encrypt(&iv, body, &mut self.scratch).ok()?;
                body.copy_from_slice(self.scratch.get(..body.len())?);
                out.extend_from_slice(&flagged);
                let tag = hmac::sign(authentication, out.get(start..)?);
                out.extend_from_slice(tag.as_ref().get(..HMAC_TAG)?);
            }
        }
        Some(())
    }

    /// Opens an SRTCP packet. `None` when it is not the other side's, or was opened before.
    pub(crate) fn open_rtcp(&mut self, sealed: &[u8]) -> Option<&[u8]> {
        let ssrc = ssrc_of(sealed)?;
        self.scratch.clear();
        let index;
        match &mut self.incoming_rtcp {
            Cipher::Gcm { key, salt } => {
                let (rest, flagged) = sealed.split_last_chunk::<RTCP_INDEX>()?;
                index = encrypted_index(*flagged)?;
                let aad = authenticated(rest.get(..RTCP_HEADER)?, *flagged)?;
                let nonce = AeadAes256Gcm::rtcp_iv(*salt, ssrc, index);
                self.scratch.extend_from_slice(rest);
                let body = self.scratch.get_mut(RTCP_HEADER..)?;
                let nonce = Nonce::assume_unique_for_key(nonce);
                key.open_in_place(nonce, Aad::from(aad), body).ok()?;
                self.scratch.truncate(rest.len().checked_sub(GCM_TAG)?);
            }
            Cipher::Cm {
                cipher,
                salt,
                authentication,
            } => {
                let (signed, tag) = sealed.split_last_chunk::<HMAC_TAG>()?;
                let expected = hmac::sign(authentication, signed);
                verify_slices_are_equal(expected.as_ref().get(..HMAC_TAG)?, tag).ok()?;
                let (rest, flagged) = signed.split_last_chunk::<RTCP_INDEX>()?;
                index = encrypted_index(*flagged)?;
                let iv = Aes128CmSha1_80::rtp_iv(*salt, ssrc, index.into());
                let body = rest.get(RTCP_HEADER..)?;
                self.scratch.resize(rest.len() + CM_ROOM, 0);
                let (header, text) = self.scratch.split_at_mut_checked(RTCP_HEADER)?;
                header.copy_from_slice(rest.get(..RTCP_HEADER)?);
                cipher.decrypt(&iv, body, text).ok()?;
                self.scratch.truncate(rest.len());
            }
        }
        self.seen.is_new(ssrc, index).then_some(&*self.scratch)
    }
}

fn ssrc_of(rtcp: &[u8]) -> Option<u32> {
    let bytes = rtcp.get(4..8)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*bytes))
}

/// What GCM authenticates beside the text (RFC 7714 section 9.3).
fn authenticated(header: &[u8], flagged: [u8; RTCP_INDEX]) -> Option<[u8; 12]> {
    let mut aad = [0; RTCP_HEADER + RTCP_INDEX];
    aad.get_mut(..RTCP_HEADER)?.copy_from_slice(header);
    aad.get_mut(RTCP_HEADER..)?.copy_from_slice(&flagged);
    Some(aad)
}

/// The index of an encrypted packet; `None` for one in clear, which no browser sends.
fn encrypted_index(flagged: [u8; RTCP_INDEX]) -> Option<u32> {
    let flagged = u32::from_be_bytes(flagged);
    (flagged >> 31 == 1).then_some(flagged & 0x7fff_ffff)
}

impl Cipher {
    fn derive(
        exported: &Exported,
        provider: &CryptoProvider,
        client: bool,
        purpose: Purpose,
    ) -> Option<Self> {
        let derive = |key: &[u8], salt: &[u8], label: u8, out: &mut [u8]| {
            derive(provider, key, salt, label, out);
        };
        let label = purpose.label();
        match exported.profile {
            SrtpProfile::AEAD_AES_256_GCM => {
                Self::gcm::<32>(exported, client, label, &AES_256_GCM, derive)
            }
            SrtpProfile::AEAD_AES_128_GCM => {
                Self::gcm::<16>(exported, client, label, &AES_128_GCM, derive)
            }
            SrtpProfile::AES128_CM_SHA1_80 => {
                let (master, salt) = half::<16, 14>(&exported.material, client)?;
                let (mut key, mut sign, mut session) = ([0; 16], [0; 20], [0; 14]);
                derive(&master, &salt, label, &mut key);
                derive(&master, &salt, label + 1, &mut sign);
                derive(&master, &salt, label + 2, &mut session);
                let factory = provider.srtp_provider.aes_128_cm_sha1_80();
                Some(Self::Cm {
                    cipher: factory.create_cipher(key, true),
                    salt: session,
                    authentication: Box::new(hmac::Key::new(
                        hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
                        &sign,
                    )),
                })
            }
            _ => None,
        }
    }

    /// RFC 7714, with keys of `KEY` bytes.
    fn gcm<const KEY: usize>(
        exported: &Exported,
        client: bool,
        label: u8,
        algorithm: &'static Algorithm,
        derive: impl Fn(&[u8], &[u8], u8, &mut [u8]),
    ) -> Option<Self> {
        let (master, master_salt) = half::<KEY, 12>(&exported.material, client)?;
        let (mut key, mut salt) = ([0; KEY], [0; 12]);
        derive(&master, &master_salt, label, &mut key);
        derive(&master, &master_salt, label + 2, &mut salt);
        let key = LessSafeKey::new(UnboundKey::new(algorithm, &key).ok()?);
        Some(Self::Gcm { key, salt })
    }
}

/// One side's master key and salt.
fn half<const KEY: usize, const SALT: usize>(
    material: &[u8],
    client: bool,
) -> Option<([u8; KEY], [u8; SALT])> {
    let (keys, salts) = material.split_at_checked(2 * KEY)?;
    let side = usize::from(!client);
    let key = keys.get(side * KEY..)?.first_chunk::<KEY>()?;
    let salt = salts.get(side * SALT..)?.first_chunk::<SALT>()?;
    Some((*key, *salt))
}

/// AES in counter mode as a pseudo-random function (RFC 3711 section 4.3.3).
fn derive(provider: &CryptoProvider, key: &[u8], salt: &[u8], label: u8, out: &mut [u8]) {
    let mut input = [0; 16];
    for (to, from) in input.iter_mut().zip(salt) {
        *to = *from;
    }
    input[7] ^= label;
    for (round, chunk) in out.chunks_mut(16).enumerate() {
        let [.., high, low] = &mut input;
        [*high, *low] = (round as u16).to_be_bytes();
        // The cipher writes a block of padding behind the one that counts.
        let mut block = [0; 32];
        let srtp = provider.srtp_provider;
        match key.len() {
            32 => srtp.srtp_aes_256_ecb_round(key, &input, &mut block),
            _ => srtp.srtp_aes_128_ecb_round(key, &input, &mut block),
        }
        for (to, from) in chunk.iter_mut().zip(block) {
            *to = from;
        }
    }
}

/// The receiving side of what [`Seal::rtp`] seals.
#[cfg(test)]
pub(super) struct Opener(Cipher);

#[cfg(test)]
impl Opener {
    pub(super) fn new(sender: &Exported, provider: &CryptoProvider) -> Option<Self> {
        Cipher::derive(sender, provider, sender.client, Purpose::Rtp).map(Self)
    }

    pub(super) fn rtp(
        &mut self,
        sealed: &[u8],
        header: usize,
        ssrc: u32,
        index: u64,
    ) -> Option<Vec<u8>> {
        match &mut self.0 {
            Cipher::Gcm { key, salt } => {
                let nonce = AeadAes256Gcm::rtp_iv(*salt, ssrc, (index >> 16) as u32, index as u16);
                let (header, body) = sealed.split_at_checked(header)?;
                let mut body = body.to_vec();
                let nonce = Nonce::assume_unique_for_key(nonce);
                let plain = key
                    .open_in_place(nonce, Aad::from(header), &mut body)
                    .ok()?;
                Some(plain.to_vec())
            }
            Cipher::Cm {
                cipher,
                salt,
                authentication,
            } => {
                let (signed, tag) = sealed.split_last_chunk::<HMAC_TAG>()?;
                let roc = ((index >> 16) as u32).to_be_bytes();
                let expected = hmac::sign(authentication, &[signed, &roc].concat());
                verify_slices_are_equal(expected.as_ref().get(..HMAC_TAG)?, tag).ok()?;
                let body = signed.get(header..)?;
                let mut plain = vec![0; body.len() + CM_ROOM];
                let iv = Aes128CmSha1_80::rtp_iv(*salt, ssrc, index);
                cipher.decrypt(&iv, body, &mut plain).ok()?;
                plain.truncate(body.len());
                Some(plain)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(profile: SrtpProfile, length: usize) -> (Seal, Seal) {
        let provider = super::super::keys::provider();
        let material: Vec<u8> = (0..length as u8).collect();
        let side = |client| {
            let exported = Exported {
                material: material.clone(),
                profile,
                client,
            };
            Seal::new(&exported, &provider).unwrap()
        };
        (side(true), side(false))
    }

    #[test]
    fn rtcp_opens_at_the_other_side_and_nowhere_else() {
        for (profile, length) in [
            (SrtpProfile::AEAD_AES_256_GCM, 88),
            (SrtpProfile::AEAD_AES_128_GCM, 56),
            (SrtpProfile::AES128_CM_SHA1_80, 60),
        ] {
            let (mut one, mut other) = pair(profile, length);
            let plain = [
                0x80, 201, 0, 1, 0, 0, 0, 9, 0x81, 206, 0, 2, 0, 0, 0, 9, 1, 2, 3, 4,
            ];
            let mut sealed = Vec::new();
            one.rtcp(&plain, &mut sealed).unwrap();
            assert_ne!(sealed[8..plain.len()], plain[8..], "{profile:?}");
            assert_eq!(other.open_rtcp(&sealed), Some(&plain[..]), "{profile:?}");
            assert_eq!(other.open_rtcp(&sealed), None, "{profile:?}: again");
            assert_eq!(one.open_rtcp(&sealed), None, "{profile:?}: own key");
            sealed[10] ^= 1;
            assert_eq!(other.open_rtcp(&sealed), None, "{profile:?}: changed");
            for cut in 0..sealed.len() {
                assert_eq!(other.open_rtcp(&sealed[..cut]), None);
            }
        }
    }

    #[test]
    fn an_index_counts_once_and_not_when_it_is_old() {
        let mut seen = Seen::default();
        for (index, new) in [
            (9, true),
            (9, false),
            (12, true),
            (10, true),
            (10, false),
            (9, false),
        ] {
            assert_eq!(seen.is_new(1, index), new, "{index}");
        }
        assert!(seen.is_new(2, 9), "another source");
        assert!(seen.is_new(1, 1000) && !seen.is_new(1, 900));
        for ssrc in 0..1000 {
            seen.is_new(ssrc, 1);
        }
        assert_eq!(seen.sources.len(), Seen::MOST);
    }

    /// RFC 3711 appendix B.3.
    #[test]
    fn session_keys_are_derived_as_in_the_rfc() {
        let key = [
            0xE1, 0xF9, 0x7A, 0x0D, 0x3E, 0x01, 0x8B, 0xE0, 0xD6, 0x4F, 0xA3, 0x2C, 0x06, 0xDE,
            0x41, 0x39,
        ];
        let salt = [
            0x0E, 0xC6, 0x75, 0xAD, 0x49, 0x8A, 0xFE, 0xEB, 0xB6, 0x96, 0x0B, 0x3A, 0xAB, 0xE6,
        ];
        let provider = super::super::keys::provider();
        let mut cipher_key = [0; 16];
        derive(&provider, &key, &salt, 0, &mut cipher_key);
        assert_eq!(
            cipher_key,
            [
                0xC6, 0x1E, 0x7A, 0x93, 0x74, 0x4F, 0x39, 0xEE, 0x10, 0x73, 0x4A, 0xFE, 0x3F, 0xF7,
                0xA0, 0x87
            ]
        );
        let mut authentication = [0; 20];
        derive(&provider, &key, &salt, 1, &mut authentication);
        assert_eq!(authentication[..4], [0xCE, 0xBE, 0x32, 0x1F]);
        let mut session = [0; 14];
        derive(&provider, &key, &salt, 2, &mut session);
        assert_eq!(
            session,
            [
                0x30, 0xCB, 0xBC, 0x08, 0x86, 0x3D, 0x8C, 0x85, 0xD4, 0x9D, 0xB3, 0x4A, 0x9A, 0xE1
            ]
        );
    }
}
