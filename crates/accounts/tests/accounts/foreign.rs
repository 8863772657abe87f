//! Another issuer: its keys and tokens.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use vdx_accounts::{ClaimNames, KeySource, TrustedIssuer};

use crate::rig::BEGIN;

pub(crate) const ISSUER: &str = "https://id.example";

/// A key of somebody else.
pub(crate) struct ForeignKey {
    pub(crate) id: String,
    algorithm: Algorithm,
    key: EncodingKey,
    /// The public key, DER.
    public_key: Vec<u8>,
}

fn pem(der: &[u8]) -> String {
    format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der)
    )
}

impl ForeignKey {
    fn rsa(id: &str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        Self {
            id: id.to_owned(),
            algorithm: Algorithm::RS256,
            key: EncodingKey::from_rsa_pem(pem(der.as_ref()).as_bytes()).unwrap(),
            public_key: AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key())
                .unwrap()
                .as_ref()
                .to_vec(),
        }
    }

    pub(crate) fn elliptic(id: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let der = pair.to_pkcs8v1().unwrap();
        Self {
            id: id.to_owned(),
            algorithm: Algorithm::ES256,
            key: EncodingKey::from_ec_pem(pem(der.as_ref()).as_bytes()).unwrap(),
            public_key: AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key())
                .unwrap()
                .as_ref()
                .to_vec(),
        }
    }

    pub(crate) fn first() -> &'static Self {
        static KEY: LazyLock<ForeignKey> = LazyLock::new(|| ForeignKey::rsa("one"));
        &KEY
    }

    pub(crate) fn second() -> &'static Self {
        static KEY: LazyLock<ForeignKey> = LazyLock::new(|| ForeignKey::rsa("two"));
        &KEY
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_with(self.algorithm, claims)
    }

    pub(crate) fn sign_with(&self, algorithm: Algorithm, claims: &Value) -> String {
        let mut header = Header::new(algorithm);
        header.kid = Some(self.id.clone());
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }

    /// Without the name of the key.
    pub(crate) fn sign_unnamed(&self, algorithm: Algorithm, claims: &Value) -> String {
        jsonwebtoken::encode(&Header::new(algorithm), claims, &self.key).unwrap()
    }

    /// The old trick: the public key, which all know, taken as the secret of an HMAC.
    pub(crate) fn sign_as_secret(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(self.id.clone());
        let key = EncodingKey::from_secret(&self.public_key);
        jsonwebtoken::encode(&header, claims, &key).unwrap()
    }

    pub(crate) fn public_pem(&self) -> String {
        pem(&self.public_key).replace("PRIVATE", "PUBLIC")
    }

    pub(crate) fn public(&self) -> Jwk {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.id.clone());
        jwk
    }
}

/// The public keys as JSON.
pub(crate) fn key_set(keys: &[&ForeignKey]) -> String {
    let keys = keys.iter().map(|key| key.public()).collect();
    serde_json::to_string(&JwkSet { keys }).unwrap()
}

/// What a good token says.
pub(crate) fn good() -> Value {
    json!({
        "iss": ISSUER,
        "sub": "somebody",
        "exp": BEGIN + 100_000,
        "org": "region",
        "mail": "b@region.example",
        "roles": "meeting-planner",
    })
}

pub(crate) fn trusted(keys: KeySource) -> TrustedIssuer {
    TrustedIssuer {
        issuer: ISSUER.to_owned(),
        keys,
        audience: None,
        parent_claim: None,
        claims: ClaimNames {
            organisation: "org".to_owned(),
            email: "mail".to_owned(),
            roles: "roles".to_owned(),
        },
    }
}
