"""Makes the certificates and assertions of this folder with signxml and libxml2.

They are kept, so that the tests need no Python and meet the same octets every time:

    python3 -m venv venv && venv/bin/pip install signxml==5.2.0 cryptography lxml
    venv/bin/python make.py

Nothing here is made by the hub's own code. Keys are made anew at each run.
"""

import base64
import datetime
import hashlib
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import SignatureConstructionMethod, XMLSigner, XMLVerifier

HERE = pathlib.Path(__file__).parent
DSIG = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/2006/12/xml-c14n11"
# The tests' clock begins at this instant.
BEGIN = datetime.datetime(2027, 1, 15, 8, 0, 0, tzinfo=datetime.timezone.utc)
FROM = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
UNTIL = datetime.datetime(2099, 1, 1, tzinfo=datetime.timezone.utc)


class OldSigner(XMLSigner):
    """Signs with SHA-1 too, as old services do."""

    def check_deprecated_methods(self):
        pass


def certificate(name, key, until=UNTIL, issuer=None):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer_key, issuer_name = issuer or (key, subject)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(FROM)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=name.endswith("CA"), path_length=None), True)
        .sign(issuer_key, hashes.SHA256())
    )
    return made


def write(name, made, key=None):
    (HERE / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    if key:
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (HERE / f"{name}.key.pem").write_bytes(pem)


def der(made):
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def instant(minutes):
    return (BEGIN + datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def attribute(name, *values):
    values = "".join(
        f'<saml2:AttributeValue xsi:type="xs:string">{value}</saml2:AttributeValue>'
        for value in values
    )
    return f'<saml2:Attribute Name="{name}">{values}</saml2:Attribute>'


def attributes(organisation="region", email="s&#xF8;ren@example.org", roles=("meeting-user",), more=""):
    return (
        (attribute("dk:medcom:organisation_id", organisation) if organisation else "")
        + (attribute("dk:medcom:email", email) if email else "")
        + attribute("dk:medcom:video:role", *roles)
        + more
    )


def confirmation(holder, method="holder-of-key", more=""):
    key = (
        '<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
        f"<ds:X509Certificate>{der(holder)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    )
    return (
        f'<saml2:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:{method}">'
        f'<saml2:SubjectConfirmationData xsi:type="saml2:KeyInfoConfirmationDataType"{more}>'
        f"{key}</saml2:SubjectConfirmationData></saml2:SubjectConfirmation>"
    )


def audience(*names):
    names = "".join(f"<saml2:Audience>{name}</saml2:Audience>" for name in names)
    return f"<saml2:AudienceRestriction>{names}</saml2:AudienceRestriction>"


def assertion(
    name,
    holder,
    begin=-1,
    end=60,
    conditions=None,
    confirmations=None,
    statement=None,
    more="",
    version="2.0",
):
    conditions = audience("urn:medcom:videoapi") if conditions is None else conditions
    end = f' NotOnOrAfter="{instant(end)}"' if end is not None else ""
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:unused="urn:unused"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    Version="{version}" IssueInstant="{instant(0)}" ID="_{name}">
  <saml2:Issuer>https://sts.example/</saml2:Issuer>
  <ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="placeholder"/>
  <saml2:Subject>
    <saml2:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName">CN=system, O="A&amp;B"</saml2:NameID>
    {confirmations or confirmation(holder)}
  </saml2:Subject>
  <saml2:Conditions NotBefore="{instant(begin)}"{end}>{conditions}</saml2:Conditions>
  <saml2:AttributeStatement>{attributes() if statement is None else statement}</saml2:AttributeStatement>{more}
</saml2:Assertion>
"""
    return etree.fromstring(text.encode())


def sign(root, key, made, algorithm="rsa-sha256", digest="sha256", c14n=EXCLUSIVE):
    signer = OldSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=algorithm,
        digest_algorithm=digest,
        c14n_algorithm=c14n,
    )
    pem = made.public_bytes(serialization.Encoding.PEM).decode()
    return signer.sign(
        root, key=key, cert=pem, reference_uri="#" + root.get("ID"), id_attribute="ID"
    )


def sign_with_prefixes(root, key, prefixes):
    """Signs as OpenSAML does for values with a type: it names the prefixes that stand in
    values, and signxml, which can check that, cannot write it."""
    placeholder = root.find("ds:Signature", {"ds": DSIG})
    parent, place = root, root.index(placeholder)
    tail = placeholder.tail
    parent.remove(placeholder)
    parent[place - 1].tail = (parent[place - 1].tail or "") + (tail or "")
    content = etree.tostring(root, method="c14n", exclusive=True, inclusive_ns_prefixes=prefixes)
    listed = (
        f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="{" ".join(prefixes)}"/>'
    )
    signature = etree.fromstring(
        f"""<ds:Signature xmlns:ds="{DSIG}">
<ds:SignedInfo>
<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>
<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>
<ds:Reference URI="#{root.get("ID")}">
<ds:Transforms>
<ds:Transform Algorithm="{DSIG}enveloped-signature"/>
<ds:Transform Algorithm="{EXCLUSIVE}">{listed}</ds:Transform>
</ds:Transforms>
<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
<ds:DigestValue>{base64.b64encode(hashlib.sha256(content).digest()).decode()}</ds:DigestValue>
</ds:Reference>
</ds:SignedInfo>
<ds:SignatureValue/></ds:Signature>"""
    )
    root.insert(place, signature)
    info = etree.tostring(signature[0], method="c14n", exclusive=True, with_tail=False)
    value = key.sign(info, padding.PKCS1v15(), hashes.SHA256())
    signature[1].text = base64.encodebytes(value).decode()
    return root


def main():
    sts_key = rsa.generate_private_key(65537, 2048)
    sts = certificate("STS", sts_key)
    ec_key = ec.generate_private_key(ec.SECP256R1())
    ec_sts = certificate("STS on a curve", ec_key)
    old_sts = certificate("STS of old", sts_key, until=BEGIN - datetime.timedelta(days=1))
    rogue_key = rsa.generate_private_key(65537, 2048)
    rogue = certificate("STS", rogue_key)
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = certificate("Test CA", ca_key)
    system_key, other_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    system = certificate("system", system_key, issuer=(ca_key, ca.subject))
    other = certificate("other", other_key, issuer=(ca_key, ca.subject))
    expired = certificate(
        "expired", system_key, until=BEGIN - datetime.timedelta(days=1), issuer=(ca_key, ca.subject)
    )
    for name, made, key in [
        ("sts", sts, None),
        ("sts-ec", ec_sts, None),
        ("sts-old", old_sts, None),
        ("ca", ca, None),
        ("system", system, system_key),
        ("other", other, other_key),
        ("expired", expired, None),
    ]:
        write(name, made, key)

    def keep(name, root, key=sts_key, made=sts, **how):
        signed = sign(root, key, made, **how)
        (HERE / f"{name}.xml").write_bytes(etree.tostring(signed))

    def made(name, **what):
        return assertion(name, system, **what)

    keep("good", made("good"))
    keep("again", made("again"))
    listed = sign_with_prefixes(made("prefixes"), sts_key, ["xs", "xsi"])
    (HERE / "prefixes.xml").write_bytes(etree.tostring(listed))
    XMLVerifier().verify(etree.tostring(listed), x509_cert=sts, id_attribute="ID")
    keep("sha512", made("sha512"), algorithm="rsa-sha512", digest="sha512")
    keep("ecdsa", made("ecdsa"), key=ec_key, made=ec_sts, algorithm="ecdsa-sha256")
    keep("sha1", made("sha1"), algorithm="rsa-sha1", digest="sha1")
    keep("sha1-digest", made("sha1-digest"), digest="sha1")
    keep("inclusive", made("inclusive"), c14n=INCLUSIVE)
    keep("rogue", made("rogue"), key=rogue_key, made=rogue)
    keep("version", made("version", version="1.1"))

    keep("ended", made("ended", begin=-90, end=-2))
    keep("future", made("future", begin=10))
    keep("endless", made("endless", end=None))
    keep("other-audience", made("other-audience", conditions=audience("urn:other")))
    keep("any-audience", made("any-audience", conditions=""))
    keep(
        "two-audiences",
        made("two-audiences", conditions=audience("urn:other", "urn:medcom:videoapi")),
    )
    keep(
        "both-restrictions",
        made(
            "both-restrictions",
            conditions=audience("urn:medcom:videoapi") + audience("urn:other"),
        ),
    )
    keep(
        "once",
        made("once", conditions=audience("urn:medcom:videoapi") + "<saml2:OneTimeUse/>"),
    )
    keep(
        "unknown-condition",
        made(
            "unknown-condition",
            conditions=audience("urn:medcom:videoapi")
            + '<saml2:Condition xsi:type="unused:Moon"/>',
        ),
    )

    keep("other-holder", assertion("other-holder", other))
    keep("bearer", made("bearer", confirmations=confirmation(system, method="bearer")))
    keep(
        "late-holder",
        made(
            "late-holder",
            confirmations=confirmation(system, more=f' NotOnOrAfter="{instant(-5)}"'),
        ),
    )
    keep(
        "other-recipient",
        made("other-recipient", confirmations=confirmation(system, more=' Recipient="urn:other"')),
    )
    keep(
        "second-confirmation",
        made(
            "second-confirmation",
            confirmations=confirmation(system, method="bearer")
            + confirmation(other)
            + confirmation(system),
        ),
    )

    keep("no-role", made("no-role", statement=attributes(roles=("guest",))))
    keep("no-email", made("no-email", statement=attributes(email="")))
    keep(
        "provisioner",
        made(
            "provisioner",
            statement=attributes(organisation="", email="", roles=("meeting-provisioner",)),
        ),
    )
    keep(
        "roles",
        made("roles", statement=attributes(roles=("meeting-admin", "x", "meeting-planner"))),
    )
    keep(
        "two-organisations",
        made(
            "two-organisations",
            statement=attributes(more=attribute("dk:medcom:organisation_id", "other")),
        ),
    )
    keep("unknown", made("unknown", statement=attributes(organisation="new-clinic")))
    keep(
        "newcomer",
        made(
            "newcomer",
            statement=attributes(
                organisation="new-clinic",
                more=attribute("dk:medcom:auto:organisation_id", "region"),
            ),
        ),
    )
    keep(
        "element-value",
        made(
            "element-value",
            statement=attributes(email="a@example.org<unused:b/>.evil.example"),
        ),
    )
    keep(
        "short-session",
        made(
            "short-session",
            more=f'<saml2:AuthnStatement AuthnInstant="{instant(0)}" '
            f'SessionNotOnOrAfter="{instant(5)}"/>',
        ),
    )


if __name__ == "__main__":
    main()
