using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace Appliance.Proxy.Tests.TlsPolicies;

/// <summary>
/// A session that is taken up again brings no proof along (RFC 8446, 4.6.1): tried with OpenSSL, which lets a session be shown to any name.
/// </summary>
public sealed class ResumptionTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("appliance-sessions-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Session_OfOneName_ProvesNothingForAnother(string version)
    {
        await using var bed = await PolicyBed.StartAsync(bed =>
            [
                bed.Mtls(),
                new()
                {
                    Name = "other",
                    Hosts = ["other.example.com"],
                    ClientCertificates = new() { Trusted = bed.Theirs.Pem },
                },
            ]
        );
        using var alice = bed.Ours.Issue("CN=alice");
        var pem = Path.Combine(_folder.FullName, "alice.pem");
        await File.WriteAllTextAsync(pem, alice.ExportCertificatePem() + "\n" + KeyOf(alice));

        // What is resumable at all: hosts that ask nobody. Nothing else would be tested below.
        (await AskAsync(bed, "open.example.com", "open.example.com", version, "-sess_out", "open.session")).Body.ShouldContain(
            "reached open.example.com verify=NONE"
        );
        var again = await ResumeAsync(bed, "open.example.com", "open.example.com", version);
        again.Reused.ShouldBeTrue(again.Body);

        // 1. A session that a certificate was shown in, for the same name without it, and for every other.
        var first = (
            await AskAsync(bed, "mtls.example.com", "mtls.example.com", version, "-sess_out", "mtls.session", "-cert", pem, "-key", pem)
        ).Body;
        first.ShouldContain("reached mtls.example.com verify=SUCCESS dn=CN=alice");
        first.ShouldMatch("Acceptable client certificate CA names\nCN ?= ?Our clients\n", "so that browsers offer the right one");
        foreach (var session in new[] { "mtls.session", "open.session" })
        {
            // Where no ticket was given there is nothing to take up.
            if (!File.Exists(Path.Combine(_folder.FullName, session)))
                continue;
            foreach (
                var (sni, host, status) in new[]
                {
                    ("mtls.example.com", "mtls.example.com", 400),
                    ("other.example.com", "other.example.com", 400),
                    ("open.example.com", "mtls.example.com", 421),
                    ("open.example.com", "other.example.com", 421),
                    ("mtls.example.com", "other.example.com", 421),
                    ("", "mtls.example.com", 421),
                }
            )
            {
                var resumes = session == "open.session" && sni is ("" or "open.example.com");
                var answer = resumes
                    ? await ResumeAsync(bed, sni, host, version)
                    : await AskAsync(bed, sni, host, version, "-sess_in", session);
                answer.Body.ShouldContain($"HTTP/1.1 {status} ", customMessage: $"{session} at {sni} for {host}");
                answer.Body.ShouldNotContain("reached", customMessage: $"{session} at {sni} for {host}");
                answer.Reused.ShouldBe(resumes, $"{session} at {sni}");
            }

            (await AskAsync(bed, "open.example.com", "open.example.com", version, "-sess_in", session)).Body.ShouldMatch(
                "reached open.example.com verify=NONE dn=(?!CN)",
                session
            );
        }

        // 2. And none begun elsewhere lets a certificate in that is not trusted.
        using var bob = bed.Theirs.Issue("CN=bob");
        await File.WriteAllTextAsync(pem, bob.ExportCertificatePem() + "\n" + KeyOf(bob));
        (
            await AskAsync(bed, "other.example.com", "other.example.com", version, "-sess_out", "other.session", "-cert", pem, "-key", pem)
        ).Body.ShouldContain("verify=SUCCESS dn=CN=bob");
        if (File.Exists(Path.Combine(_folder.FullName, "other.session")))
            (
                await AskAsync(bed, "mtls.example.com", "mtls.example.com", version, "-sess_in", "other.session", "-cert", pem, "-key", pem)
            ).Body.ShouldContain("HTTP/1.1 400 ");
    }

    // The runtime drops the TLS contexts that nobody uses at every 32nd that it makes in the process (other tests make them, too), and
    // the keys of the tickets go with them. A new session is taken then.
    private async Task<(string Body, bool Reused)> ResumeAsync(PolicyBed bed, string sni, string host, string version)
    {
        for (var attempt = 1; ; attempt++)
        {
            var answer = await AskAsync(bed, sni, host, version, "-sess_in", "open.session");
            if (answer.Reused || attempt == 5)
                return answer;
            await AskAsync(bed, "open.example.com", "open.example.com", version, "-sess_out", "open.session");
        }
    }

    private static string KeyOf(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!; // it was made with one
        return key.ExportPkcs8PrivateKeyPem();
    }

    private async Task<(string Body, bool Reused)> AskAsync(PolicyBed bed, string sni, string host, string version, params string[] more)
    {
        string[] name = sni.Length == 0 ? ["-noservername"] : ["-servername", sni];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var openssl = Process.Start(
            new ProcessStartInfo(
                "openssl",
                [
                    "s_client",
                    "-connect",
                    $"127.0.0.1:{bed.Proxy.Host.HttpsEndPoint!.Port}",
                    "-alpn",
                    "http/1.1",
                    "-ign_eof",
                    version,
                    .. name,
                    .. more,
                ]
            )
            {
                WorkingDirectory = _folder.FullName,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!; // it is a program that tests need
        var said = openssl.StandardOutput.ReadToEndAsync(limit.Token);
        var complained = openssl.StandardError.ReadToEndAsync(limit.Token);
        await openssl.StandardInput.WriteAsync($"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        await openssl.StandardInput.FlushAsync(limit.Token);
        var text = await said + "\n";
        await openssl.WaitForExitAsync(limit.Token);
        if (!text.Contains("HTTP/1.1 ", StringComparison.Ordinal))
            throw new InvalidOperationException($"No answer at {sni} for {host} with {string.Join(' ', more)}: {await complained} {text}");
        await complained;
        return (text, Regex.IsMatch(text, "^Reused, ", RegexOptions.Multiline));
    }
}
