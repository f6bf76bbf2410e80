import Crypto
import Definitions
import Encodings
import Files
import Foundation
import NIOSSL
import SwiftASN1
import Synchronization
import X509

/// The server's own certificate authority. Its certificates let the server stand in for AWS's hosts, but only for clients that
/// were told to trust it.
///
/// It is created at the first start and kept in a folder that only the owner can read.
final class CertificateAuthority: Sendable {
    /// The certificate that clients must trust, as PEM.
    let pem: String

    private let certificate: Certificate
    private let key: Certificate.PrivateKey
    /// One key for all hosts. It only lives as long as the process.
    private let hostKey = P256.Signing.PrivateKey()
    private let contexts = Mutex<[String: (context: NIOSSLContext, madeAt: Date)]>([:])

    private static let hostLimit = 500
    private static let day = 24.0 * 3600

    init(folder: String) throws {
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let (certificatePath, keyPath) = (folder + "/certificate.pem", folder + "/key.pem")
        if let pem = try? String(contentsOfFile: certificatePath, encoding: .utf8) {
            do {
                self.pem = pem
                certificate = try Certificate(pemEncoded: pem)
                key = try Certificate.PrivateKey(pemEncoded: try String(contentsOfFile: keyPath, encoding: .utf8))
            } catch {
                throw RoostError(
                    .unavailable,
                    "The certificate authority in '\(folder)' cannot be read. Delete that folder to create a new one."
                )
            }
            return
        }
        let key = P256.Signing.PrivateKey()
        self.key = Certificate.PrivateKey(key)
        certificate = try Self.authority(self.key)
        pem = try certificate.serializeAsPEM().pemString + "\n"
        // The key comes first, because the certificate marks the authority as complete.
        try Self.write(key.pemRepresentation + "\n", to: keyPath, mode: 0o600)
        try Self.write(pem, to: certificatePath, mode: 0o644)
    }

    private static func authority(_ key: Certificate.PrivateKey) throws -> Certificate {
        let serial = Certificate.SerialNumber()
        // Each server's authority has a unique name, so that a client that trusts several picks the right one.
        let number = serial.bytes.prefix(4).hexadecimal
        let name = try DistinguishedName {
            OrganizationName("Roost")
            CommonName("Roost \(number)")
        }
        let now = Date()
        return try Certificate(
            version: .v3,
            serialNumber: serial,
            publicKey: key.publicKey,
            notValidBefore: now - day,
            notValidAfter: now + 3650 * day,
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
                // Even with the key, nobody can stand in for other hosts.
                Critical(NameConstraints(permittedDNSDomains: ["amazonaws.com"]))
            },
            issuerPrivateKey: key
        )
    }

    private static func write(_ text: String, to path: String, mode: mode_t) throws {
        do {
            try Files.write(Data(text.utf8), to: path, mode: mode)
        } catch {
            throw RoostError(.unavailable, "'\(path)' cannot be written: \(error.reason).")
        }
    }

    /// Returns the context for a TLS server that stands in for `host`.
    func context(for host: String, at now: Date = Date()) throws -> NIOSSLContext {
        if let known = contexts.withLock({ $0[host] }), now.timeIntervalSince(known.madeAt) < 30 * Self.day {
            return known.context
        }
        let leaf = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(hostKey.publicKey),
            notValidBefore: now - Self.day,
            notValidAfter: now + 90 * Self.day,
            issuer: certificate.subject,
            subject: try DistinguishedName { CommonName(host.count <= 64 ? host : "Roost") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames([.dnsName(host)])
                SubjectKeyIdentifier(hash: Certificate.PublicKey(hostKey.publicKey))
                AuthorityKeyIdentifier(
                    keyIdentifier: try certificate.extensions.subjectKeyIdentifier?.keyIdentifier
                )
            },
            issuerPrivateKey: key
        )
        var serializer = DER.Serializer()
        try serializer.serialize(leaf)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der))],
            privateKey: .privateKey(
                try NIOSSLPrivateKey(bytes: Array(hostKey.derRepresentation), format: .der)
            )
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        let context = try NIOSSLContext(configuration: configuration)
        contexts.withLock { contexts in
            if contexts.count >= Self.hostLimit { contexts.removeAll() }
            contexts[host] = (context, now)
        }
        return context
    }
}
